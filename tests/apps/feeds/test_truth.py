"""Whatever people do, a delivered timeline serves what Postgres says."""

from collections.abc import Callable
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from apps.feeds.rebuild import rebuild_timeline
from apps.feeds.timeline import get_timelines
from apps.movies.actions import rate_movie, unrate_movie
from apps.movies.models import Movie, Rating
from apps.users.actions import block_user, follow_user, unblock_user, unfollow_user
from apps.users.errors import BlockedByYou, UnknownUser
from apps.users.models import Follow, User
from tests.apps.feeds.conftest import Body
from tests.factories import make_movie, make_user

PEOPLE, FILMS = 4, 3
people = st.integers(0, PEOPLE - 1)
pairs = st.tuples(people, people).filter(lambda pair: pair[0] != pair[1])
films = st.integers(0, FILMS - 1)


def _expected(user: User) -> list[tuple[str, str, object]]:
    """The feed by the plainest queries that say what it is."""
    followed = Follow.objects.filter(follower=user).values("followee")
    ratings = Rating.objects.filter(user__in=followed).select_related("user")
    follows = Follow.objects.filter(follower__in=followed).select_related("follower", "followee")
    found: list[tuple[object, str, str, object]] = [
        (row.rated_at, row.user.username, "rating", row.movie_id) for row in ratings
    ]
    found += [
        (row.since, row.follower.username, "follow", row.followee.username)
        for row in follows
        if not _blocked(user, row.followee)
    ]
    return [(name, kind, thing) for _, name, kind, thing in sorted(found, key=_when, reverse=True)]


def _when(row: tuple[object, str, str, object]) -> str:
    return str(row[0].isoformat(timespec="microseconds"))  # type: ignore[attr-defined]


def _blocked(one: User, other: User) -> bool:
    return (
        one.block_set.filter(blocked=other).exists() or other.block_set.filter(blocked=one).exists()
    )


class Feeds(RuleBasedStateMachine):
    """A few members with ready timelines, and a few films."""

    deliver: ClassVar[Callable[[], None]]
    feed: ClassVar[Callable[..., Body]]

    def __init__(self) -> None:
        super().__init__()
        self.people: list[User] = [make_user() for _ in range(PEOPLE)]
        self.films: list[Movie] = [make_movie() for _ in range(FILMS)]
        self.delivered = False
        for user in self.people:
            rebuild_timeline(user.pk)

    @rule(pair=pairs)
    def follow(self, pair: tuple[int, int]) -> None:
        self.delivered = False
        try:
            follow_user(follower=self.people[pair[0]], followee=self.people[pair[1]])
        except (BlockedByYou, UnknownUser):
            return

    @rule(pair=pairs)
    def unfollow(self, pair: tuple[int, int]) -> None:
        self.delivered = False
        unfollow_user(follower=self.people[pair[0]], followee=self.people[pair[1]])

    @rule(person=people, film=films)
    def rate(self, person: int, film: int) -> None:
        self.delivered = False
        rate_movie(user=self.people[person], movie=self.films[film], half_stars=5)

    @rule(person=people, film=films)
    def unrate(self, person: int, film: int) -> None:
        self.delivered = False
        unrate_movie(user=self.people[person], movie=self.films[film])

    @rule(pair=pairs)
    def block(self, pair: tuple[int, int]) -> None:
        self.delivered = False
        block_user(blocker=self.people[pair[0]], blocked=self.people[pair[1]])

    @rule(pair=pairs)
    def unblock(self, pair: tuple[int, int]) -> None:
        unblock_user(blocker=self.people[pair[0]], blocked=self.people[pair[1]])

    @rule(person=people)
    def lose(self, person: int) -> None:
        get_timelines().drop([self.people[person].pk])

    @rule(person=people)
    def build(self, person: int) -> None:
        rebuild_timeline(self.people[person].pk)

    @rule()
    def deliver_all(self) -> None:
        type(self).deliver()
        self.delivered = True

    @invariant()
    def every_feed_is_true(self) -> None:
        if not self.delivered:
            return
        for user in self.people:
            assert _whole(type(self).feed, user) == _expected(user)


def test_timelines_follow_the_facts(
    db: None, deliver: Callable[[], None], feed: Callable[..., Body]
) -> None:
    """Follows, ratings and blocks in any order, some delivered together, some one by one."""
    fixtures = {"deliver": staticmethod(deliver), "feed": staticmethod(feed)}
    run_state_machine_as_test(
        type("BoundFeeds", (Feeds,), fixtures),
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _whole(feed: Callable[..., Body], user: User) -> list[tuple[str, str, object]]:
    """A feed page by page, from the cursor of each to the next."""
    found: list[tuple[str, str, object]] = []
    body = feed(user, limit=5)
    while True:
        for item in body["items"]:
            thing = item["movie"]["id"] if item["movie"] else item["user"]["username"]
            found.append((item["actor"]["username"], item["kind"], thing))
        if body["next"] is None:
            return found
        body = feed(user, limit=5, cursor=body["next"])
