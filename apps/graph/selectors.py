"""Names and titles for what the graph answers in ids: Postgres knows them, and who exists."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.graph.types import Chain, Collaborator
from apps.movies.errors import UnknownPerson
from apps.movies.models import Movie, Person


@dataclass(frozen=True)
class Named:
    """The people and films with these ids that there are."""

    people: dict[int, Person]
    movies: dict[int, Movie]


def person_named(person_id: int) -> Person:
    """The person with this id; UnknownPerson otherwise."""
    return people_named([person_id])[person_id]


def people_named(person_ids: Iterable[int]) -> dict[int, Person]:
    """All of these people; UnknownPerson when one of them does not exist."""
    wanted = set(person_ids)
    found = Person.objects.only("name").in_bulk(wanted)
    if len(found) < len(wanted):
        raise UnknownPerson
    return found


def named_collaborators(collaborators: Iterable[Collaborator]) -> Named:
    """Everyone and every film in these; two queries."""
    found = list(collaborators)
    return _named(
        [other.person_id for other in found],
        [movie_id for other in found for movie_id in other.movie_ids],
    )


def named_chain(chain: Chain) -> Named:
    """Everyone and every film in a chain; two queries."""
    return _named(chain.person_ids, chain.movie_ids)


def _named(person_ids: Iterable[int], movie_ids: Iterable[int]) -> Named:
    return Named(
        people=Person.objects.only("name").in_bulk(set(person_ids)),
        movies=Movie.objects.only("title", "year").in_bulk(set(movie_ids)),
    )
