"""What clients send about films and opinions."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.serializers import IntegerField

from apps.common.api.fields import FlagField, StringField, WholeField, is_number
from apps.common.api.inputs import Input
from apps.common.api.pagination import PageInput
from apps.common.ids import MAX_ID
from apps.movies.models.catalogue import FIRST_YEAR, LAST_YEAR
from apps.movies.selectors.catalogue import ORDERINGS


@extend_schema_field({"type": "number", "minimum": 0.5, "maximum": 5, "multipleOf": 0.5})
class StarsField(serializers.Field[int, Any, float, Any]):
    """Stars from 0.5 to 5 in steps of 0.5, a JSON number; inside, half stars from 1 to 10."""

    message = "A number from 0.5 to 5 in steps of 0.5."

    def to_internal_value(self, data: Any) -> int:
        """Half stars; text, booleans and NaN are refused."""
        if not is_number(data) or not 0.5 <= data <= 5 or data * 2 % 1:
            raise serializers.ValidationError(self.message)
        return int(data * 2)

    def to_representation(self, value: int) -> float:
        """Stars."""
        return value / 2


class RatingInput(Input):
    """`{"stars": 4.5}`, and `"learn": false` for a film that says nothing of your taste."""

    stars = StarsField()
    learn = FlagField(default=True, help_text="Whether recommendations may be drawn from it.")


class SearchText(serializers.CharField):
    """1 to 200 characters that are not all spaces."""

    def __init__(self, **options: Any) -> None:
        """Without NUL characters, which Postgres does not hold; DRF refuses them itself."""
        super().__init__(max_length=200, **options)


def year_field(kind: type[IntegerField] = IntegerField) -> IntegerField:
    """An optional year that a film can have."""
    return kind(required=False, min_value=FIRST_YEAR, max_value=LAST_YEAR)


def id_field(kind: type[IntegerField] = IntegerField) -> IntegerField:
    """An optional id of 63 bits."""
    return kind(required=False, min_value=1, max_value=MAX_ID)


class MovieSearchInput(PageInput):
    """`?q=&genre=&person=&director=&actor=&year_min=&year_max=&origin=&rating_min=&seen=`."""

    q = SearchText(required=False, help_text="Part of a title; typing errors are forgiven.")
    genre = serializers.CharField(required=False, max_length=40)
    person = id_field()
    director = id_field()
    actor = id_field()
    year_min = year_field()
    year_max = year_field()
    origin = serializers.CharField(required=False, max_length=40)
    rating_min = serializers.FloatField(required=False, min_value=0.5, max_value=5)
    seen = serializers.BooleanField(required=False, allow_null=True, default=None)
    ordering = serializers.ChoiceField(choices=sorted(ORDERINGS), default="-ratings")


class AutocompleteInput(Input):
    """`?q=&limit=`."""

    q = SearchText()
    limit = serializers.IntegerField(default=10, min_value=1, max_value=20)


class PeopleSearchInput(PageInput):
    """`?q=` and the page."""

    q = SearchText()


class MovieInput(Input):
    """A new film, by staff."""

    title = StringField(max_length=300)
    year = WholeField(required=False, allow_null=True, min_value=FIRST_YEAR, max_value=LAST_YEAR)
    origin = StringField(required=False, max_length=40, allow_blank=True)
    plot = StringField(required=False, max_length=100_000, allow_blank=True)
    genres = serializers.ListField(child=StringField(max_length=40), required=False, max_length=19)
    directors = serializers.ListField(
        child=StringField(max_length=200), required=False, max_length=50
    )
    actors = serializers.ListField(
        child=StringField(max_length=200), required=False, max_length=500
    )


class MovieChangeInput(MovieInput):
    """Changes to a film, by staff; what is left out stays."""

    title = StringField(max_length=300, required=False)
    year = WholeField(required=False, min_value=FIRST_YEAR, max_value=LAST_YEAR)
