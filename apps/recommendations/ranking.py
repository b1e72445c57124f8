"""From candidates to a slate: reciprocal rank fusion, then diversity.

Scores of different sources cannot be compared, ranks can. Weighted RRF after Cormack, Clarke and
Büttcher (SIGIR 2009); diversity after Carbonell and Goldstein's MMR (SIGIR 1998).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from heapq import heapify, heappop, heapreplace
from math import log1p
from types import MappingProxyType
from typing import Literal, NamedTuple

from apps.recommendations.types import Candidate, Candidates, ListedFilm, Scored, SourceName

K = 15
"""RRF's constant: how slowly a rank's worth falls. The paper's 60 lets films that two sources put
far down stand before the best of one; 10 to 20 measured best."""

Weights = Mapping[SourceName | Literal["followed"], float]
"""What the best of a source is worth; `followed` stands in for `social` where someone whom the
viewer follows likes the film."""

WEIGHTS: Weights = MappingProxyType(
    {
        "title": 5.0,
        "collaborative": 3.0,
        "sequential": 2.0,
        "followed": 2.4,
        "content": 0.25,
        "social": 0.15,
        "people": 0.15,
        "popular": 0.05,
    }
)
"""As measured, but for `followed`: no data set to measure by has follows. It is a choice that the
viewer made, so the best of it stands beside the best that the factors know."""

LEARNED: frozenset[SourceName] = frozenset({"collaborative", "sequential"})
"""The sources that stand on a training."""

WITHOUT_FACTORS: Weights = MappingProxyType(
    {
        "title": 5.0,
        "followed": 1.2,
        "content": 1.0,
        "social": 1.2,
        "people": 0.8,
        "popular": 0.5,
    }
)
"""Where factors have nothing to say, the others share the page more evenly."""

SEEN_BY_THE_SAME = 1.0
"""What the best of films alike gains that are seen by the same members: as much as the likest text.
Judged by eye."""

UNRATED = 0.5
TRUSTED = 20
STRANGE = 0.5
"""What likeness of texts is worth to a film that shares no genre with what led to it, or that is by
others and shares a word of the title: Blade is not like Blade Runner."""

DOUBTED: frozenset[SourceName] = frozenset({"content", "people"})

POOL = 5
"""Films that diversity chooses from, for each that is shown."""

DIVERSITY = 0.35
"""How much a film that is like one already chosen loses: 0 is pure score."""

_NUMERAL = re.compile(r"[0-9]+|[ivx]+|part")
_WORD = re.compile(r"\w{4,}")
"""Shorter ones are mostly articles and the like."""


def fuse(proposed: Candidates) -> list[Scored]:
    """Every proposed film with its shares, best first; the best rank is worth the source's weight.

    A film that several sources propose gets a share from each.
    """
    weights = weights_of({source for source, candidates in proposed.items() if candidates})
    films: dict[int, Scored] = {}
    for source, candidates in proposed.items():
        for rank, candidate in enumerate(candidates, start=1):
            film = films.setdefault(candidate.movie_id, Scored(candidate.movie_id))
            weight = weights["followed" if candidate.evidence.followed_ids else source]
            film.shares[source] = weight * (K + 1) / (K + rank)
            film.evidence[source] = candidate.evidence
    return best_first(films.values())


def weights_of(speaking: Collection[SourceName]) -> Weights:
    """What each source is worth when these have something to propose."""
    return WITHOUT_FACTORS if LEARNED.isdisjoint(speaking) else WEIGHTS


def best_first(films: Iterable[Scored]) -> list[Scored]:
    """Films by their score; equal ones always in the same order."""
    return sorted(films, key=lambda film: (-film.score, film.movie_id))


def lift_what_the_same_see(films: Iterable[Scored], seen: Sequence[Candidate]) -> None:
    """Give those of these films that are `seen`, the best of them first, a share more.

    By its score, not its rank: few films are seen by the same members for more than chance.
    """
    by_id = {film.movie_id: film for film in films}
    for candidate in seen:
        film = by_id[candidate.movie_id]
        film.shares["collaborative"] = SEEN_BY_THE_SAME * candidate.score / seen[0].score
        film.evidence["collaborative"] = candidate.evidence


def doubt_the_unrated(films: Iterable[Scored], movies: Mapping[int, ListedFilm]) -> list[Scored]:
    """Films by their score, where text and people say less the fewer members rated the film.

    A shared word may lead anywhere, and everybody made something that nobody needs to see;
    `TRUSTED` ratings prove that people watch it; ones that may not be told prove nothing.
    """
    tempered = list(films)
    for film in tempered:
        doubted = DOUBTED & film.shares.keys()
        if not doubted:
            continue
        _doubt_what_shares_a_word(film, movies)
        trust = min(1.0, log1p(movies[film.movie_id].told) / log1p(TRUSTED))
        for source in doubted:
            film.shares[source] *= UNRATED + (1 - UNRATED) * trust
    return best_first(tempered)


def _doubt_what_shares_a_word(film: Scored, movies: Mapping[int, ListedFilm]) -> None:
    """Alike is often no more than a word: one of both titles, or one where no genre is shared.

    Not where the same people made both films.
    """
    if "content" not in film.shares:
        return
    movie = movies[film.movie_id]
    seeds = [movies[pk] for pk in film.evidence["content"].movie_ids if pk in movies]
    by_others = "people" not in film.shares
    alike = [
        0.0 if by_others and _share_a_word(movie, seed) else _genres_in_common(movie, seed)
        for seed in seeds
    ]
    film.shares["content"] *= STRANGE + (1 - STRANGE) * max(alike, default=1.0)


def _share_a_word(one: ListedFilm, other: ListedFilm) -> bool:
    """Whether two titles share a word that tells something, without being of one series."""
    if _words(one.title).isdisjoint(_words(other.title)):
        return False
    return _series(one.title) != _series(other.title)


def _genres_in_common(one: ListedFilm, other: ListedFilm) -> float:
    """The genres of both among those of either; 1 where nothing is known of one."""
    genres, others = frozenset(one.genre_names), frozenset(other.genre_names)
    return _jaccard(genres, others) if genres and others else 1.0


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """What both have among what either has; 0 where that is nothing."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def diversify(
    ranked: Sequence[Scored],
    movies: Mapping[int, ListedFilm],
    limit: int,
    *,
    diversity: float = DIVERSITY,
) -> list[Scored]:
    """Choose `limit` films one by one: high score, little like those chosen before.

    `diversity` is from 0, pure score, to 1.
    """
    if not diversity:
        return list(ranked[:limit])
    pool = ranked[: POOL * limit]
    scores = [film.score for film in pool]
    looks = [Look.of(movies[film.movie_id]) for film in pool]
    closest, compared = [0.0] * len(pool), [0] * len(pool)
    worth = [(-score, place) for place, score in enumerate(scores)]
    heapify(worth)
    chosen: list[int] = []
    while worth and len(chosen) < limit:
        _, place = worth[0]
        if compared[place] == len(chosen):
            # The others are worth what they show at most: a film only loses by those chosen.
            chosen.append(place)
            heappop(worth)
            continue
        fresh = (looks[place].likeness(looks[other]) for other in chosen[compared[place] :])
        closest[place] = max(closest[place], *fresh)
        compared[place] = len(chosen)
        heapreplace(worth, (-scores[place] * (1 - diversity * closest[place]), place))
    return [pool[place] for place in chosen]


class Look(NamedTuple):
    """By what films look alike in a list."""

    series: str
    genres: frozenset[str]

    @classmethod
    def of(cls, movie: ListedFilm) -> "Look":
        """The look of a film of the catalogue."""
        return cls(_series(movie.title), frozenset(movie.genre_names))

    def likeness(self, other: "Look") -> float:
        """0 to 1: shared genres (Jaccard), or a series."""
        return 1.0 if self.series == other.series else _jaccard(self.genres, other.genres)


@lru_cache(maxsize=10_000)
def _series(title: str) -> str:
    """The part of a title that sequels share: before a colon, without numbers."""
    words = title.lower().split(":")[0].split()
    return " ".join(word for word in words if not _NUMERAL.fullmatch(word)) or title


@lru_cache(maxsize=10_000)
def _words(title: str) -> frozenset[str]:
    return frozenset(_WORD.findall(title.lower()))
