"""Films by directors and actors of films that the viewer liked."""

from collections.abc import Collection, Sequence

from apps.graph.types import ByPerson
from apps.recommendations.types import Candidate, Evidence


def candidates(rows: Sequence[ByPerson], *, liked: Collection[int]) -> list[Candidate]:
    """Films by their strongest person, best first.

    The viewer's likes come from Postgres: a film that they no longer like is no evidence.
    """
    best: dict[int, Candidate] = {}
    for row in rows:
        seeds = tuple(pk for pk in row.seed_movie_ids if pk in liked)
        if not seeds:
            continue
        score = row.weight * len(seeds) / len(row.seed_movie_ids)
        if row.movie_id not in best or score > best[row.movie_id].score:
            evidence = Evidence(
                movie_ids=seeds, person_id=row.person_id, person_name=row.name, role=row.role
            )
            best[row.movie_id] = Candidate(row.movie_id, score, evidence)
    return sorted(best.values(), key=lambda film: (-film.score, film.movie_id))
