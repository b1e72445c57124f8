"""Late writers, rebuilds that writers overtake, and timelines that were lost."""

from collections.abc import Callable

import pytest
from redis import Redis

from apps.feeds import fanout, projectors, rebuild
from apps.feeds.scripts import KEPT
from apps.feeds.timeline import Change, Finish, Timelines, Window
from apps.movies.actions import delete_member, rate_movie, unrate_movie
from apps.movies.models import Movie
from apps.movies.selectors import activity
from apps.movies.selectors.activity import Kind, Position
from apps.outbox import fences
from apps.users.actions import follow_user, unfollow_user
from apps.users.models import User
from tests.apps.feeds.conftest import Body
from tests.factories import make_movie, make_user

Deliver = Callable[[], None]
Feed = Callable[..., Body]
Warm = Callable[[User], User]
WindowOf = Callable[..., Window | None]
EntriesOf = Callable[[User], list[str] | None]


@pytest.fixture
def pair(warm: Warm, deliver: Deliver) -> tuple[User, User]:
    """A viewer with a ready timeline, and someone they follow."""
    viewer, ana = warm(make_user()), make_user()
    follow_user(follower=viewer, followee=ana)
    deliver()
    return viewer, ana


@pytest.fixture
def entries_of(window_of: WindowOf) -> EntriesOf:
    """The entries of a timeline from the top down; None when it cannot be served."""

    def read(user: User) -> list[str] | None:
        window = window_of(user)
        return None if window is None else [position.entry for position in window.positions]

    return read


def _entry(user: User, movie: Movie) -> str:
    return activity.entry_of(Kind.RATING, user.pk, movie.pk)


def test_zombie_with_a_lower_fence_is_refused_and_reads_again(
    pair: tuple[User, User], deliver: Deliver, entries_of: EntriesOf
) -> None:
    viewer, ana = pair
    heat, ran = make_movie(), make_movie()
    zombie = fences.draw("feeds")
    rate_movie(user=ana, movie=heat, half_stars=6)
    deliver()
    rate_movie(user=ana, movie=ran, half_stars=6)

    left = projectors.project_ratings([(ana.pk, ran.pk)], zombie)

    assert left == [(ana.pk, ran.pk)]
    assert entries_of(viewer) == [_entry(ana, heat)]
    assert projectors.project_ratings([(ana.pk, ran.pk)], fences.draw("feeds")) == []
    assert entries_of(viewer) == [_entry(ana, ran), _entry(ana, heat)]


def test_zombie_does_not_bring_back_an_author_who_was_left(
    pair: tuple[User, User], timelines: Timelines, deliver: Deliver, entries_of: EntriesOf
) -> None:
    viewer, ana = pair
    heat = make_movie()
    rating = rate_movie(user=ana, movie=heat, half_stars=6)
    rating.refresh_from_db()
    zombie = fences.draw("feeds")
    unfollow_user(follower=viewer, followee=ana)
    deliver()

    put = [Position.of(rating.rated_at, _entry(ana, heat))]
    refused = timelines.apply([Change(viewer.pk, ana.pk, put=put)], zombie)

    assert refused == {ana.pk}
    assert entries_of(viewer) == []


def test_late_slice_is_refused_and_its_follow_read_again(
    pair: tuple[User, User], deliver: Deliver, entries_of: EntriesOf
) -> None:
    viewer, ana = pair
    zombie = fences.draw("feeds")
    rate_movie(user=ana, movie=make_movie(), half_stars=6)
    deliver()

    assert projectors.project_follows([(viewer.pk, ana.pk)], zombie) == [(viewer.pk, ana.pk)]
    assert len(entries_of(viewer) or ()) == 1


def test_one_fence_may_write_several_times(
    pair: tuple[User, User], timelines: Timelines, entries_of: EntriesOf
) -> None:
    viewer, ana = pair
    follow_user(follower=ana, followee=make_user())
    rate_movie(user=ana, movie=make_movie(), half_stars=6)
    fence = fences.draw("feeds")
    facts = [fact.position for fact in activity.newest_of([ana.pk], limit=10)]

    for position in facts:
        assert timelines.apply([Change(viewer.pk, ana.pk, put=[position])], fence) == set()

    assert entries_of(viewer) == [position.entry for position in facts]


def test_writer_before_a_rebuild_is_refused(
    pair: tuple[User, User], timelines: Timelines, warm: Warm, entries_of: EntriesOf
) -> None:
    viewer, ana = pair
    rate_movie(user=ana, movie=make_movie(), half_stars=6)
    zombie = fences.draw("feeds")
    warm(viewer)

    assert timelines.apply([Change(viewer.pk, ana.pk, whole=True)], zombie) == {ana.pk}
    assert len(entries_of(viewer) or ()) == 1


def test_writer_during_a_rebuild_makes_it_read_again(
    pair: tuple[User, User], timelines: Timelines, entries_of: EntriesOf
) -> None:
    viewer, ana = pair
    heat = make_movie()
    rate_movie(user=ana, movie=heat, half_stars=6)
    fence = fences.draw("feeds")
    timelines.begin(viewer.pk, fence)
    stale = [fact.position for fact in activity.newest_of_followees(viewer.pk, limit=10)]
    unrate_movie(user=ana, movie=heat)

    assert projectors.project_ratings([(ana.pk, heat.pk)], fences.draw("feeds")) == []
    assert timelines.finish(viewer.pk, fence, stale) == Finish.RACED
    assert entries_of(viewer) is None

    assert rebuild.rebuild_timeline(viewer.pk)
    assert entries_of(viewer) == []


def test_of_two_rebuilds_the_later_one_counts(
    pair: tuple[User, User], timelines: Timelines, entries_of: EntriesOf
) -> None:
    viewer, ana = pair
    first, second = fences.draw("feeds"), fences.draw("feeds")
    timelines.begin(viewer.pk, first)
    timelines.begin(viewer.pk, second)
    heat = Position(1, "rating:1:1")

    assert timelines.finish(viewer.pk, first, [heat]) == Finish.GONE
    assert timelines.finish(viewer.pk, second, []) == Finish.DONE
    assert entries_of(viewer) == []


def test_dropped_during_a_rebuild_stays_cold(
    pair: tuple[User, User], timelines: Timelines, valkey: Redis
) -> None:
    viewer, _ = pair
    fence = fences.draw("feeds")
    timelines.begin(viewer.pk, fence)
    timelines.drop([viewer.pk])

    assert timelines.finish(viewer.pk, fence, []) == Finish.GONE
    assert list(valkey.scan_iter(f"feed:{viewer.pk}:*")) == []


def test_flushed_timeline_is_pulled_then_rebuilt(
    pair: tuple[User, User],
    timelines: Timelines,
    valkey: Redis,
    deliver: Deliver,
    feed: Feed,
    entries_of: EntriesOf,
) -> None:
    viewer, ana = pair
    rate_movie(user=ana, movie=make_movie(), half_stars=6)
    deliver()
    warm_page = feed(viewer)
    valkey.delete(*valkey.scan_iter(f"feed:{viewer.pk}:*"))
    rate_movie(user=ana, movie=make_movie(), half_stars=6)
    deliver()
    assert list(valkey.scan_iter(f"feed:{viewer.pk}:*")) == [], "writers skip a cold timeline"

    pulled = feed(viewer)
    assert pulled["items"][1:] == warm_page["items"]
    assert pulled["degraded"] == []
    assert rebuild.warm_timelines() >= 1

    assert str(valkey.get(f"feed:{viewer.pk}:epoch")).startswith("ready:")
    assert len(entries_of(viewer) or ()) == 2
    assert feed(viewer) == pulled


def test_unfinished_rebuild_is_served_by_pulling(
    pair: tuple[User, User], timelines: Timelines, feed: Feed
) -> None:
    viewer, ana = pair
    rate_movie(user=ana, movie=make_movie(), half_stars=6)
    timelines.begin(viewer.pk, fences.draw("feeds"))

    body = feed(viewer)

    assert len(body["items"]) == 1
    assert body["degraded"] == []


def test_rebuild_of_everything_repairs_a_wrong_timeline(
    pair: tuple[User, User], timelines: Timelines, valkey: Redis, entries_of: EntriesOf
) -> None:
    viewer, ana = pair
    rate_movie(user=ana, movie=make_movie(), half_stars=6)
    right = [fact.position for fact in activity.newest_of_followees(viewer.pk, limit=10)]
    valkey.zadd(f"feed:{viewer.pk}:entries", {"rating:1:999": 5})
    valkey.zrem(f"feed:{viewer.pk}:entries", right[0].entry)
    told: list[tuple[str, int, int]] = []

    rebuild.rebuild(lambda *progress: told.append(progress))

    assert entries_of(viewer) == [position.entry for position in right]
    assert told[-1][0] == "timelines"
    assert told[-1][1] == told[-1][2] >= 1


def test_deleted_member_leaves_no_keys(
    pair: tuple[User, User], valkey: Redis, deliver: Deliver
) -> None:
    viewer, _ = pair
    assert list(valkey.scan_iter(f"feed:{viewer.pk}:*")) != []
    user_id = viewer.pk
    delete_member(user=viewer)
    deliver()

    assert list(valkey.scan_iter(f"feed:{user_id}:*")) == []
    assert not rebuild.rebuild_timeline(user_id)
    assert list(valkey.scan_iter(f"feed:{user_id}:*")) == []


def test_timeline_that_an_author_emptied_goes_cold(
    pair: tuple[User, User], timelines: Timelines, deliver: Deliver, entries_of: EntriesOf
) -> None:
    viewer, ana = pair
    fence = fences.draw("feeds")
    many = [Position(n, f"rating:{ana.pk}:{n}") for n in range(KEPT + 50, 0, -1)]
    assert timelines.apply([Change(viewer.pk, ana.pk, put=many, whole=True)], fence) == set()
    assert len(entries_of(viewer) or ()) == KEPT

    unfollow_user(follower=viewer, followee=ana)
    deliver()

    assert entries_of(viewer) is None


def test_entry_below_the_cut_is_not_kept(
    pair: tuple[User, User], timelines: Timelines, window_of: WindowOf
) -> None:
    viewer, ana = pair
    many = [Position(n, f"rating:{ana.pk}:{n}") for n in range(KEPT + 50, 0, -1)]
    timelines.apply([Change(viewer.pk, ana.pk, put=many, whole=True)], fences.draw("feeds"))
    gone = [position.entry for position in many[:300]]
    timelines.apply([Change(viewer.pk, ana.pk, drop=gone)], fences.draw("feeds"))
    old = Position(10, f"rating:{ana.pk}:999999")
    timelines.apply([Change(viewer.pk, ana.pk, put=[old])], fences.draw("feeds"))

    window = window_of(viewer)

    assert window is not None
    assert window.is_cut
    assert [position.at for position in window.positions] == list(range(KEPT - 250, 50, -1))


def test_ties_are_ordered_by_their_bytes(
    pair: tuple[User, User], timelines: Timelines, window_of: WindowOf
) -> None:
    viewer, ana = pair
    ties = [Position(7, f"rating:{ana.pk}:{n}") for n in (1, 10, 2, 33, 4)]
    timelines.apply([Change(viewer.pk, ana.pk, put=ties)], fences.draw("feeds"))
    ordered = sorted(ties, reverse=True)

    for place, position in enumerate(ordered):
        window = window_of(viewer, before=position)
        assert window is not None
        assert window.positions == ordered[place + 1 :]


def test_slices_of_many_authors_arrive(warm: Warm, deliver: Deliver, entries_of: EntriesOf) -> None:
    viewer = warm(make_user())
    authors = [make_user() for _ in range(fanout.SLICES + 3)]
    for author in authors:
        rate_movie(user=author, movie=make_movie(), half_stars=6)
        follow_user(follower=viewer, followee=author)
    deliver()

    assert len(entries_of(viewer) or ()) == len(authors)
