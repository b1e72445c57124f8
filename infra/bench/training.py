"""Training: how long learning from ten million ratings takes, and how much memory; the sample too.

The ratings stand in Postgres, from where the training reads them. It runs in a process of its own.
"""

import io
import sys
import time

import numpy as np
from numpy.typing import NDArray

from infra.bench.compare import watched
from infra.bench.figures import Figure, report
from infra.bench.own_stack import own_stack
from infra.bench.tastes import Block, ratings_of

PEOPLE, FILMS, RATINGS = 70_000, 10_000, 10_000_000

TRAIN = """
from apps.recommendations.training import train
print(train().figures["held_out_ndcg_at_10"])
"""
WORTH = 0.01
"""NDCG@10 that says that something was learned: twenty times that of chance. It is no measure of
quality: the crowd's taste never moves, and what is learned trusts the newest ratings most."""

Ids = NDArray[np.int64]

MEMBERS = """
INSERT INTO users_user (username, email, password, is_superuser)
SELECT 'crowd-' || number, 'crowd-' || number || '@example.com', '!', false
FROM generate_series(0, %s - 1) AS number
RETURNING id
"""

COPY = "COPY movies_rating (user_id, movie_id, half_stars, rated_at, changed_at) FROM STDIN"

TRUSTED = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'movies_rating'::regclass AND contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE movies_rating DROP CONSTRAINT %I', one.conname);
    END LOOP;
END $$
"""
"""No look at twenty million foreign keys, in a stack that ends with the bench."""


def add_ratings(people: int, films: int, ratings: int) -> int:
    """Ratings in place of all that there are, of new members; gives how many they are."""
    from django.db import connection, transaction

    from apps.movies.models import Movie

    films_there = Movie.objects.order_by("pk").values_list("pk", flat=True)[:films]
    movie_ids = np.array(list(films_there))
    added = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(TRUSTED)
        cursor.execute("TRUNCATE movies_rating CASCADE")
        cursor.execute(MEMBERS, [people])
        user_ids = np.array(cursor.fetchall())[:, 0]
        for block in ratings_of(people, films, ratings):
            cursor.copy_expert(COPY, _copied(block, user_ids, movie_ids))
            added += len(block.film)
        cursor.execute("ANALYZE users_user, movies_rating")
    return added


def _copied(block: Block, users: Ids, movies: Ids) -> io.StringIO:
    """As COPY reads them."""
    when = block.when.astype("datetime64[s]").astype(str)
    columns = users[block.person], movies[block.film], block.half_stars, when
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return io.StringIO("".join(f"{u}\t{m}\t{half}\t{t}Z\t{t}Z\n" for u, m, half, t in rows))


def trained(name: str, seconds: float, gigabytes: float) -> list[Figure]:
    """How a training of what stands in Postgres went, and what is promised of it."""
    start = time.monotonic()
    told, peak = watched([sys.executable, "manage.py", "shell", "-v", "0", "-c", TRAIN])
    print(f"{name}: {told.strip()}", flush=True)
    return [
        Figure(f"{name}: seconds", time.monotonic() - start, "s", at_most=seconds),
        Figure(f"{name}: peak memory", peak / 1000, "GB", at_most=gigabytes),
        Figure(f"{name}: held-out NDCG@10", float(told), "", at_least=WORTH),
    ]


def main() -> int:
    """On stores alone: the sample, then the crowd in its place."""
    with own_stack(application=False):
        from django.core.management import call_command

        call_command("import_sample", "--no-projections")
        found = trained("sample", 30, 8)
        added = add_ratings(PEOPLE, FILMS, RATINGS)
        found += [Figure("ratings", added, "", at_least=0.95 * RATINGS)]
        found += trained("crowd", 600, 8)
    return report("training", found)


if __name__ == "__main__":
    sys.exit(main())
