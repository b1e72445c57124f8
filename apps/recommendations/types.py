"""The words of the field: a query, candidates with their evidence, and the slate that is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from uuid import UUID

from apps.movies.models import LIKE
from apps.movies.selectors.catalogue import ListedFilm as ListedFilm

SourceName = Literal[
    "title", "collaborative", "sequential", "content", "social", "people", "popular"
]


@dataclass(frozen=True)
class Query:
    """Who asks, and what their taste is drawn from: (movie id, half stars), newest first.

    `unwanted` are the films that must not be shown: seen or dismissed. `shown` says how many slates
    ago a film was shown to no effect, 0 for the last one. What was picked at the start stands
    after the ratings; `refused` are the films of it that the viewer did not like, perhaps unseen.
    `hidden` are those whom the viewer follows of whose taste nothing may be told.
    """

    viewer_id: int
    ratings: tuple[tuple[int, int], ...]
    unwanted: frozenset[int]
    refused: frozenset[int] = frozenset()
    shown: Mapping[int, int] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()

    @property
    def liked(self) -> tuple[int, ...]:
        """Films that the viewer gave 4 stars or more, newest first."""
        return tuple(pk for pk, half_stars in self.ratings if half_stars >= LIKE)


class Evidence(NamedTuple):
    """Why a source proposes a film: the films, people or members that led to it."""

    movie_ids: tuple[int, ...] = ()
    followed_ids: tuple[int, ...] = ()
    further_ids: tuple[int, ...] = ()
    agreeing_ids: tuple[int, ...] = ()
    person_id: int | None = None
    person_name: str = ""
    role: str = ""
    text: str = ""


class Candidate(NamedTuple):
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

    def scale(self, factor: float) -> None:
        """Make the score larger or smaller; the shares keep their proportions."""
        self.shares = {source: share * factor for source, share in self.shares.items()}


@dataclass(frozen=True)
class Known:
    """What may be told: films by id, the usernames of members whose likes the viewer may see.

    `followed` are those of them whom the viewer follows. `unliked` and `unfollowed` are what the
    graph still told and is so no more: (member, film) and (follower, followed).
    """

    movies: Mapping[int, ListedFilm]
    usernames: Mapping[int, str]
    followed: frozenset[int] = frozenset()
    unliked: frozenset[tuple[int, int]] = frozenset()
    unfollowed: frozenset[tuple[int, int]] = frozenset()

    def likes(self, user_id: int, movie_id: int) -> bool:
        """Whether a member may be named for a film that the graph says they like."""
        return user_id in self.usernames and (user_id, movie_id) not in self.unliked

    def titles(self, movie_ids: Sequence[int], most: int) -> list[ListedFilm]:
        """Those of these films that there are, at most `most`."""
        return [self.movies[pk] for pk in movie_ids if pk in self.movies][:most]

    def names(self, user_ids: Sequence[int]) -> list[str]:
        """Those of these members who may be named."""
        return [self.usernames[pk] for pk in user_ids if pk in self.usernames]


@dataclass(frozen=True)
class Slate:
    """The chosen films, what may be told about them, and the stores that could not answer.

    `id` names a slate that is kept, for what its member does about it.
    `predicted_stars` are by film, for those of which enough is known.
    """

    films: Sequence[Scored]
    known: Known
    degraded: tuple[str, ...]
    predicted_stars: Mapping[int, float] = field(default_factory=dict)
    id: UUID | None = None
