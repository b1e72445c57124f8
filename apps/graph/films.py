"""Writes of films: one object is a film's node with its genres and credits.

The edges of a film carry no fence of their own; the film's stands for all of them.
"""

from collections.abc import Iterable, Sequence

from apps.graph.driver import Bolt, Row, Transaction
from apps.graph.locking import BATCH, Touched, check_floor, chunks, grave, graves, run
from apps.movies.models import Credit
from apps.movies.selectors import Film
from apps.outbox.fences import Fence

FILMS_AT_ONCE = 250
"""With their credits and genres some two thousand writes."""

PLAN_MOVIES = """
UNWIND $rows AS row
MATCH (film:Movie {id: row.id})
OPTIONAL MATCH (grave:Tombstone {key: row.grave})
WITH row, film, grave
WHERE coalesce(film.fence, -1) < $fence AND coalesce(grave.fence, -1) < $fence
RETURN row.id AS id, film.fence IS NOT NULL AS known,
    EXISTS { MATCH (end:Tombstone) WHERE end.key IN row.people } AS buried
"""

CLEAR_MOVIES = """
UNWIND $ids AS id
MATCH (:Movie {id: id})-[edge:ACTED_IN|DIRECTED|IN_GENRE]-()
DELETE edge
"""

SET_MOVIES = """
UNWIND $rows AS row
MATCH (film:Movie {id: row.id})
SET film.title = row.title, film.year = row.year, film.fence = $fence
WITH row
MATCH (grave:Tombstone {key: row.grave})
DELETE grave
"""

ADD_ACTORS = """
UNWIND $rows AS row
MATCH (film:Movie {id: row.movie_id})
MATCH (person:Person {id: row.person_id})
SET person.name = coalesce(person.name, row.name), person.fence = coalesce(person.fence, 0)
CREATE (person)-[:ACTED_IN {position: row.position}]->(film)
"""

ADD_DIRECTORS = """
UNWIND $rows AS row
MATCH (film:Movie {id: row.movie_id})
MATCH (person:Person {id: row.person_id})
SET person.name = coalesce(person.name, row.name), person.fence = coalesce(person.fence, 0)
CREATE (person)-[:DIRECTED {position: row.position}]->(film)
"""

ADD_GENRES = """
UNWIND $rows AS row
MATCH (film:Movie {id: row.movie_id})
MERGE (genre:Genre {name: row.name})
CREATE (film)-[:IN_GENRE]->(genre)
"""

DROP_MOVIES = """
UNWIND $rows AS row
MATCH (film:Movie {id: row.id})
WHERE coalesce(film.fence, -1) < $fence
AND NOT EXISTS { (film)<-[edge:LIKED]-() WHERE edge.fence > $fence }
MERGE (grave:Tombstone {key: row.grave})
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
                touched = Touched(movies=frozenset(part))
                touched.lock(tx)
                rows = [{"id": number, "grave": grave("movie", number)} for number in part]
                run(tx, DROP_MOVIES, rows=rows, fence=fence.number)
                touched.clean(tx)

            self.bolt.write(work)


def _put(tx: Transaction, films: Sequence[Film], fence: int) -> list[int]:
    check_floor(tx, fence)
    touched = Touched(
        movies=frozenset(film.id for film in films),
        people=frozenset(credit.person_id for film in films for credit in film.credits),
    )
    touched.lock(tx)
    plan = run(tx, PLAN_MOVIES, rows=[_planned(film) for film in films], fence=fence)
    wanted = {row["id"] for row in plan if not row["buried"]}
    run(tx, CLEAR_MOVIES, ids=[row["id"] for row in plan if row["known"] and not row["buried"]])
    _apply(tx, [film for film in films if film.id in wanted], fence)
    touched.clean(tx)
    return [row["id"] for row in plan if row["buried"]]


def _apply(tx: Transaction, films: Sequence[Film], fence: int) -> None:
    run(tx, SET_MOVIES, rows=[_facts(film) for film in films], fence=fence)
    run(tx, ADD_ACTORS, rows=_credits(films, Credit.Role.ACTOR))
    run(tx, ADD_DIRECTORS, rows=_credits(films, Credit.Role.DIRECTOR))
    genres = [{"movie_id": film.id, "name": name} for film in films for name in film.genres]
    run(tx, ADD_GENRES, rows=genres)


def _planned(film: Film) -> Row:
    people = graves("person", sorted({credit.person_id for credit in film.credits}))
    return {"id": film.id, "grave": grave("movie", film.id), "people": people}


def _facts(film: Film) -> Row:
    return {
        "id": film.id,
        "grave": grave("movie", film.id),
        "title": film.title,
        "year": film.year,
    }


def _credits(films: Sequence[Film], role: str) -> list[Row]:
    return [
        {
            "movie_id": film.id,
            "person_id": credit.person_id,
            "name": credit.name,
            "position": credit.position,
        }
        for film in films
        for credit in film.credits
        if credit.role == role
    ]
