"""The words of the field: a query, candidates with their evidence, and the slate that is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from apps.movies.models import LIKE, Movie

SourceName = Literal["collaborative", "content", "social", "people", "popular"]


@dataclass(frozen=True)
class Query:
    """Who asks, and what they have rated: (movie id, half stars), newest first."""

    viewer_id: int
    ratings: tuple[tuple[int, int], ...]

    @property
    def seen(self) -> frozenset[int]:
        """Films that must not be shown: the viewer knows them."""
        return frozenset(movie_id for movie_id, _ in self.ratings)

    @property
    def liked(self) -> frozenset[int]:
        """Films that the viewer gave 4 stars or more."""
        return frozenset(pk for pk, half_stars in self.ratings if half_stars >= LIKE)


@dataclass(frozen=True)
class Evidence:
    """Why a source proposes a film: the films, people or members that led to it."""

    movie_ids: tuple[int, ...] = ()
    followed_ids: tuple[int, ...] = ()
    agreeing_ids: tuple[int, ...] = ()
    person_id: int | None = None
    person_name: str = ""
    role: str = ""


@dataclass(frozen=True)
class Candidate:
    """A film that a source proposes, with the source's own score; lists are best first."""

    movie_id: int
    score: float
    evidence: Evidence


Candidates = Mapping[SourceName, Sequence[Candidate]]


@dataclass
class Scored:
    """A film with each source's share of its score and the evidence behind it."""

    movie_id: int
    shares: dict[SourceName, float] = field(default_factory=dict)
    evidence: dict[SourceName, Evidence] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """The sum of the shares."""
        return sum(self.shares.values())


@dataclass(frozen=True)
class Known:
    """What may be told: films by id, and the usernames of members whom the viewer may see."""

    movies: Mapping[int, Any]
    usernames: Mapping[int, str]

    def titles(self, movie_ids: Sequence[int], most: int) -> list[Movie]:
        """Those of these films that there are, at most `most`."""
        return [self.movies[pk] for pk in movie_ids if pk in self.movies][:most]

    def names(self, user_ids: Sequence[int]) -> list[str]:
        """Those of these members whom the viewer may see."""
        return [self.usernames[pk] for pk in user_ids if pk in self.usernames]


@dataclass(frozen=True)
class Slate:
    """The chosen films, what may be told about them, and the stores that could not answer.

    `predicted_stars` are by film, for those of which enough is known.
    """

    films: Sequence[Scored]
    known: Known
    degraded: tuple[str, ...]
    predicted_stars: Mapping[int, float] = field(default_factory=dict)
