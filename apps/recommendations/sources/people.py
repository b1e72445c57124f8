"""Films by directors and actors of films that the viewer liked, or of some films."""

from collections import Counter
from collections.abc import Sequence

from apps.graph.types import ByPerson
from apps.recommendations.types import Candidate, Evidence

AGAIN = 0.5
"""The second film of one person counts 1 / (1 + this), the third 1 / (1 + twice this)."""


def candidates(rows: Sequence[ByPerson]) -> list[Candidate]:
    """Films by their people, best first, each with the strongest of them.

    Several people take turns: one director's whole work would fill the page.
    """
    before: Counter[int] = Counter()
    found: list[Candidate] = []
    for row in rows:
        evidence = Evidence(
            movie_ids=row.seed_movie_ids,
            person_id=row.person_id,
            person_name=row.name,
            role=row.role,
        )
        score = row.weight / (1 + AGAIN * before[row.person_id])
        found.append(Candidate(row.movie_id, score, evidence))
        before[row.person_id] += 1
    return sorted(found, key=lambda film: -film.score)
