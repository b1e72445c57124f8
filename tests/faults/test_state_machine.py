"""Any history of changes, deliveries, zombies and deaths ends with every store as the facts are.

Postgres, Neo4j, Qdrant's engine and Valkey are the real ones. Most of a history's cost is its end:
so `AT_ONCE` of them are delivered and compared together. When one has failed, all are run again by
the same seed and compared one by one, and hypothesis tells the shortest that fails.
"""

import os
import random
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from apps.movies.actions import (
    Cast,
    delete_member,
    delete_movie,
    rate_movie,
    unrate_movie,
    update_movie,
)
from apps.movies.curation import remove_person, rename_person
from apps.movies.models import Movie, MovieStatistics, Person
from apps.movies.topics import MOVIE, PERSON
from apps.outbox import relay
from apps.outbox.actions import publish
from apps.outbox.claims import Claim, claim_lane
from apps.outbox.models import Failure, Message
from apps.users.actions import (
    block_user,
    change_username,
    follow_user,
    unblock_user,
    unfollow_user,
)
from apps.users.models import User
from apps.users.topics import MEMBER
from tests.faults.deliveries import Delivery, claim, let_time_pass, settle
from tests.faults.eyes import Eyes
from tests.faults.world import AT_ONCE, World, found, make_worlds, new_member, new_person

EXAMPLES = int(os.environ.get("FAULTS_EXAMPLES", "2000"))
SEED = int(os.environ.get("FAULTS_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
PARTS = 2
"""The histories are cut in parts, which processes side by side may take."""

ONE = st.integers(0, 1)
NUMBER = st.integers(0, 9)
DESTINATIONS = ["graph", "vectors", "feeds", "recommendations"]
DESTINATION = st.sampled_from(DESTINATIONS)


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

    # Facts change.

    @rule(one=ONE, other=ONE, half_stars=st.sampled_from([3, 6, 8, 10]))
    def rate(self, one: int, other: int, half_stars: int) -> None:
        user, film = self.world.members[one], self.world.films[other]
        if self.member(user) and ("film", film) in self.world:
            rate_movie(user=User(pk=user), movie=Movie(pk=film), half_stars=half_stars)
            self.world.facts["rating", user, film] = half_stars

    @rule(one=ONE, other=ONE)
    def unrate(self, one: int, other: int) -> None:
        user, film = self.world.members[one], self.world.films[other]
        unrate_movie(user=User(pk=user), movie=Movie(pk=film))
        self.world.facts.pop(("rating", user, film), None)

    @rule(one=ONE)
    def follow_or_not(self, one: int) -> None:
        pair = self.world.members[one], self.world.members[1 - one]
        blocked = ("block", *pair) in self.world or ("block", *pair[::-1]) in self.world
        if not all(map(self.member, pair)) or blocked:
            return
        follower, followee = (User(pk=user) for user in pair)
        if self.world.facts.pop(("follow", *pair), None):
            unfollow_user(follower=follower, followee=followee)
        else:
            follow_user(follower=follower, followee=followee)
            self.world.facts["follow", *pair] = True

    @rule(one=ONE)
    def block_or_not(self, one: int) -> None:
        pair = self.world.members[one], self.world.members[1 - one]
        if not all(map(self.member, pair)):
            return
        blocker, blocked = (User(pk=user) for user in pair)
        if self.world.facts.pop(("block", *pair), None):
            unblock_user(blocker=blocker, blocked=blocked)
        else:
            block_user(blocker=blocker, blocked=blocked)
            self.world.facts["block", *pair] = True
            self.world.facts.pop(("follow", *pair), None)
            self.world.facts.pop(("follow", *pair[::-1]), None)

    @rule(one=ONE)
    def rename_member(self, one: int) -> None:
        user = self.world.members[one]
        if self.world.facts.get(("member", user)) == f"m{user}":
            change_username(user=User(pk=user), username=f"n{user}")
            self.world.facts["member", user] = f"n{user}"

    @rule(one=ONE)
    def leave_or_come_back(self, one: int) -> None:
        user = self.world.members[one]
        if self.member(user):
            delete_member(user=User.objects.get(pk=user))
            self.world.forget(user)
        else:
            with transaction.atomic():
                new_member(user, f"m{user}").save(force_insert=True)
                publish(MEMBER, user)
            self.world.facts["member", user] = f"m{user}"
            self.world.absent.add(user)

    @rule(one=ONE, word=st.sampled_from(["heat", "ran", "alien"]))
    def change_film(self, one: int, word: str) -> None:
        film = self.world.films[one]
        if ("film", film) in self.world:
            update_movie(movie=Movie(pk=film), title=f"{word} {film}")
            self.world.facts["film", film] = f"{word} {film}"

    @rule(one=ONE)
    def credit_or_not(self, one: int) -> None:
        film, person = self.world.films[one], self.world.person
        if ("film", film) in self.world and ("person", person) in self.world:
            is_credited = self.world.facts.pop(("credit", film, person), None)
            cast = Cast() if is_credited else Cast(actors=[Person(pk=person)])
            update_movie(movie=Movie(pk=film), cast=cast)
            if not is_credited:
                self.world.facts["credit", film, person] = True

    @rule(one=ONE)
    def remove_or_restore_film(self, one: int) -> None:
        film = self.world.films[one]
        if ("film", film) in self.world:
            delete_movie(movie=Movie(pk=film))
            self.world.forget(film)
        else:
            with transaction.atomic():
                Movie.objects.create(pk=film, title=f"film {film}")
                MovieStatistics.objects.create(movie_id=film)
                publish(MOVIE, film)
            self.world.facts["film", film] = f"film {film}"

    @rule()
    def rename_or_restore_person(self) -> None:
        person = self.world.person
        if ("person", person) in self.world:
            name = self.world.facts["person", person] + "!"
            rename_person(person=Person(pk=person), name=name)
        else:
            name = f"P {person}"
            with transaction.atomic():
                new_person(person, name).save(force_insert=True)
                publish(PERSON, person)
        self.world.facts["person", person] = name

    @rule()
    def remove_person(self) -> None:
        person = self.world.person
        for film, _, _ in list(self.world.of("credit")):
            update_movie(movie=Movie(pk=film), cast=Cast())
        remove_person(person=Person(pk=person))
        self.world.forget(person)

    # Deliveries, each at its own time.

    @rule(destination=DESTINATION, topic=NUMBER)
    def deliver(self, destination: str, topic: int) -> None:
        """All that waits of one topic is read and written, without a pause."""
        Delivery(self.claim(destination, topic)).wake()

    @rule(destination=DESTINATION, topic=NUMBER, twins=st.integers(1, 3))
    def fall_asleep(self, destination: str, topic: int, twins: int) -> None:
        """It is read, once or more, and nothing written yet."""
        claimed = self.claim(destination, topic)
        self.sleepers += [Delivery(claimed) for _ in range(twins)]

    @rule(which=NUMBER, whole=st.booleans())
    def wake(self, which: int, whole: bool) -> None:
        """A sleeper goes on, to its end or by one write."""
        if self.sleepers:
            sleeper = self.sleepers[which % len(self.sleepers)]
            if whole:
                sleeper.wake()
            else:
                sleeper.step()

    @rule(which=NUMBER)
    def deliver_again(self, which: int) -> None:
        """An old claim is read anew under its old fence."""
        if self.claims:
            Delivery(self.claims[which % len(self.claims)]).wake()

    @rule(which=NUMBER)
    def die(self, which: int) -> None:
        """A sleeper is killed where it stands."""
        if self.sleepers:
            self.sleepers.pop(which % len(self.sleepers)).kill()

    @rule(destination=DESTINATION, dies=st.booleans())
    def relay(self, destination: str, dies: bool) -> None:
        """The relay as it is, with a lease. It delivers anybody's messages, or it dies."""
        claimed = claim_lane(destination, limit=3)
        if claimed is not None and not dies:
            relay.deliver(claimed)
        let_time_pass()

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

    # What the test knows.

    def member(self, user: int) -> bool:
        return ("member", user) in self.world

    def claim(self, destination: str, topic: int) -> Claim:
        keys = self.world.keys
        waiting = Message.objects.filter(destination=destination, key__in=keys)
        topics = sorted(set(waiting.values_list("topic", flat=True))) or [""]
        self.claims.append(claim(destination, topics[topic % len(topics)], keys=keys))
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
            stateful_step_count=12,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    if machine.ended:
        machine.compare()
    return machine


@pytest.mark.parametrize("part", range(PARTS))
def test_every_history_ends_as_its_facts_do(part: int, eyes: Eyes) -> None:
    examples = EXAMPLES // PARTS
    machine = run(part, examples, together=AT_ONCE, eyes=eyes)
    if machine.differences:
        run(part, examples, together=1, eyes=eyes)
    assert machine.differences == [], f"FAULTS_SEED={SEED}"
