"""How people and the films between them look to clients."""

from typing import Any

from rest_framework import serializers

from apps.graph.selectors import Named
from apps.graph.suggesting import Suggestion
from apps.graph.types import Chain, Collaborator
from apps.movies.models import Movie, Person
from apps.users.api.outputs import AvatarOutput
from apps.users.avatars import urls_of


class GraphPersonOutput(serializers.Serializer[Any]):
    """A person by name."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class GraphMovieOutput(serializers.Serializer[Any]):
    """A film by name."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)


class CollaboratorOutput(serializers.Serializer[Any]):
    """Someone who made films with a person."""

    person = GraphPersonOutput()
    shared = serializers.IntegerField(help_text="How many films they share.")
    movies = GraphMovieOutput(many=True, help_text="Up to three of them, the newest first.")


class CollaboratorPageOutput(serializers.Serializer[Any]):
    """A page of people, most shared films first."""

    items = CollaboratorOutput(many=True)
    next = serializers.CharField(allow_null=True)
    degraded = serializers.ListField(
        child=serializers.CharField(), help_text="Stores that did not answer."
    )


class ChainStepOutput(serializers.Serializer[Any]):
    """A person, or the film that joins the one before with the one after."""

    person = GraphPersonOutput(allow_null=True)
    movie = GraphMovieOutput(allow_null=True)


class ChainOutput(serializers.Serializer[Any]):
    """A shortest chain: person, film, person, and so on; empty when there is none."""

    items = ChainStepOutput(many=True)
    films = serializers.IntegerField(allow_null=True, help_text="How many films; null: no chain.")
    degraded = serializers.ListField(
        child=serializers.CharField(), help_text="Stores that did not answer."
    )


class SuggestionReasonOutput(serializers.Serializer[Any]):
    """Why someone is suggested; what does not apply is empty or null."""

    kind = serializers.ChoiceField(["followed_by", "alike", "directors"])
    text = serializers.CharField()
    users = serializers.ListField(
        child=serializers.CharField(), help_text="Those you follow who follow them, at most 20."
    )
    directors = serializers.ListField(child=serializers.CharField())
    films = serializers.IntegerField(
        allow_null=True, help_text="How many films that you like, or by those directors, they like."
    )


class SuggestionOutput(serializers.Serializer[Any]):
    """Someone to follow."""

    username = serializers.CharField()
    display_name = serializers.CharField()
    avatar = AvatarOutput(allow_null=True)
    reasons = SuggestionReasonOutput(many=True, help_text="The strongest first.")


class SuggestionsOutput(serializers.Serializer[Any]):
    """People to follow, the best first."""

    items = SuggestionOutput(many=True)
    degraded = serializers.ListField(
        child=serializers.CharField(), help_text="Stores that did not answer."
    )


def suggestion(found: Suggestion) -> dict[str, Any]:
    """SuggestionOutput."""
    return {
        "username": found.user.username,
        "display_name": found.user.display_name,
        "avatar": urls_of(found.user.avatar),
        "reasons": [
            {
                "kind": reason.kind,
                "text": reason.text,
                "users": reason.users,
                "directors": reason.directors,
                "films": reason.films,
            }
            for reason in found.reasons
        ],
    }


def collaborator(found: Collaborator, named: Named) -> dict[str, Any] | None:
    """CollaboratorOutput; None for someone who is gone by now."""
    if found.person_id not in named.people:
        return None
    movies = [named.movies[number] for number in found.movie_ids if number in named.movies]
    return {
        "person": _person(named.people[found.person_id]),
        "shared": found.shared,
        "movies": [_movie(movie) for movie in movies],
    }


def chain(found: Chain, named: Named, degraded: list[str]) -> dict[str, Any]:
    """ChainOutput; a chain with a link that is gone by now is none."""
    whole = named.people.keys() >= set(found.person_ids)
    whole = whole and named.movies.keys() >= set(found.movie_ids)
    items: list[dict[str, Any]] = []
    if whole and found.person_ids:
        items.append({"person": _person(named.people[found.person_ids[0]]), "movie": None})
        for movie_id, person_id in zip(found.movie_ids, found.person_ids[1:], strict=True):
            items.append({"person": None, "movie": _movie(named.movies[movie_id])})
            items.append({"person": _person(named.people[person_id]), "movie": None})
    return {"items": items, "films": len(items) // 2 if items else None, "degraded": degraded}


def _person(person: Person) -> dict[str, Any]:
    return {"id": person.pk, "name": person.name}


def _movie(movie: Movie) -> dict[str, Any]:
    return {"id": movie.pk, "title": movie.title, "year": movie.year}
