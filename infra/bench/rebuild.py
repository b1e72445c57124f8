"""Rebuild: graph and vectors made anew with a million edges, while members read and write.

Members rate, rate anew, take back, follow and unfollow, and staff delete films, all over HTTP. At
the end what was acknowledged last must be in Postgres, and the checker must find no difference.
"""

import json
import subprocess
import sys
import time
from collections.abc import Hashable, Iterator, Mapping, Sequence

from infra.bench.figures import Figure, quantile, report
from infra.bench.lag import settle
from infra.bench.load import Load, Request
from infra.bench.members import Member, make_members
from infra.bench.opinions import reads, writes
from infra.bench.own_stack import own_stack
from infra.bench.synthetic import EDGES, add_crowd
from infra.embedded.layout import ROOT

CROWD = 1_000_000 // EDGES
WRITES, READS, DELETES = 55, 10, 0.5
"""A second."""

STREAMS = 8
FILMS = 500
SETTLE_SECONDS = 300
COMMAND_SECONDS = 1_800


def lost(states: Mapping[tuple[Hashable, ...], Hashable]) -> int:
    """How many facts are not in Postgres as they were acknowledged last."""
    from apps.movies.models import Movie, Rating
    from apps.users.models import Follow

    rows = Rating.objects.values_list("user_id", "movie_id", "half_stars")
    held: dict[tuple[Hashable, ...], Hashable] = {("rating", u, m): half for u, m, half in rows}
    follows = Follow.objects.values_list("follower_id", "followee_id")
    held |= {("follow", *pair): "follows" for pair in follows}
    held |= {("film", pk): "there" for pk in Movie.objects.values_list("pk", flat=True)}
    return sum(held.get(fact) != state for fact, state in states.items())


def deletes(staff: Member, films: Sequence[int]) -> Iterator[Request]:
    """Each of these films once."""
    for film in films:
        yield Request(staff.token, "DELETE", f"movies/{film}/", fact=("film", film))


def rebuilt(store: str, load: Sequence[Load]) -> list[Figure]:
    """Rebuild one store under this load of reads, writes and deletes."""
    asked, *writers = load
    with asked, writers[0], writers[1]:
        start = time.monotonic()
        ended = manage("rebuild", store).returncode
        seconds = time.monotonic() - start
    written = [answer for writer in writers for answer in writer.answers]
    left = settle(SETTLE_SECONDS)
    told = json.loads(manage("reconcile", "--json", "--store", store).stdout)
    waited = quantile([answer.seconds for answer in asked.answers], 0.99)
    figures = [
        ("took", seconds, "s", 600),
        ("ended badly", ended, "", 0),
        ("writes", len(written), "", None),
        ("writes without a good answer", sum(not one.is_good for one in written), "", 0),
        ("acknowledged writes lost", sum(lost(one.states) for one in writers), "", 0),
        ("messages not delivered", left, "", 0),
        ("facts that differ", told["drift"], "", 0),
        ("reads", len(asked.answers), "", None),
        ("reads without a good answer", asked.failed, "", 0),
        ("reads that lacked a store", sum(one.is_degraded for one in asked.answers), "", None),
        ("read, from its due time, p99", 1000 * waited, "ms", None),
    ]
    pace = Figure(f"{store}: writes a second", len(written) / seconds, "", at_least=50)
    return [pace, *(Figure(f"{store}: {name}", v, unit, at_most=m) for name, v, unit, m in figures)]


def manage(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command of Django's, in a process of its own, as operators run it; TimeoutExpired."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS,
    )


def main() -> int:
    """The graph, then the vectors, with every process of the stack on this machine."""
    with own_stack(application=True) as stack:
        from apps.movies.models import Movie
        from apps.users.models import User

        add_crowd(CROWD)
        manage("rebuild", "graph", "vectors", "recommendations", "--in-place").check_returncode()
        members, (staff,) = make_members("bench", 4 * STREAMS), make_members("staff", 1)
        User.objects.filter(pk=staff.id).update(is_staff=True)
        films = list(Movie.objects.order_by("pk").values_list("pk", flat=True))
        found: list[Figure] = []
        for turn, store in enumerate(("graph", "vectors")):
            shares = [members[number::STREAMS] for number in range(STREAMS)]
            streams = [
                writes(share, films[:FILMS], members, seed=100 * turn + number)
                for number, share in enumerate(shares)
            ]
            asking = [reads(one, films[:FILMS], seed=one.id) for one in members[:STREAMS]]
            gone = deletes(staff, films[-1_000:][turn::2])
            port = stack.layout.web_port
            load = [
                Load(port, asking, rate=READS),
                Load(port, streams, rate=WRITES),
                Load(port, [gone], rate=DELETES),
            ]
            found += rebuilt(store, load)
        return report("rebuild", found)


if __name__ == "__main__":
    sys.exit(main())
