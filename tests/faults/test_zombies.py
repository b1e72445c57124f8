"""One schedule for each guard of the protocol: what comes late, twice or in between does no harm.

Each is exact: it runs the same way every time. `mutants` runs most of them once more, each with its
guard taken out, and there it must fail.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from django.db import connection, transaction

from apps.feeds.rebuild import rebuild_timeline
from apps.graph.driver import Bolt
from apps.graph.store import GraphStore, get_graph
from apps.movies.actions import (
    Cast,
    delete_member,
    delete_movie,
    rate_movie,
    unrate_movie,
    update_movie,
)
from apps.movies.curation import add_person, remove_person, rename_person
from apps.movies.models import Movie, MovieStatistics, Person
from apps.movies.selectors import RatingFact
from apps.movies.topics import RATING
from apps.outbox import failures
from apps.outbox.actions import publish
from apps.outbox.claims import Claim, claim_lanes
from apps.outbox.fences import draw
from apps.outbox.models import Failure, Lane, Message
from apps.recommendations import statistics
from apps.users.actions import change_username, follow_user, unfollow_user
from apps.users.models import User
from apps.users.topics import FOLLOW, MEMBER
from apps.vectors.store import get_vectors
from tests.apps.vectors.conftest import film
from tests.factories import make_movie, make_user
from tests.faults.deliveries import Delivery, claim, let_time_pass, settle
from tests.faults.eyes import Eyes
from tests.faults.waiting import wait_until

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Scene:
    """Ana and Ben follow each other, and he has a timeline; she rates a film with Cid in it."""

    ana: User
    ben: User
    heat: Movie
    cid: Person
    ids: tuple[int, ...]


def play() -> Scene:
    """A scene in every store."""
    ana, ben, heat = make_user(), make_user(), make_movie()
    cid = add_person(name=f"Cid of {heat.pk}")
    assert rebuild_timeline(ben.pk)
    follow_user(follower=ana, followee=ben)
    follow_user(follower=ben, followee=ana)
    update_movie(movie=heat, cast=Cast(actors=[cid]))
    rate_movie(user=ana, movie=heat, half_stars=8)
    settle()
    return Scene(ana, ben, heat, cid, (ana.pk, ben.pk, heat.pk, cid.pk))


def change(scene: Scene, word: str, half_stars: int) -> None:
    """Something else is true of all that can change."""
    update_movie(movie=scene.heat, title=f"{word} title")
    rename_person(person=scene.cid, name=f"{word} name")
    rate_movie(user=scene.ana, movie=scene.heat, half_stars=half_stars)


def asleep() -> list[Delivery]:
    """Of each topic and destination one who has read all that waits, and has written nothing."""
    waiting = Message.objects.order_by("id").values_list("destination", "topic").distinct()
    return [Delivery(claim(*pair)) for pair in sorted(set(waiting))]


def assert_harmless(zombies: list[Delivery], eyes: Eyes, scene: Scene) -> None:
    """All is delivered; then they wake, and in the end nothing is changed."""
    settle()
    before = eyes.everything(scene.ids)
    for zombie in zombies:
        zombie.wake()
    settle()
    assert eyes.everything(scene.ids) == before


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """Some work on a thread and a connection to Postgres of its own, which ends with the block."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run)
        yield
        done.result(60)


# The highest fence holds the newest state, in every store.


def test_late_puts_do_not_replace_what_is_newer(eyes: Eyes) -> None:
    scene = play()
    change(scene, "Older", 9)
    zombies = asleep()
    change(scene, "Newer", 10)
    change_username(user=scene.ana, username=f"newer-{scene.ana.pk}")
    assert_harmless(zombies, eyes, scene)
    assert eyes.graph(scene.ids)["films"] == [[scene.heat.pk, "Newer title"]]
    assert eyes.graph(scene.ids)["likes"] == [[scene.ana.pk, scene.heat.pk, 5.0]]
    assert eyes.points("films", scene.ids)[scene.heat.pk]["title"] == "Newer title"


def test_late_drops_do_not_take_what_came_back(eyes: Eyes) -> None:
    scene = play()
    unrate_movie(user=scene.ana, movie=scene.heat)
    unfollow_user(follower=scene.ben, followee=scene.ana)
    zombies = asleep()
    follow_user(follower=scene.ben, followee=scene.ana)
    rate_movie(user=scene.ana, movie=scene.heat, half_stars=10)
    assert_harmless(zombies, eyes, scene)
    assert eyes.graph(scene.ids)["likes"] == [[scene.ana.pk, scene.heat.pk, 5.0]]
    assert f"rating:{scene.ana.pk}:{scene.heat.pk}" in (eyes.timeline(scene.ben.pk) or ())


def test_late_puts_do_not_bring_back_what_was_taken_back(eyes: Eyes) -> None:
    scene = play()
    change(scene, "Older", 9)
    with transaction.atomic():
        publish(FOLLOW, scene.ben.pk, scene.ana.pk)
    zombies = asleep()
    unrate_movie(user=scene.ana, movie=scene.heat)
    unfollow_user(follower=scene.ben, followee=scene.ana)
    assert_harmless(zombies, eyes, scene)
    assert eyes.graph(scene.ids)["likes"] == []
    assert eyes.timeline(scene.ben.pk) == []


def test_who_is_deleted_leaves_an_id_and_a_fence_and_nothing_else(eyes: Eyes) -> None:
    scene = play()
    change(scene, "Older", 9)
    for member in (scene.ana, scene.ben):
        with transaction.atomic():
            publish(MEMBER, member.pk)
    zombies = asleep()
    ids = scene.ids
    delete_movie(movie=scene.heat)
    remove_person(person=scene.cid)
    delete_member(user=scene.ana)
    delete_member(user=scene.ben)
    assert_harmless(zombies, eyes, scene)

    assert {tuple(sorted(trace)) for trace in eyes.traces(ids)} == {("fence", "key")}
    assert {f"user:{ids[0]}", f"movie:{ids[2]}"} <= {trace["key"] for trace in eyes.traces(ids)}
    buried = {**eyes.points("films", ids[2:]), **eyes.points("tastes", ids[:2])}
    assert {ids[0], ids[2]} <= buried.keys()
    assert {tuple(sorted(point)) for point in buried.values()} == {("deleted", "fence")}
    assert [eyes.feed_keys(number) for number in ids] == [[]] * 4
    assert eyes.statistics(ids) == {}
    assert not Failure.objects.exists()


def test_a_late_entry_does_not_survive_a_flush_and_a_rebuild(eyes: Eyes) -> None:
    scene = play()
    rate_movie(user=scene.ana, movie=scene.heat, half_stars=9)
    zombies = asleep()
    unrate_movie(user=scene.ana, movie=scene.heat)
    settle()
    eyes.valkey.delete(*eyes.feed_keys(scene.ben.pk))
    assert rebuild_timeline(scene.ben.pk)
    assert_harmless(zombies, eyes, scene)
    assert eyes.timeline(scene.ben.pk) == [f"follow:{scene.ana.pk}:{scene.ben.pk}"]


# Fences are compared under a lock.


class HoldingBolt(Bolt):
    """Writes as Bolt does, and commits only when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.has_written, self.may_commit = threading.Event(), threading.Event()

    def write(self, work: Callable[[Any], Any]) -> Any:
        def hold(tx: Any) -> Any:
            written = work(tx)
            self.has_written.set()
            self.may_commit.wait(3)
            return written

        return super().write(hold)


def test_batches_of_edges_that_overlap_leave_no_stale_edge(eyes: Eyes) -> None:
    scene = play()
    unrate_movie(user=scene.ana, movie=scene.heat)
    settle()
    low, high = draw("graph"), draw("graph")
    newer, older = (RatingFact(scene.ana.pk, scene.heat.pk, stars, NOW) for stars in (10, 8))
    bolt = HoldingBolt()
    with beside(lambda: GraphStore(bolt).put_likes([newer], high)):
        assert bolt.has_written.wait(60)
        with beside(lambda: get_graph().put_likes([older], low)):
            wait_until(lambda: eyes.blocked_transactions() > 0, "the older batch has to wait")
            bolt.may_commit.set()
    bolt.close()
    assert eyes.graph(scene.ids)["likes"] == [[scene.ana.pk, scene.heat.pk, 5.0]]


def test_of_points_put_side_by_side_the_highest_fence_stays(eyes: Eyes) -> None:
    movie_id = make_movie().pk
    fences = [draw("vectors") for _ in range(40)]

    def put(seed: int) -> None:
        for fence in Random(seed).sample(fences, len(fences)):
            get_vectors().put_films([film(movie_id, title=str(fence.number))], fence)

    with beside(lambda: put(1)), beside(lambda: put(2)), beside(lambda: put(3)):
        pass
    assert eyes.points("films", [movie_id])[movie_id]["title"] == str(fences[-1].number)


def test_a_count_that_had_to_wait_does_not_replace_a_newer_one(eyes: Eyes) -> None:
    scene = play()
    older, newer = draw("recommendations"), draw("recommendations")
    with transaction.atomic():
        MovieStatistics.objects.select_for_update().get(movie=scene.heat)
        late = beside(lambda: statistics.refresh([scene.heat.pk], older))
        late.__enter__()
        wait_until(_somebody_waits_for_a_row, "the older count has to wait")
        rate_movie(user=scene.ben, movie=scene.heat, half_stars=4)
        statistics.refresh([scene.heat.pk], newer)
    late.__exit__(None, None, None)
    assert eyes.statistics(scene.ids) == {scene.heat.pk: (2, 12)}


def _somebody_waits_for_a_row() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


# Claims: what one saw, when it read, and what it may do at its end.


def test_what_is_published_during_a_delivery_survives_it(eyes: Eyes) -> None:
    scene = play()
    rate_movie(user=scene.ana, movie=scene.heat, half_stars=8)
    deliveries = asleep()
    rate_movie(user=scene.ana, movie=scene.heat, half_stars=10)
    for delivery in deliveries:
        delivery.wake()
    settle()
    assert eyes.graph(scene.ids)["likes"] == [[scene.ana.pk, scene.heat.pk, 5.0]]
    assert eyes.statistics(scene.ids) == {scene.heat.pk: (1, 10)}


def test_a_delivery_that_dies_before_its_store_answered_is_made_again(eyes: Eyes) -> None:
    scene = play()
    change(scene, "Newer", 10)
    for delivery in asleep():
        delivery.kill()
    settle()
    held = eyes.everything(scene.ids)
    assert held["graph"]["films"] == [[scene.heat.pk, "Newer title"]]
    assert held["films"][scene.heat.pk]["title"] == "Newer title"
    assert held["statistics"] == {scene.heat.pk: (1, 10)}


def test_a_fence_is_drawn_and_committed_before_the_facts_are_read(eyes: Eyes) -> None:
    scene = play()
    rate_movie(user=scene.ana, movie=scene.heat, half_stars=9)
    early = claim_lanes("graph", limit=10)
    assert early is not None
    assert not connection.in_atomic_block
    with beside(lambda: Lane.objects.get(fence=early.fence.number)):
        pass
    rate_movie(user=scene.ana, movie=scene.heat, half_stars=10)
    let_time_pass()
    late = claim("graph")
    assert late.fence.number > early.fence.number
    reader = Delivery(late)
    assert not connection.in_atomic_block
    reader.wake()
    Delivery(early).wake()
    settle()
    assert eyes.graph(scene.ids)["likes"] == [[scene.ana.pk, scene.heat.pk, 5.0]]


def test_writers_that_commit_in_another_order_are_all_delivered(eyes: Eyes) -> None:
    scene, ran = play(), make_movie()
    has_written, may_commit = threading.Event(), threading.Event()

    def rate_slowly() -> None:
        with transaction.atomic():
            rate_movie(user=scene.ana, movie=scene.heat, half_stars=10)
            has_written.set()
            may_commit.wait(60)

    with beside(rate_slowly):
        assert has_written.wait(60)
        rate_movie(user=scene.ana, movie=ran, half_stars=9)
        settle()
        may_commit.set()
    settle()
    likes = [[scene.ana.pk, scene.heat.pk, 5.0], [scene.ana.pk, ran.pk, 4.5]]
    assert eyes.graph(scene.ids)["likes"] == likes


def test_a_zombie_does_not_park_a_healthy_key(eyes: Eyes) -> None:
    scene = play()
    rate_movie(user=scene.ana, movie=scene.heat, half_stars=10)
    zombie = claim_lanes("graph", limit=10)
    let_time_pass()
    holder = claim_lanes("graph", limit=10)
    assert zombie is not None
    assert holder is not None
    for _ in range(failures.MAX_ATTEMPTS + 1):
        failures.record(zombie, ValueError("late"))
    assert not Failure.objects.filter(parked_at__isnull=False).exists()
    Delivery(holder).wake()
    settle()
    assert eyes.graph(scene.ids)["likes"] == [[scene.ana.pk, scene.heat.pk, 5.0]]


# Order across topics, and the floor.


def test_an_edge_that_comes_before_its_ends_waits_for_nobody(eyes: Eyes) -> None:
    ana, heat = make_user(), make_movie()
    rate_movie(user=ana, movie=heat, half_stars=10)
    Delivery(claim("graph", RATING.name)).wake()
    assert not Message.objects.filter(destination="graph", topic=RATING.name).exists()
    settle()
    held = eyes.graph([ana.pk, heat.pk])
    assert held["users"] == [[ana.pk, ana.username]]
    assert held["films"] == [[heat.pk, heat.title]]
    assert held["likes"] == [[ana.pk, heat.pk, 5.0]]


def test_an_edge_to_an_end_that_is_buried_is_read_again(eyes: Eyes) -> None:
    scene = play()
    delete_movie(movie=scene.heat)
    settle()
    again = Movie.objects.create(pk=scene.ids[2], title="Heat")
    rate_movie(user=scene.ana, movie=again, half_stars=10)
    Delivery(claim("graph", RATING.name)).wake()
    assert eyes.graph(scene.ids)["likes"] == []
    assert Message.objects.filter(destination="graph", topic=RATING.name).count() == 1
    update_movie(movie=again, title="Heat")
    settle()
    assert eyes.graph(scene.ids)["likes"] == [[scene.ana.pk, scene.ids[2], 5.0]]


def test_below_the_floor_a_write_fails_and_its_message_stays(eyes: Eyes) -> None:
    scene = play()
    rate_movie(user=scene.ana, movie=scene.heat, half_stars=9)
    zombie = Delivery(claim("graph"))
    unrate_movie(user=scene.ana, movie=scene.heat)
    Delivery(_without(zombie.claim, claim("graph"))).wake()
    floor = draw("graph").number
    get_graph().raise_floor(floor)
    while get_graph().purge_tombstones(floor):
        pass
    zombie.wake()
    assert eyes.graph(scene.ids)["likes"] == []
    ids = [seen.id for seen in zombie.claim.messages]
    assert Message.objects.filter(pk__in=ids).count() == len(ids)
    settle()
    assert eyes.graph(scene.ids)["likes"] == []


def _without(other: Claim, one: Claim) -> Claim:
    rest = tuple(seen for seen in one.messages if seen not in other.messages)
    return Claim(one.destination, one.lanes, one.fence, rest)
