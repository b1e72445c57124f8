"""Query → sources → filters → ranker → slate.

The stores are asked side by side; one that is away makes its source empty, and the slate says so.
What a viewer has seen, and whom they may see, comes from Postgres at the time of the request.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from apps.common.errors import StoreUnavailable
from apps.graph.store import get_graph
from apps.graph.types import Evidence as GraphEvidence
from apps.movies.selectors import rated_movies
from apps.recommendations import ranking
from apps.recommendations.fold_in import predicted_stars
from apps.recommendations.selectors import films_to_choose_from, is_released, visible_members
from apps.recommendations.sources import collaborative, content, people, popular, social
from apps.recommendations.sources.collaborative import Member
from apps.recommendations.types import (
    Candidate,
    Candidates,
    Known,
    Query,
    Scored,
    Slate,
    SourceName,
)
from apps.vectors.points import Hit
from apps.vectors.store import get_vectors

T = TypeVar("T")

PER_SOURCE = 150
"""Candidates of one source; more would only be read to be thrown away."""

SOURCES: Collection[SourceName] = frozenset(ranking.WEIGHTS)

NO_EVIDENCE = GraphEvidence((), (), ())


def recommend(viewer_id: int, *, limit: int, sources: Collection[SourceName] = SOURCES) -> Slate:
    """Films for a member that they have not seen, with the reasons for each."""
    query = Query(viewer_id, rated_movies(viewer_id))
    degraded: list[str] = []
    member = or_without(lambda: collaborative.fold(query), None, degraded)
    hits, found = _ask_stores(query, member, degraded)
    proposed, usernames = _proposed(query, member, hits, found)
    movies = films_to_choose_from(_ids(proposed), viewer_id, seen=query.seen)
    choosable = [film for pk, film in movies.items() if pk not in query.seen and is_released(film)]
    proposed["popular"] = popular.candidates(choosable, limit=PER_SOURCE)
    proposed = {name: found for name, found in proposed.items() if name in sources}
    allowed = {film.pk for film in choosable}
    ranked = [film for film in ranking.fuse(proposed) if film.movie_id in allowed]
    chosen = ranking.diversify(ranked, ranking.likeness_of(movies), limit)
    stars = predicted_stars(member.factors, query.ratings, _shown(chosen)) if member else {}
    return Slate(chosen, Known(movies, usernames), tuple(degraded), stars)


def _ask_stores(
    query: Query, member: Member | None, degraded: list[str]
) -> tuple[Sequence[Sequence[Hit]], GraphEvidence]:
    """What Qdrant and Neo4j know, asked side by side; content's answers come first."""
    questions = [
        *content.questions(query),
        *collaborative.questions(query, member, PER_SOURCE),
    ]
    nothing: list[list[Hit]] = [[] for _ in questions]
    answer = or_without(lambda: get_vectors().start_batch(questions), None, degraded)
    found = or_without(
        lambda: get_graph().recommendation_evidence(query.viewer_id, PER_SOURCE),
        NO_EVIDENCE,
        degraded,
    )
    hits = or_without(answer.result, nothing, degraded) if answer else nothing
    return hits, found


def _proposed(
    query: Query, member: Member | None, hits: Sequence[Sequence[Hit]], found: GraphEvidence
) -> tuple[dict[Any, Sequence[Candidate]], dict[int, str]]:
    """Each source's candidates, and the names of the members who may be named."""
    concerned = {friend.user_id for film in found.followees for friend in film.friends}
    concerned |= {pk for film in found.agreeing for pk in film.user_ids}
    visible = visible_members(concerned, query.viewer_id)
    followed = {pk for pk, (_, is_followed) in visible.items() if is_followed}
    seeds = len(content.seeds_of(query))
    proposed: dict[Any, Sequence[Candidate]] = {
        "collaborative": collaborative.candidates(member, hits[seeds:]),
        "content": content.candidates(query, hits[:seeds])[:PER_SOURCE],
        "social": social.candidates(
            found.followees, found.agreeing, followed=followed, visible=visible.keys()
        )[:PER_SOURCE],
        "people": people.candidates(found.people, liked=query.liked)[:PER_SOURCE],
    }
    return proposed, {pk: username for pk, (username, _) in visible.items()}


def _shown(films: Sequence[Scored]) -> list[int]:
    return [film.movie_id for film in films]


def _ids(proposed: Candidates) -> list[int]:
    """Every proposed film, and every film that evidence names."""
    ids: set[int] = set()
    for candidates in proposed.values():
        for candidate in candidates:
            ids.add(candidate.movie_id)
            ids.update(candidate.evidence.movie_ids)
    return sorted(ids)


def or_without(ask: Callable[[], T], nothing: T, degraded: list[str]) -> T:
    """What a store answers, or nothing and its name among the degraded."""
    try:
        return ask()
    except StoreUnavailable as error:
        degraded.append(error.store)
        return nothing
