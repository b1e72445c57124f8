"""Query → sources → filters → ranker → slate.

The stores are asked side by side; one that is away makes its source empty, and the slate says so.
What a viewer has seen, and whom they may see, comes from Postgres at the time of the request.
"""

from collections.abc import Callable, Collection
from typing import TypeVar, get_args

from apps.common.errors import StoreUnavailable
from apps.graph.store import get_graph
from apps.graph.types import Evidence as GraphEvidence
from apps.recommendations import places, ranking, selectors, slates
from apps.recommendations.fold_in import predicted_stars
from apps.recommendations.sources import (
    collaborative,
    content,
    people,
    popular,
    sequential,
    social,
)
from apps.recommendations.sources.collaborative import Member
from apps.recommendations.types import Candidates, Known, Query, Scored, Slate, SourceName
from apps.vectors.points import Hit
from apps.vectors.store import get_vectors

T = TypeVar("T")

LEAST, PER_FILM = 50, 3
"""Candidates of the factors, and for each film that is shown; of the others half as many. More
would only be read to be thrown away: diversity chooses from `ranking.POOL` for each."""

SOURCES: Collection[SourceName] = tuple(name for name in get_args(SourceName) if name != "title")
"""All but `title`, which answers a text."""

NO_EVIDENCE = GraphEvidence((), (), (), ())


def recommend(viewer_id: int, *, limit: int, sources: Collection[SourceName] = SOURCES) -> Slate:
    """Films for a member that they have not seen, with the reasons for each; the slate is kept.

    Only these sources propose any.
    """
    query = selectors.query_of(viewer_id)
    degraded: list[str] = []
    member = or_without(lambda: collaborative.fold(query), None, degraded)
    most = max(LEAST, PER_FILM * limit)
    near, found = _ask_stores(query, member, most, degraded)
    known = _known(query, near, found, most)
    ranked = slates.rotate(_ranked(query, known, near, found, most, sources), query.shown)
    chosen = ranking.diversify(ranked, known.movies, limit)
    chosen = slates.explore(places.give_places(chosen, ranked), ranked, known.movies)
    # A film that hardly anybody rated has the stars of those who did.
    rated = [film.movie_id for film in chosen if known.movies[film.movie_id].told]
    stars = predicted_stars(member.factors, query.ratings, rated) if member else {}
    return Slate(chosen, known, tuple(degraded), stars, slates.keep(viewer_id, chosen))


def or_without(ask: Callable[[], T], nothing: T, degraded: list[str]) -> T:
    """What a store answers, or nothing and its name among the degraded."""
    try:
        return ask()
    except StoreUnavailable as error:
        degraded.append(error.store)
        return nothing


def _ask_stores(
    query: Query, member: Member | None, most: int, degraded: list[str]
) -> tuple[Candidates, GraphEvidence]:
    """The candidates of Qdrant's and the training's sources, and what Neo4j knows.

    Both stores are asked side by side.
    """
    alike = content.questions(query)
    questions = [*alike, *collaborative.questions(query, member, most)]
    nothing: list[list[Hit]] = [[] for _ in questions]
    answer = or_without(lambda: get_vectors().start_batch(questions), None, degraded)
    found = or_without(
        lambda: get_graph().recommendation_evidence(
            query.viewer_id,
            most // 2,
            liked=query.liked,
            without=query.unwanted,
            hidden=query.hidden,
        ),
        NO_EVIDENCE,
        degraded,
    )
    hits = or_without(answer.result, nothing, degraded) if answer else nothing
    near: Candidates = {
        "collaborative": collaborative.candidates(member, hits[len(alike) :]),
        "sequential": sequential.candidates(member, query.unwanted, most // 2),
        "content": content.candidates(query, hits[: len(alike)], most // 2),
    }
    return near, found


def _known(query: Query, near: Candidates, found: GraphEvidence, most: int) -> Known:
    """Every film that is proposed or that evidence names, and the members who may be named."""
    candidates = [candidate for films in near.values() for candidate in films]
    films = {candidate.movie_id for candidate in candidates}
    films |= {pk for candidate in candidates for pk in candidate.evidence.movie_ids}
    films |= {row.movie_id for rows in vars(found).values() for row in rows}
    films |= {pk for row in found.people for pk in row.seed_movie_ids}
    likes = {(friend.user_id, row.movie_id) for row in found.followees for friend in row.friends}
    likes |= {(liker.user_id, row.movie_id) for row in found.agreeing for liker in row.likers}
    follows: set[tuple[int, int]] = set()
    for row in found.further:
        for liker in row.likers:
            likes.add((liker.user_id, row.movie_id))
            follows |= {(through, liker.user_id) for through in liker.through}
    return selectors.known(
        query.viewer_id,
        films,
        likes=likes,
        follows=follows,
        popular=most // 2,
        unwanted=query.unwanted,
    )


def _ranked(
    query: Query,
    known: Known,
    near: Candidates,
    found: GraphEvidence,
    most: int,
    sources: Collection[SourceName],
) -> list[Scored]:
    """The films that may be shown, best first."""
    wanted = [film for pk, film in known.movies.items() if pk not in query.unwanted]
    proposed: Candidates = {
        **near,
        "social": social.candidates(found, known),
        "people": people.candidates(found.people),
    }
    others = {candidate.movie_id for films in proposed.values() for candidate in films}
    proposed = {**proposed, "popular": popular.candidates(wanted, most // 2, besides=others)}
    asked: Candidates = {name: films for name, films in proposed.items() if name in sources}
    released = {film.pk for film in wanted if selectors.is_released(film)}
    fused = [film for film in ranking.fuse(asked) if film.movie_id in released]
    return ranking.doubt_the_unrated(fused, known.movies)
