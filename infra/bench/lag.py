"""Lag: from a write's commit to its last message gone, on the running stack under open-loop load.

Each message is watched in Postgres from outside: it is deleted when its store has applied it. The
watch looks every few milliseconds, so a lag is over- and never understated.
"""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg2

from infra.bench.figures import HEAD, row
from infra.demo import Demo, Member

RATE = 100
SECONDS = int(os.environ.get("BENCH_SECONDS", "60"))
MEMBERS = 8
FILMS = 500
THREADS = 16
LOOK_SECONDS = 0.005

MESSAGES = """
SELECT id, destination, extract(epoch FROM clock_timestamp() - published_at)::float8
FROM outbox_message
"""


class Watch(threading.Thread):
    """Sees messages come and go."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.lags: dict[str, list[float]] = defaultdict(list)
        self._url = url
        self._ending = threading.Event()
        self._waiting: dict[int, tuple[str, float]] = {}
        self._looked = time.monotonic()

    def run(self) -> None:
        """Look until told to end, and then until nothing waits."""
        with closing(psycopg2.connect(self._url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                while not self._ending.wait(LOOK_SECONDS) or self._waiting:
                    cursor.execute(MESSAGES)
                    self._compare(cursor.fetchall())

    def end(self) -> None:
        """Stop once all is delivered."""
        self._ending.set()
        self.join()

    def _compare(self, rows: list[tuple[int, str, float]]) -> None:
        """What is gone was there at the look before: it was as old as then, and up to this long."""
        looked, self._looked = self._looked, time.monotonic()
        there = {message: (destination, age) for message, destination, age in rows}
        for message in self._waiting.keys() - there.keys():
            destination, age = self._waiting[message]
            self.lags[destination].append(age + self._looked - looked)
        self._waiting = there


def main() -> None:
    """Print the lag of each destination and the time of a write."""
    demo = Demo(os.environ["WEB_URL"], Path(os.environ["MAIL_DIR"]), say=lambda line: None)
    members = [demo.sign_up(f"bench{number}") for number in range(MEMBERS)]
    films = list(_films(members[0]))
    watch = Watch(os.environ["DATABASE_URL"])
    watch.start()
    try:
        writes = _write(members, films)
    finally:
        watch.end()
        _take_back(members)
        demo.close()
    print(f"\n{RATE} ratings a second for {SECONDS} s, open loop\n{HEAD}")
    print(row("a write, from its due time", writes))
    for destination, lags in sorted(watch.lags.items()):
        print(row(f"lag of {destination}", lags))


def _films(member: Member) -> Iterator[int]:
    path = "movies/?ordering=-ratings&limit=100"
    for _ in range(FILMS // 100):
        page = member.get(path)
        yield from (film["id"] for film in page["items"])
        path = f"movies/?ordering=-ratings&limit=100&cursor={page['next']}"


def _write(members: list[Member], films: list[int]) -> list[float]:
    """Every write at its due time, whatever became of those before; gives their durations."""
    start = time.monotonic() + 0.5

    def write(number: int) -> float:
        due = start + number / RATE
        time.sleep(max(0.0, due - time.monotonic()))
        film = films[(number // len(members)) % len(films)]
        stars = 1 + (number * 7 % 9) / 2
        members[number % len(members)].call("PUT", f"movies/{film}/rating/", {"stars": stars})
        return time.monotonic() - due

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(write, range(RATE * SECONDS)))


def _take_back(members: list[Member]) -> None:
    for member in members:
        rated = member.get("me/ratings/?limit=100")["items"]
        while rated:
            for rating in rated:
                member.call("DELETE", f"movies/{rating['movie']['id']}/rating/")
            rated = member.get("me/ratings/?limit=100")["items"]
