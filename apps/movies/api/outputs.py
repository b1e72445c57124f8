"""How films, people and opinions look to clients. Functions for speed, serializers for OpenAPI."""

from typing import Any

from rest_framework import serializers

from apps.movies.models import Credit, Movie, Person, Rating
from apps.movies.selectors.matching import Match, SharedFilm


class MovieSummaryOutput(serializers.Serializer[Movie]):
    """A film in a listing."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)
    genres = serializers.ListField(child=serializers.CharField())
    origin = serializers.CharField(help_text="Empty when not known.")
    ratings = serializers.IntegerField(
        allow_null=True, help_text="How many members rated it; null when fewer than three did."
    )
    mean_stars = serializers.FloatField(allow_null=True, help_text="Null when `ratings` is.")
    my_stars = serializers.FloatField(allow_null=True, help_text="What you gave it.")


class MovieTitleOutput(serializers.Serializer[Movie]):
    """A film by name."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)


class PersonNameOutput(serializers.Serializer[Person]):
    """A person by name."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class MovieOutput(MovieSummaryOutput):
    """A film whole."""

    plot = serializers.CharField()
    plot_source = serializers.CharField()
    source_url = serializers.CharField(help_text="Where the plot comes from; its licence is there.")
    imdb_id = serializers.CharField()
    tmdb_id = serializers.IntegerField(allow_null=True)
    directors = PersonNameOutput(many=True)
    actors = PersonNameOutput(many=True)


class MoviePageOutput(serializers.Serializer[Movie]):
    """A page of films."""

    items = MovieSummaryOutput(many=True)
    next = serializers.CharField(allow_null=True)


class AutocompleteOutput(serializers.Serializer[Movie]):
    """Suggestions while typing."""

    items = MovieTitleOutput(many=True)


class PersonCreditOutput(MovieTitleOutput):
    """A film that someone worked on."""

    position = serializers.IntegerField(help_text="Place in the credits, from 0.")


class PersonOutput(PersonNameOutput):
    """A person with their films by role."""

    directed = PersonCreditOutput(many=True)
    acted_in = PersonCreditOutput(many=True)


class PeoplePageOutput(serializers.Serializer[Person]):
    """A page of people."""

    items = PersonNameOutput(many=True)
    next = serializers.CharField(allow_null=True)


class RatingOutput(serializers.Serializer[Rating]):
    """An opinion about a film."""

    movie = MovieTitleOutput()
    stars = serializers.FloatField()
    learn = serializers.BooleanField(help_text="Recommendations may be drawn from it.")
    rated_at = serializers.DateTimeField()


class RatingPageOutput(serializers.Serializer[Rating]):
    """A page of opinions."""

    items = RatingOutput(many=True)
    next = serializers.CharField(allow_null=True)


class FriendOpinionOutput(serializers.Serializer[Rating]):
    """What someone whom you follow thinks of a film."""

    username = serializers.CharField()
    display_name = serializers.CharField()
    stars = serializers.FloatField()
    rated_at = serializers.DateTimeField()


class FriendOpinionPageOutput(serializers.Serializer[Rating]):
    """A page of what those whom you follow think of a film."""

    items = FriendOpinionOutput(many=True)
    next = serializers.CharField(allow_null=True)


class SharedFilmOutput(serializers.Serializer[object]):
    """A film that both of you rated."""

    movie = MovieTitleOutput()
    my_stars = serializers.FloatField()
    their_stars = serializers.FloatField()


class MatchOutput(serializers.Serializer[object]):
    """What you and a member have in common."""

    shared = serializers.IntegerField(help_text="How many films both of you rated.")
    agreed = serializers.IntegerField(help_text="On how many you are at most one star apart.")
    agreement = serializers.FloatField(allow_null=True, help_text="agreed / shared, from 0 to 1.")
    confidence = serializers.FloatField(
        help_text="How sure that is, from 0 to 1: 1 less the width of its 95 % interval."
    )
    alike = SharedFilmOutput(many=True, help_text="Up to five, those that you both like first.")
    apart = SharedFilmOutput(many=True, help_text="Up to five, those furthest apart first.")


def movie_title(movie: Movie) -> dict[str, Any]:
    """MovieTitleOutput."""
    return {"id": movie.pk, "title": movie.title, "year": movie.year}


def movie_summary(movie: Any) -> dict[str, Any]:
    """MovieSummaryOutput, from a film that a catalogue selector gave."""
    statistics = getattr(movie, "statistics", None)
    return {
        **movie_title(movie),
        "genres": movie.genre_names,
        "origin": movie.origin,
        "ratings": (statistics.told or None) if statistics else None,
        "mean_stars": _rounded(statistics.mean_stars if statistics else None),
        "my_stars": movie.my_half_stars / 2 if movie.my_half_stars else None,
    }


def movie_whole(movie: Any) -> dict[str, Any]:
    """MovieOutput, from `movie_detail`."""
    names: dict[str, list[dict[str, Any]]] = {"director": [], "actor": []}
    for credit in movie.ordered_credits:
        names[credit.role].append(person_name(credit.person))
    return {
        **movie_summary(movie),
        "plot": movie.plot,
        "plot_source": movie.plot_source,
        "source_url": movie.source_url,
        "imdb_id": movie.imdb_id,
        "tmdb_id": movie.tmdb_id,
        "directors": names["director"],
        "actors": names["actor"],
    }


def person_name(person: Person) -> dict[str, Any]:
    """PersonNameOutput."""
    return {"id": person.pk, "name": person.name}


def person_whole(person: Any) -> dict[str, Any]:
    """PersonOutput, from `person_detail`."""

    def films(role: str) -> list[dict[str, Any]]:
        return [
            {**movie_title(credit.movie), "position": credit.position}
            for credit in person.ordered_credits
            if credit.role == role
        ]

    roles = Credit.Role
    return {
        **person_name(person),
        "directed": films(roles.DIRECTOR),
        "acted_in": films(roles.ACTOR),
    }


def rating(opinion: Rating) -> dict[str, Any]:
    """RatingOutput."""
    return {
        "movie": movie_title(opinion.movie),
        "stars": opinion.stars,
        "learn": opinion.learn,
        "rated_at": opinion.rated_at,
    }


def match_body(found: Match) -> dict[str, Any]:
    """MatchOutput."""
    return {
        "shared": found.shared,
        "agreed": found.agreed,
        "agreement": _rounded(found.agreement),
        "confidence": _rounded(found.confidence),
        "alike": [_shared_film(film) for film in found.alike],
        "apart": [_shared_film(film) for film in found.apart],
    }


def _shared_film(film: SharedFilm) -> dict[str, Any]:
    return {
        "movie": {"id": film.movie_id, "title": film.title, "year": film.year},
        "my_stars": film.mine / 2,
        "their_stars": film.theirs / 2,
    }


def friend_opinion(opinion: Rating) -> dict[str, Any]:
    """FriendOpinionOutput."""
    return {
        "username": opinion.user.username,
        "display_name": opinion.user.display_name,
        "stars": opinion.stars,
        "rated_at": opinion.rated_at,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
