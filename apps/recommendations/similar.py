"""Films like one film: about the same things (Qdrant), by the same people (Neo4j)."""

from apps.graph.store import get_graph
from apps.graph.types import SharesPeople
from apps.movies.errors import UnknownMovie
from apps.recommendations import ranking
from apps.recommendations.pipeline import PER_SOURCE, or_without
from apps.recommendations.selectors import films_named
from apps.recommendations.types import Candidate, Evidence, Known, Slate, SourceName
from apps.vectors.points import FilmQuery, Hit
from apps.vectors.store import get_vectors


def similar_to(movie_id: int, viewer_id: int | None, *, limit: int) -> Slate:
    """Films like this one, best first; UnknownMovie when there is none with this id."""
    degraded: list[str] = []
    question = FilmQuery(positive_ids=(movie_id,), limit=PER_SOURCE)
    answer = or_without(lambda: get_vectors().start_batch([question]), None, degraded)
    sharing = or_without(
        lambda: get_graph().sharing_people(movie_id, PER_SOURCE), list[SharesPeople](), degraded
    )
    hits = or_without(answer.result, [list[Hit]()], degraded)[0] if answer else []
    proposed: dict[SourceName, list[Candidate]] = {
        "content": [
            Candidate(hit.movie_id, hit.score, Evidence(movie_ids=(movie_id,)))
            for hit in hits
            if hit.movie_id != movie_id
        ],
        "people": [_by_the_same(movie_id, film) for film in sharing],
    }
    ids = {candidate.movie_id for found in proposed.values() for candidate in found}
    movies = films_named([movie_id, *ids], viewer_id)
    if movie_id not in movies:
        raise UnknownMovie
    ranked = [film for film in ranking.fuse(proposed) if film.movie_id in movies]
    return Slate(ranked[:limit], Known(movies, {}), tuple(degraded))


def _by_the_same(movie_id: int, film: SharesPeople) -> Candidate:
    evidence = Evidence(
        movie_ids=(movie_id,), person_id=film.person_id, person_name=film.name, role=film.role
    )
    return Candidate(film.movie_id, film.weight, evidence)
