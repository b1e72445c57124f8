"""Kills processes that the cluster started, by a seed: at failpoints, and wherever they are."""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from apps.outbox.failpoints import PLACES
from infra.embedded.processes import BEAT, WEB, WORKERS
from tests.faults.cluster import Cluster
from tests.faults.waiting import wait_until

KINDS = {"web": 2, "web's child": 3, "worker": 3, "worker's child": 10, "beat": 2}
"""What is killed wherever it is, and in which proportion."""

SHARE = 20
"""One kill in so many is for each failpoint."""

PATIENCE_SECONDS = 60.0


class Killer:
    """A schedule of kills, each due after so many writes, and a histogram of where they landed."""

    def __init__(self, cluster: Cluster, folder: Path, *, seed: int, kills: int) -> None:
        """Arms the failpoints of every process that starts from now on."""
        self.landed: Counter[str] = Counter()
        self._cluster = cluster
        self._random = random.Random(seed)  # noqa: S311
        self._arms = {place: folder / place for place in PLACES}
        plan = (f"{place}=kill once {file}" for place, file in self._arms.items())
        cluster.environment["CINEMESH_FAILPOINTS"] = ",".join(plan)
        aimed = [place for place in PLACES for _ in range(max(1, kills // SHARE))]
        aimed += KINDS
        rest = self._random.choices(list(KINDS), KINDS.values(), k=max(0, kills - len(aimed)))
        self.schedule = aimed + rest
        self._random.shuffle(self.schedule)

    def run(self, is_due: Callable[[int], bool]) -> None:
        """Kill in the order of the schedule, each once `is_due` says so of its number."""
        for number, what in enumerate(self.schedule):
            wait_until(lambda: is_due(number), "the next kill", seconds=3_600)  # noqa: B023
            if what in PLACES:
                self._kill_at(what)
            else:
                wait_until(lambda: self._kill_one(what), what, seconds=PATIENCE_SECONDS)  # noqa: B023
            self.landed[what] += 1

    def _kill_at(self, place: str) -> None:
        """The next process that comes by kills itself."""
        armed, taken = self._arms[place], self._arms[place].with_name(f"{place}.taken")
        armed.touch()
        wait_until(taken.exists, f"someone at {place}", seconds=PATIENCE_SECONDS)
        taken.unlink()

    def _kill_one(self, kind: str) -> bool:
        names = {"web": [WEB], "beat": [BEAT]}.get(kind.removesuffix("'s child"), list(WORKERS))
        family = self._cluster.family(self._random.choice(names))
        pids = family[1:] if kind.endswith("child") else family[:1]
        with suppress(ProcessLookupError):
            for pid in pids[:1]:
                os.kill(pid, signal.SIGKILL)
                return True
        return False
