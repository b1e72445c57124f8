"""Lag: from a write's transaction until its store has applied it, under open-loop load over HTTP.

Postgres itself takes the time, by its own clock: a trigger notes the age of each message when it is
deleted, which is after its store has answered. The age counts from the start of the transaction
that wrote it, so a lag is over- and never understated.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from infra.bench.figures import Figure, quantile, report
from infra.bench.load import Load
from infra.bench.members import make_members
from infra.bench.opinions import writes
from infra.bench.own_stack import own_stack

RATE = 100
SECONDS = 60
WARM_SECONDS = 45
"""Until Java has compiled most of what every delivery runs; that takes a core for half of it."""

STREAMS = 16
MEMBERS = 4 * STREAMS
FILMS = 500
SETTLE_SECONDS = 60

BEGIN = """
CREATE UNLOGGED TABLE bench_lag (destination text, seconds float8);
CREATE FUNCTION bench_lag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bench_lag
    SELECT destination, extract(epoch FROM clock_timestamp() - published_at) FROM gone;
    RETURN NULL;
END $$;
CREATE TRIGGER bench_lag AFTER DELETE ON outbox_message REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION bench_lag()
"""

END = "DROP TRIGGER bench_lag ON outbox_message; DROP FUNCTION bench_lag; DROP TABLE bench_lag"

NOTED = "SELECT destination, seconds FROM bench_lag"

WAITING = "SELECT count(*) FROM outbox_message"


@contextmanager
def noting() -> Iterator[None]:
    """The lag of each message that is deleted within is noted."""
    _execute(BEGIN)
    try:
        yield
    finally:
        _execute(END)


def noted() -> dict[str, list[float]]:
    """The lags so far, in seconds, by destination."""
    lags: dict[str, list[float]] = defaultdict(list)
    for destination, seconds in _execute(NOTED):
        lags[destination].append(seconds)
    return lags


def settle(seconds: float = SETTLE_SECONDS) -> int:
    """Wait until every message is delivered; gives how many are not when the time is over."""
    end = time.monotonic() + seconds
    while (left := int(_execute(WAITING)[0][0])) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def figures(load: Load, lags: dict[str, list[float]], left: int) -> list[Figure]:
    """Of the writes, and of every destination."""
    seconds = [answer.seconds for answer in load.answers]
    found = [
        Figure("writes a second", len(load.answers) / SECONDS, "", at_least=0.99 * RATE),
        Figure("writes without a good answer", load.failed, "", at_most=0),
        Figure("write, from its due time, p50", 1000 * quantile(seconds, 0.5), "ms"),
        Figure("write, from its due time, p99", 1000 * quantile(seconds, 0.99), "ms"),
        Figure("messages not delivered", left, "", at_most=0),
    ]
    for name, seen in sorted(lags.items()):
        found += [
            Figure(f"lag of {name}, p50", quantile(seen, 0.5), "s", at_most=0.5),
            Figure(f"lag of {name}, p99", quantile(seen, 0.99), "s", at_most=3),
            Figure(f"lag of {name}, worst", max(seen), "s"),
        ]
    return found


def main() -> int:
    """100 writes a second for a minute, with every process of the stack on this machine."""
    with own_stack(application=True) as stack:
        from apps.feeds.rebuild import rebuild_timeline
        from apps.movies.models import Movie

        members = make_members("bench", MEMBERS)
        films = list(Movie.objects.order_by("pk").values_list("pk", flat=True)[:FILMS])
        settle()
        for member in members:
            rebuild_timeline(member.id)  # a cold one would take no news
        streams = [
            writes(members[number::STREAMS], films, members, seed=number)
            for number in range(STREAMS)
        ]
        print(f"{RATE} writes a second for {SECONDS} s", flush=True)
        with Load(stack.layout.web_port, streams, rate=RATE):
            time.sleep(WARM_SECONDS)
        settle()
        with noting():
            with Load(stack.layout.web_port, streams, rate=RATE) as load:
                time.sleep(SECONDS)
            left = settle()
            found = figures(load, noted(), left)
    return report("lag", found)


def _execute(query: str) -> list[tuple[str, float]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []


if __name__ == "__main__":
    sys.exit(main())
