"""A store or the broker that says nothing: nobody else waits, nothing is lost, all catches up."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from http.client import HTTPConnection
from statistics import quantiles

import pytest
import redis

from apps.movies.topics import RATING
from tests.faults.cluster import Cluster
from tests.faults.conftest import FILMS, IS_LONG, MEMBERS, SILENT_SECONDS, Say
from tests.faults.ledger import Ledger
from tests.faults.proxy import Mode
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.timeout(3_600)

RATE = 60.0
"""Writes per second: what two cores can do beside everything else, so that nobody queues."""

AGES = """
SELECT destination, EXTRACT(epoch FROM clock_timestamp() - min(published_at))::float8
FROM outbox_message GROUP BY destination
"""


def p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[98]


def elapsed(seconds: float) -> None:
    """Let time pass while others write."""
    end = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > end, "the time", seconds=seconds + 10)


def refused(ledger: Ledger, since: int) -> list[int]:
    """Statuses of writes that got no answer, or an error of the server."""
    answers = ledger.answers[since:]
    return [answer.status for answer in answers if not 200 <= answer.status < 500]


SILENT_READS = (
    ("neo4j", "graph", "me/recommendations/"),
    ("vectors", "vectors", "movies/{film}/similar/"),
    ("valkey", "feeds", "feed/"),
)


@pytest.mark.parametrize(("silent", "named", "path"), SILENT_READS)
def test_who_reads_does_not_wait_for_a_silent_store(
    silent: str, named: str, path: str, cluster: Cluster, ledger: Ledger, say: Say
) -> None:
    headers = {"Authorization": f"Bearer {ledger.members[0].token}"}
    path = path.format(film=ledger.films[0])

    def read() -> tuple[int, list[str], float]:
        start = time.monotonic()
        with closing(HTTPConnection("127.0.0.1", cluster.web_port, timeout=10)) as web:
            web.request("GET", f"/api/v1/{path}", headers=headers)
            answer = web.getresponse()
            body = json.loads(answer.read())
        return answer.status, body["degraded"], time.monotonic() - start

    def is_whole() -> bool:
        """Answers in a row are whole: of every worker, for each has breakers of its own."""
        return all(read()[:2] == (200, []) for _ in range(20))

    wait_until(is_whole, "whole answers", seconds=60)
    cluster.proxies[silent].set(Mode.BLACKHOLE)
    answers = [read() for _ in range(20)]
    cluster.proxies[silent].set(Mode.PASS)
    seconds = max(seconds for _, _, seconds in answers)
    say(f"a silent {silent}: {path} answers within {seconds:.3f} s")
    assert {(status, *degraded) for status, degraded, _ in answers} == {(200, named)}
    assert seconds <= 0.3 or not IS_LONG
    wait_until(is_whole, "whole answers again", seconds=60)


def test_a_flushed_valkey_loses_nothing(
    cluster: Cluster, ledger: Ledger, settled: Callable[[], None]
) -> None:
    since, count = len(ledger.answers), 500
    with (
        redis.Redis.from_url(cluster.stores.environment["REDIS_URL"]) as valkey,
        ledger.writing(rate=RATE),
    ):
        wait_until(lambda: len(ledger.answers) > since + count / 2, "half", seconds=300)
        valkey.flushall()
        wait_until(lambda: len(ledger.answers) > since + count, "the rest", seconds=300)
    assert refused(ledger, since) == []
    settled()


def test_a_silent_valkey_loses_nothing_and_delays_no_write(
    cluster: Cluster, ledger: Ledger, settled: Callable[[], None], say: Say
) -> None:
    with ledger.writing(rate=RATE):
        start = len(ledger.answers)
        elapsed(SILENT_SECONDS)
        usual = [answer.seconds for answer in ledger.answers[start:]]
        cluster.proxies["valkey"].set(Mode.BLACKHOLE)
        start = len(ledger.answers)
        elapsed(SILENT_SECONDS)
        silent = [answer.seconds for answer in ledger.answers[start:]]
        cluster.proxies["valkey"].set(Mode.PASS)
    ratio = p99(silent) / p99(usual)
    say(f"write p99 {p99(usual):.3f} s, with a silent Valkey {p99(silent):.3f} s: {ratio:.2f} x")
    assert refused(ledger, start) == []
    assert ratio <= 1.5 or not IS_LONG
    settled()


def test_a_silent_store_delays_no_other(
    cluster: Cluster, ledger: Ledger, settled: Callable[[], None], say: Say
) -> None:
    ages: dict[str, list[float]] = {name: [] for name in ("vectors", "feeds", "recommendations")}
    end = time.monotonic() + SILENT_SECONDS

    def sampled() -> bool:
        now = dict(cluster.rows(AGES))
        for name, seen in ages.items():
            seen.append(now.get(name, 0.0))
        return time.monotonic() > end

    start = len(ledger.answers)
    with ledger.writing(rate=RATE):
        cluster.proxies["neo4j"].set(Mode.BLACKHOLE)
        wait_until(sampled, "the silence", seconds=SILENT_SECONDS + 10)
    for name, seen in ages.items():
        say(f"a silent graph: {name} lags by p99 {p99(seen):.2f} s")
    assert refused(ledger, start) == []
    assert max(map(p99, ages.values())) <= 5 or not IS_LONG
    say(f"backlog falls by {caught_up(cluster):.0f} facts/s")
    settled()


def caught_up(cluster: Cluster) -> float:
    """Let the graph answer again, with every possible rating in its backlog: facts per second."""
    members = [member["id"] for member in cluster.cast["members"]]
    keys = [(user, film) for user in members for film in cluster.cast["films"]]
    cluster.publish(RATING, keys, into="graph")
    assert len(keys) == MEMBERS * FILMS
    backlog = cluster.depths()["graph"]
    cluster.proxies["neo4j"].set(Mode.PASS)
    wait_until(lambda: cluster.depths().get("graph", 0) < backlog, "a first batch", seconds=60)
    start, left = time.monotonic(), cluster.depths().get("graph", 0)
    wait_until(lambda: "graph" not in cluster.depths(), "no backlog", seconds=120)
    speed = left / (time.monotonic() - start)
    assert speed >= 2_000 or not IS_LONG
    return speed
