"""How a slate looks: each film with its score, the share of each source, and the reasons."""

from typing import Any, get_args

from rest_framework import serializers

from apps.movies.api.outputs import (
    MovieSummaryOutput,
    MovieTitleOutput,
    movie_summary,
    movie_title,
)
from apps.recommendations.models import Dismissal
from apps.recommendations.reasons import reasons_of
from apps.recommendations.types import Slate, SourceName


class ReasonPersonOutput(serializers.Serializer[Any]):
    """A director or an actor that a reason names."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=["director", "actor"])


class ReasonOutput(serializers.Serializer[Any]):
    """Why a film is here: told in `text`, and as data in the fields that its source has."""

    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field of ours, not DRF's
        choices=get_args(SourceName)
    )
    text = serializers.CharField()
    movies = MovieTitleOutput(many=True, required=False, help_text="Films that led to it.")
    users = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Usernames that led to it."
    )
    followed = serializers.BooleanField(required=False, help_text="You follow these users.")
    person = ReasonPersonOutput(required=False)


class SlateItemOutput(serializers.Serializer[Any]):
    """A film with the reasons for it, the strongest first."""

    movie = MovieSummaryOutput()
    score = serializers.FloatField()
    sources = serializers.DictField(
        child=serializers.FloatField(), help_text="Each source's share; they sum to the score."
    )
    reasons = ReasonOutput(many=True)
    predicted_stars = serializers.FloatField(
        allow_null=True, help_text="What you would give; null where too little is known."
    )


class SlateOutput(serializers.Serializer[Any]):
    """The chosen films, and the stores that could not be asked."""

    items = SlateItemOutput(many=True)
    degraded = serializers.ListField(child=serializers.CharField())


class RecommendationsOutput(SlateOutput):
    """A slate that is kept, for what you do about it."""

    slate_id = serializers.UUIDField(help_text="For POST me/recommendations/{slate_id}/clicks/.")


class OnboardingOutput(serializers.Serializer[Any]):
    """Films to say something of."""

    items = MovieSummaryOutput(many=True)


class PicksOutput(serializers.Serializer[Any]):
    """What you picked."""

    like = serializers.ListField(child=serializers.IntegerField())
    dislike = serializers.ListField(child=serializers.IntegerField())


class DismissalOutput(serializers.Serializer[Dismissal]):
    """A film that you do not want to be shown."""

    movie = MovieTitleOutput()
    dismissed_at = serializers.DateTimeField()


class DismissalPageOutput(serializers.Serializer[Dismissal]):
    """A page of what you have dismissed."""

    items = DismissalOutput(many=True)
    next = serializers.CharField(allow_null=True)


def slate_body(slate: Slate) -> dict[str, Any]:
    """SlateOutput."""
    items = [
        {
            "movie": movie_summary(slate.known.movies[film.movie_id]),
            "score": round(film.score, 4),
            "sources": {name: round(share, 4) for name, share in film.shares.items()},
            "reasons": reasons_of(film, slate.known),
            "predicted_stars": _rounded(slate.predicted_stars.get(film.movie_id)),
        }
        for film in slate.films
    ]
    return {"items": items, "degraded": sorted(set(slate.degraded))}


def recommendations_body(slate: Slate) -> dict[str, Any]:
    """RecommendationsOutput."""
    return {"slate_id": slate.id, **slate_body(slate)}


def dismissal(row: Dismissal) -> dict[str, Any]:
    """DismissalOutput."""
    return {"movie": movie_title(row.movie), "dismissed_at": row.dismissed_at}


def _rounded(stars: float | None) -> float | None:
    return None if stars is None else round(stars, 2)
