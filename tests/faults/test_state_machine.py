"""Any history of changes, deliveries, zombies and deaths ends with every store as the facts are.

Postgres, Neo4j, Qdrant's engine and Valkey are the real ones. Most of a history's cost is its end:
so `AT_ONCE` of them are delivered and compared together. When one has failed, all are run again by
the same seed and compared one by one, and hypothesis tells the shortest that fails.
"""

import os
import random
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from apps.outbox import relay
from apps.outbox.claims import Claim, claim_lanes
from apps.outbox.models import Failure, Message
from tests.faults.backups import Backup, keep_above_the_stores
from tests.faults.changes import CHANGES
from tests.faults.deliveries import Delivery, claim, let_time_pass, settle
from tests.faults.eyes import Eyes
from tests.faults.world import AT_ONCE, World, found, make_worlds

EXAMPLES = int(os.environ.get("FAULTS_EXAMPLES", "2000"))
SEED = int(os.environ.get("FAULTS_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
STEPS = 8
PARTS = 2
"""The histories are cut in parts, which processes side by side may take."""

Draw = Callable[[st.SearchStrategy[Any]], Any]

DEEDS = ["change"] * 5 + ["fall_asleep"] * 3 + ["wake"] * 3 + ["deliver"] * 2
DEEDS += ["deliver_again", "die", "relay", "back_up", "restore", "restore"]
ONE = st.integers(0, 1)
NUMBER = st.integers(0, 9)
DESTINATIONS = ["graph", "vectors", "feeds", "recommendations"]
DESTINATION = st.sampled_from([*DESTINATIONS, "graph", "graph", "vectors", "feeds"])
TIMES = st.sampled_from([1, 1, 1, 1, 2, 5])
CHANGE = st.tuples(st.sampled_from(CHANGES), ONE, ONE, st.sampled_from([3, 6, 8, 10]))


class History(RuleBasedStateMachine):
    """One world: its facts change, and deliveries of them sleep, die and come again."""

    together: ClassVar[int]
    eyes: ClassVar[Eyes]
    fresh: ClassVar[list[World]]
    ended: ClassVar[list["History"]]
    differences: ClassVar[list[Any]]

    def __init__(self) -> None:
        super().__init__()
        if not self.fresh:
            self.fresh.extend(make_worlds())
        self.world = self.fresh.pop()
        self.claims: list[Claim] = []
        self.sleepers: list[Delivery] = []
        self.backup: Backup | None = None

    @rule(deed=st.sampled_from(DEEDS), data=st.data())
    def do(self, deed: str, data: st.DataObject) -> None:
        """One rule and a list of deeds: rules of their own would be left out by turns."""
        getattr(self, deed)(data.draw)

    def change(self, draw: Draw) -> None:
        """Something else is true."""
        change, one, other, half_stars = draw(CHANGE)
        change(self.world, one, other, half_stars)

    def deliver(self, draw: Draw) -> None:
        """All that waits of one topic is read and written, without a pause."""
        Delivery(self.claim(draw)).wake()

    def fall_asleep(self, draw: Draw) -> None:
        """It is read, once or several times, and nothing written yet."""
        claimed = self.claim(draw)
        self.sleepers += [Delivery(claimed) for _ in range(draw(TIMES))]

    def wake(self, draw: Draw) -> None:
        """A sleeper goes on, to its end or by one write."""
        if self.sleepers:
            sleeper = self.sleepers[draw(NUMBER) % len(self.sleepers)]
            if draw(st.booleans()):
                sleeper.wake()
            else:
                sleeper.step()

    def deliver_again(self, draw: Draw) -> None:
        """An old claim is read anew under its old fence."""
        if self.claims:
            Delivery(self.claims[draw(NUMBER) % len(self.claims)]).wake()

    def die(self, draw: Draw) -> None:
        """A sleeper is killed where it stands."""
        if self.sleepers:
            self.sleepers.pop(draw(NUMBER) % len(self.sleepers)).kill()

    def relay(self, draw: Draw) -> None:
        """The relay as it is, with a lease. It delivers anybody's messages, or it dies."""
        claimed = claim_lanes(draw(DESTINATION), limit=3)
        if claimed is not None and draw(st.booleans()):
            relay.deliver(claimed)
        let_time_pass()

    def back_up(self, draw: Draw) -> None:
        """Postgres is dumped."""
        self.backup = Backup.of(self.world)

    def restore(self, draw: Draw) -> None:
        """Postgres goes back to its dump. Who had read before may still write, and is dead then."""
        if self.backup is None:
            return
        self.backup.restore(self.world)
        self.claims.clear()
        for sleeper in self.sleepers:
            if not sleeper.has_written and draw(st.booleans()):
                sleeper.step()
            sleeper.kill()
        self.sleepers.clear()

    def teardown(self) -> None:
        self.ended.append(self)
        if len(self.ended) >= self.together:
            self.compare()

    @classmethod
    def compare(cls) -> None:
        """Deliver everything, then wake who still sleeps, and look into the stores."""
        ended = cls.ended[:]
        cls.ended.clear()
        for destination in DESTINATIONS:
            relay.deliver(claim(destination))  # all lanes together: half a minute sooner
        settle()
        for history in ended:
            for sleeper in history.sleepers:
                sleeper.wake()
        settle()
        held = found([history.world for history in ended], cls.eyes)
        pairs = [(held[one.world.ids[0]], one.world.expected()) for one in ended]
        cls.differences += [pair for pair in pairs if pair[0] != pair[1]]
        cls.differences += Failure.objects.values_list("destination", "key", "error")
        if cls.together == 1:
            assert cls.differences == []

    def claim(self, draw: Draw) -> Claim:
        """What waits of one topic in one store."""
        destination, keys = draw(DESTINATION), self.world.keys
        waiting = Message.objects.filter(destination=destination, key__in=keys)
        topics = sorted(set(waiting.values_list("topic", flat=True))) or [""]
        topic = topics[draw(NUMBER) % len(topics)]
        self.claims.append(claim(destination, topic, keys=keys))
        return self.claims[-1]


def run(part: int, examples: int, *, together: int, eyes: Eyes) -> type[History]:
    """Run histories by the seed of a part; gives the class, which knows what differed."""
    state: dict[str, Any] = {"together": together, "eyes": eyes}
    state |= {name: [] for name in ("fresh", "ended", "differences")}
    machine = seed(SEED + part)(type("History", (History,), state))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    if machine.ended:
        machine.compare()
    return machine


@pytest.fixture(autouse=True)
def _later_tests_draw_above_the_stores(eyes: Eyes) -> Iterator[None]:
    yield
    keep_above_the_stores()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_history_ends_as_its_facts_do(part: int, eyes: Eyes) -> None:
    examples = EXAMPLES // PARTS
    machine = run(part, examples, together=AT_ONCE, eyes=eyes)
    if machine.differences:
        run(part, examples, together=1, eyes=eyes)
    assert machine.differences == [], f"FAULTS_SEED={SEED}"
