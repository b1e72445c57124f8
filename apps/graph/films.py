"""Writes of films: one object is a film's node with its genres and credits.

The edges of a film carry no fence of their own; the film's stands for all of them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from apps.graph.driver import Bolt, Transaction
from apps.graph.locking import BATCH, Nodes, check_floor, chunks, run
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
RETURN id
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

NAME_PEOPLE = """
UNWIND $rows AS row
MATCH (person:Person {id: row[0]})
SET person.name = row[1]
"""
"""Stubs alone: who has a node of their own is not renamed by a film."""

ADD_ACTORS = """
UNWIND $rows AS row
MATCH (film:Movie {id: row[0]})
MATCH (person:Person {id: row[1]})
CREATE (person)-[:ACTED_IN {position: row[2]}]->(film)
"""

ADD_DIRECTORS = """
UNWIND $rows AS row
MATCH (film:Movie {id: row[0]})
MATCH (person:Person {id: row[1]})
CREATE (person)-[:DIRECTED {position: row[2]}]->(film)
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


class FilmWrites:
    """Puts and drops films. Idempotent; what carries a higher fence stays."""

    bolt: Bolt

    def put_movies(self, films: Iterable[Film], fence: Fence) -> list[int]:
        """Make each film's node, credits and genres what they are now; gives the ids to read again.

        People who are not there yet get a stub; a film that credits a buried one is read again.
        """
        again: list[int] = []
        for part in chunks(sorted(films, key=lambda film: film.id), FILMS_AT_ONCE):

            def work(tx: Transaction, part: Sequence[Film] = part) -> list[int]:
                return _put(tx, part, fence.number)

            again += self.bolt.write(work)
        return again

    def drop_movies(self, movie_ids: Iterable[int], fence: Fence) -> None:
        """Remove films with all their edges, likes included, and leave tombstones."""
        for part in chunks(sorted(set(movie_ids)), BATCH):

            def work(tx: Transaction, part: Sequence[int] = part) -> None:
                check_floor(tx, fence.number)
                created = Nodes(movies=frozenset(part)).lock(tx)
                run(tx, DROP_MOVIES, ids=list(part), fence=fence.number)
                created.settle(tx)

            self.bolt.write(work)


def _put(tx: Transaction, films: Sequence[Film], fence: int) -> list[int]:
    check_floor(tx, fence)
    touched = Nodes(
        movies=frozenset(film.id for film in films),
        people=frozenset(credit.person_id for film in films for credit in film.credits),
    )
    created = touched.lock(tx)
    buried = created.buried(tx).people
    late = [film.id for film in films if any(made.person_id in buried for made in film.credits)]
    rest = [film.id for film in films if film.id not in late]
    newer = {row["id"] for row in run(tx, NEWER_MOVIES, ids=rest, fence=fence)}
    run(tx, CLEAR_MOVIES, ids=sorted(newer - created.movies))
    _build(tx, [film for film in films if film.id in newer], created, fence)
    created.settle(tx)
    return late


def _build(tx: Transaction, films: Sequence[Film], created: Nodes, fence: int) -> None:
    run(tx, SET_MOVIES, rows=[[film.id, film.title, film.year] for film in films], fence=fence)
    names = {made.person_id: made.name for film in films for made in film.credits}
    run(tx, NAME_PEOPLE, rows=[[one, names[one]] for one in created.people if one in names])
    run(tx, ADD_ACTORS, rows=_credits(films, Credit.Role.ACTOR))
    run(tx, ADD_DIRECTORS, rows=_credits(films, Credit.Role.DIRECTOR))
    run(tx, ADD_GENRES, rows=[[film.id, name] for film in films for name in film.genres])


def _credits(films: Sequence[Film], role: str) -> list[list[Any]]:
    return [
        [film.id, made.person_id, made.position]
        for film in films
        for made in film.credits
        if made.role == role
    ]
