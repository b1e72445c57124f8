"""The words of the field: a query, candidates with their evidence, and the slate that is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

SourceName = Literal["content", "social", "people", "popular"]


@dataclass(frozen=True)
class Query:
    """Who asks, and what they have rated: (movie id, half stars), newest first."""

    viewer_id: int
    ratings: tuple[tuple[int, int], ...]
    limit: int

    @property
    def seen(self) -> frozenset[int]:
        """Films that must not be shown: the viewer knows them."""
        return frozenset(movie_id for movie_id, _ in self.ratings)


@dataclass(frozen=True)
class Evidence:
    """Why a source proposes a film: the films, people or members that led to it."""

    movie_ids: tuple[int, ...] = ()
    user_ids: tuple[int, ...] = ()
    person_id: int | None = None
    person_name: str = ""
    role: str = ""


@dataclass(frozen=True)
class Candidate:
    """A film that a source proposes, with the source's own score; lists are best first."""

    movie_id: int
    score: float
    evidence: Evidence


@dataclass(frozen=True)
class Gathered:
    """What the sources gave, and which of them could not answer."""

    candidates: Mapping[SourceName, Sequence[Candidate]]
    degraded: tuple[str, ...] = ()


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
