"""What clients ask of the recommendations."""

from typing import Any, ClassVar

from rest_framework import serializers

from apps.common.api.fields import BLANK, FlagField, NumberField, StringField, WholeField
from apps.common.api.inputs import Input
from apps.common.ids import MAX_ID
from apps.movies.api.inputs import id_field, year_field

MOST_FILMS = 20
MOST_PICKS = 50


class SlateInput(Input):
    """`?limit=`: 1 to 100, 20 by default."""

    limit = serializers.IntegerField(default=20, min_value=1, max_value=100)


class FilmInput(Input):
    """`{"movie": 42}`."""

    movie = WholeField(min_value=1, max_value=MAX_ID)


class FilmIds(serializers.ListField):
    """Ids of films, none twice."""

    child = WholeField(min_value=1, max_value=MAX_ID)
    unique = True

    def __init__(self, **options: Any) -> None:
        """Empty when it is left out."""
        super().__init__(required=False, default=list, **options)

    def to_internal_value(self, data: Any) -> list[int]:
        """The ids in their order."""
        ids: list[int] = super().to_internal_value(data)
        if len(set(ids)) < len(ids):
            raise serializers.ValidationError("Name each film once.")
        return ids


class SidesInput(Input):
    """Films to be like, and films to be unlike: none is both."""

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """None of those to be unlike is to be liked as well."""
        if not set(given["dislike"]).isdisjoint(given["like"]):
            message = "A film cannot be in both like and dislike."
            raise serializers.ValidationError({"dislike": message})
        return given


class FiltersInput(Input):
    """What every film must be; what is left out does not matter."""

    genre = StringField(required=False, max_length=40)
    person = id_field(WholeField)
    year_min = year_field(WholeField)
    year_max = year_field(WholeField)
    origin = StringField(required=False, max_length=40)
    unseen = FlagField(default=False, help_text="Not rated by you.")
    liked_by_following = FlagField(default=False, help_text="Liked by someone whom you follow.")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Years in order."""
        if given.get("year_min", 0) > given.get("year_max", given.get("year_min", 0)):
            raise serializers.ValidationError({"year_min": "Must not be after year_max."})
        return given


class SimilarInput(SidesInput):
    """Like these films or about this text, unlike those, all within the filters."""

    like = FilmIds(max_length=MOST_FILMS)
    dislike = FilmIds(max_length=MOST_FILMS)
    text = StringField(required=False, default="", max_length=500, allow_blank=True)
    filters = FiltersInput(required=False, default=dict)
    diversity = NumberField(default=0.3, min_value=0, max_value=1)
    limit = WholeField(default=20, min_value=1, max_value=100)
    together: ClassVar = {
        "anyOf": [
            {"required": ["like"], "properties": {"like": {"minItems": 1}}},
            {"required": ["text"], "properties": {"text": {"pattern": f"[^{BLANK}]"}}},
        ]
    }

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Something to be like."""
        if not given["like"] and not given["text"]:
            raise serializers.ValidationError({"like": "Name a film to be like, or give a text."})
        return super().validate(given)


class PicksInput(SidesInput):
    """Films that you like, and films that you do not like: 0 to 50 in all."""

    like = FilmIds(max_length=MOST_PICKS)
    dislike = FilmIds(max_length=MOST_PICKS)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Not too many."""
        if len(given["like"]) + len(given["dislike"]) > MOST_PICKS:
            raise serializers.ValidationError({"dislike": f"At most {MOST_PICKS} films in all."})
        return super().validate(given)
