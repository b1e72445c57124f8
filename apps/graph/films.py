"""Writes of films: one object is a film's node with its genres and credits.

The edges of a film carry no fence of their own; the film's stands for all of them. Films are locked
before their fences are compared; the people in them are only held while they get their credits (a
MERGE keeps a node from being removed), for nothing of theirs is compared.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from apps.graph.driver import Bolt, Transaction
from apps.graph.locking import BATCH, Nodes, chunks, mark_above_floor, numbers, run
from apps.movies.models import Credit
from apps.movies.selectors import Film
from apps.outbox.fences import Fence

FILMS_AT_ONCE = 250
"""With their credits and genres some two thousand writes."""

NEWER_MOVIES = """
UNWIND $ids AS id
MATCH (film:Movie {id: id})
OPTIONAL MATCH (grave:Tombstone {key: 'movie:' + id})
WITH id, film, grave
WHERE coalesce(film.fence, -1) < $fence AND coalesce(grave.fence, -1) < $fence
DELETE grave
RETURN collect(id) AS ids
"""

CLEAR_MOVIES = """
UNWIND $ids AS id
MATCH (:Movie {id: id})-[edge:ACTED_IN|DIRECTED|IN_GENRE]-()
DELETE edge
"""

SET_MOVIES = """
UNWIND $rows AS row
MATCH (film:Movie {id: row[0]})
SET film.title = row[1], film.year = row[2], film.fence = $fence
"""

ADD_ACTORS = """
UNWIND $rows AS row
MATCH (film:Movie {id: row[0]})
MERGE (person:Person {id: row[1]})
CREATE (person)-[:ACTED_IN {position: row[2]}]->(film)
WITH person WHERE person.fence IS NULL
RETURN collect(DISTINCT person.id) AS ids
"""

ADD_DIRECTORS = """
UNWIND $rows AS row
MATCH (film:Movie {id: row[0]})
MERGE (person:Person {id: row[1]})
CREATE (person)-[:DIRECTED {position: row[2]}]->(film)
WITH person WHERE person.fence IS NULL
RETURN collect(DISTINCT person.id) AS ids
"""

NAME_STUBS = """
UNWIND $rows AS row
MATCH (person:Person {id: row[0]})
SET person.name = row[1], person.fence = 0
"""

ADD_GENRES = """
UNWIND $rows AS row
MATCH (film:Movie {id: row[0]})
MERGE (genre:Genre {name: row[1]})
CREATE (film)-[:IN_GENRE]->(genre)
"""

DROP_MOVIES = """
UNWIND $ids AS id
MATCH (film:Movie {id: id})
WHERE coalesce(film.fence, -1) < $fence
AND NOT EXISTS { (film)<-[edge:LIKED]-() WHERE edge.fence > $fence }
MERGE (grave:Tombstone {key: 'movie:' + id})
SET grave.fence = CASE WHEN grave.fence > $fence THEN grave.fence ELSE $fence END
DETACH DELETE film
"""


class _Buried(Exception):
    """Credits led to people who have a tombstone; the transaction must not be."""

    def __init__(self, person_ids: frozenset[int]) -> None:
        super().__init__()
        self.person_ids = person_ids


class FilmWrites:
    """Puts and drops films. Idempotent; what carries a higher fence stays."""

    bolt: Bolt

    def put_movies(self, films: Iterable[Film], fence: Fence) -> list[int]:
        """Make each film's node, credits and genres what they are now; gives the ids to read again.

        People who are not there yet get a stub; a film that credits a buried one is read again.
        """
        again: list[int] = []
        for part in chunks(sorted(films, key=lambda film: film.id), FILMS_AT_ONCE):
            again += self._put_movies(part, fence)
        return again

    def drop_movies(self, movie_ids: Iterable[int], fence: Fence) -> None:
        """Remove films with all their edges, likes included, and leave tombstones."""
        for part in chunks(sorted(set(movie_ids)), BATCH):

            def work(tx: Transaction, part: Sequence[int] = part) -> None:
                mark_above_floor(tx, fence.number)
                created = Nodes(movies=frozenset(part)).lock(tx)
                run(tx, DROP_MOVIES, ids=list(part), fence=fence.number)
                created.settle(tx)

            self.bolt.write(work)

    def _put_movies(self, films: Sequence[Film], fence: Fence) -> list[int]:
        late: set[int] = set()
        while True:
            rest = [film for film in films if film.id not in late]
            try:
                self.bolt.write(lambda tx, rest=rest: _put(tx, rest, fence.number))  # type: ignore[misc]
            except _Buried as found:
                late |= {film.id for film in rest if found.person_ids & _people(film)}
            else:
                return sorted(late)


def _put(tx: Transaction, films: Sequence[Film], fence: int) -> None:
    mark_above_floor(tx, fence)
    ids = [film.id for film in films]
    created = Nodes(movies=frozenset(ids)).lock(tx)
    newer = numbers(run(tx, NEWER_MOVIES, ids=ids, fence=fence))
    run(tx, CLEAR_MOVIES, ids=sorted(newer - created.movies))
    wanted = [film for film in films if film.id in newer]
    run(tx, SET_MOVIES, rows=[[film.id, film.title, film.year] for film in wanted], fence=fence)
    run(tx, ADD_GENRES, rows=[[film.id, name] for film in wanted for name in film.genres])
    stubs = run(tx, ADD_ACTORS, rows=_credits(wanted, Credit.Role.ACTOR))
    stubs += run(tx, ADD_DIRECTORS, rows=_credits(wanted, Credit.Role.DIRECTOR))
    _name(tx, numbers(stubs), wanted)
    created.without(newer).settle(tx)


def _name(tx: Transaction, stubs: frozenset[int], films: Sequence[Film]) -> None:
    """People who had no node: they get their name, unless they have a tombstone."""
    if buried := Nodes(people=stubs).buried(tx).people:
        raise _Buried(buried)
    names = {made.person_id: made.name for film in films for made in film.credits}
    run(tx, NAME_STUBS, rows=[[number, names[number]] for number in sorted(stubs)])


def _people(film: Film) -> set[int]:
    return {made.person_id for made in film.credits}


def _credits(films: Sequence[Film], role: str) -> list[list[Any]]:
    """Sorted by person, so that batches side by side meet the same people in the same order."""
    return sorted(
        (
            [film.id, made.person_id, made.position]
            for film in films
            for made in film.credits
            if made.role == role
        ),
        key=lambda row: row[1],
    )
