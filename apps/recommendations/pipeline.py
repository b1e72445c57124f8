"""Query → sources → filters → ranker → slate.

The stores are asked side by side; one that is away makes its source empty, and the slate says so.
What a viewer has seen, and whom they may see, comes from Postgres at the time of the request.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from apps.common.errors import StoreUnavailable
from apps.graph.store import get_graph
from apps.graph.types import Evidence as GraphEvidence
from apps.recommendations import ranking, selectors, slates
from apps.recommendations.sources import content, people, popular, social
from apps.recommendations.types import Candidate, Known, Query, Scored, Slate
from apps.vectors.points import Hit

T = TypeVar("T")

PER_SOURCE = 150
"""Candidates of one source; more would only be read to be thrown away."""

NO_EVIDENCE = GraphEvidence((), (), (), ())


def recommend(viewer_id: int, *, limit: int) -> Slate:
    """Films for a member that they have not seen, with the reasons for each; the slate is kept."""
    query = selectors.query_of(viewer_id)
    degraded: list[str] = []
    hits, found = _ask_stores(query, degraded)
    alike = content.candidates(query, hits)[:PER_SOURCE]
    known = _known(query, alike, found)
    ranked = slates.rotate(_ranked(query, known, alike, found), query.shown)
    likeness = ranking.likeness_of(known.movies)
    chosen = ranking.diversify(ranked, likeness, limit)
    chosen = slates.explore(chosen, ranked, known.movies)
    return Slate(chosen, known, tuple(degraded), slates.keep(viewer_id, chosen))


def or_without(ask: Callable[[], T], nothing: T, degraded: list[str]) -> T:
    """What a store answers, or nothing and its name among the degraded."""
    try:
        return ask()
    except StoreUnavailable as error:
        degraded.append(error.store)
        return nothing


def _ask_stores(query: Query, degraded: list[str]) -> tuple[Sequence[Sequence[Hit]], GraphEvidence]:
    """What Qdrant and Neo4j know, asked side by side."""
    nothing: list[list[Hit]] = [[] for _ in content.seeds_of(query)]
    answer = or_without(lambda: content.start(query), None, degraded)
    found = or_without(
        lambda: get_graph().recommendation_evidence(
            query.viewer_id, PER_SOURCE, liked=query.liked, without=query.unwanted
        ),
        NO_EVIDENCE,
        degraded,
    )
    hits = or_without(answer.result, nothing, degraded) if answer else nothing
    return hits, found


def _known(query: Query, alike: Sequence[Candidate], found: GraphEvidence) -> Known:
    """Every film that is proposed or that evidence names, and the members who may be named."""
    films = {candidate.movie_id for candidate in alike}
    films |= {pk for candidate in alike for pk in candidate.evidence.movie_ids}
    films |= {row.movie_id for rows in vars(found).values() for row in rows}
    films |= {pk for row in found.people for pk in row.seed_movie_ids}
    members = {friend.user_id for row in found.followees for friend in row.friends}
    members |= {pk for row in found.agreeing for pk in row.user_ids}
    for row in found.further:
        for liker in row.likers:
            members |= {liker.user_id, *liker.through}
    wanted = selectors.among_or_popular(films, without=query.unwanted)
    return selectors.known(wanted, members, query.viewer_id)


def _ranked(
    query: Query, known: Known, alike: Sequence[Candidate], found: GraphEvidence
) -> list[Scored]:
    """The films that may be shown, best first."""
    choosable = [
        film
        for pk, film in known.movies.items()
        if pk not in query.unwanted and selectors.is_released(film)
    ]
    proposed: dict[Any, Sequence[Candidate]] = {
        "content": alike,
        "social": social.candidates(found, known)[:PER_SOURCE],
        "people": people.candidates(found.people),
        "popular": popular.candidates(choosable, limit=PER_SOURCE),
    }
    allowed = {film.pk for film in choosable}
    fused = [film for film in ranking.fuse(proposed) if film.movie_id in allowed]
    return slates.doubt_the_unrated(fused, known.movies)
