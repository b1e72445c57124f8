"""The graph made anew from Postgres: what is missing comes, what is wrong goes."""

from collections.abc import Callable, Iterator

import pytest
from django.utils.module_loading import import_string

from apps.common import health
from apps.graph.rebuild import rebuild
from apps.graph.store import GraphStore
from apps.movies import actions as movies
from apps.movies.models import Genre, Movie, Person, Rating
from apps.movies.selectors import RatingFact
from apps.outbox.fences import draw
from apps.outbox.models import Message
from apps.outbox.projections import projection_named
from apps.users import actions as users
from apps.users.models import Follow, User
from apps.users.selectors import FollowEdge
from tests.apps.graph.conftest import answered
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

EMPTY = "MATCH (node) WHERE NOT node:Floor DETACH DELETE node"
TOMBSTONE = "MATCH (grave:Tombstone {key: $key}) RETURN grave.fence AS fence"


@pytest.fixture(autouse=True)
def emptied(graph: GraphStore) -> Iterator[None]:
    """Other tests leave what their transaction took back: none of it is in Postgres."""
    graph.bolt.write(lambda tx: tx.run(EMPTY).consume())
    yield
    graph.bolt.write(lambda tx: tx.run(EMPTY).consume())


def quiet(what: str, done: int, total: int) -> None:
    """No progress is shown."""


@pytest.fixture
def facts() -> tuple[User, User, Movie]:
    """A little of everything, of which no message is left."""
    Genre.objects.get_or_create(name="Crime")
    ana, ben = make_user(), make_user()
    heat = make_movie("Heat", genres=("Crime",), directors=("Mann",), actors=("Pacino",))
    users.follow_user(follower=ana, followee=ben)
    movies.rate_movie(user=ana, movie=heat, half_stars=9)
    movies.rate_movie(user=ben, movie=heat, half_stars=3)
    Message.objects.all().delete()
    return ana, ben, heat


def test_an_empty_graph_is_filled(graph: GraphStore, facts: tuple[User, User, Movie]) -> None:
    told: list[tuple[str, int, int]] = []
    rebuild(lambda *step: told.append(step))
    counts = graph.counts()
    assert counts.users == User.objects.filter(is_active=True).count()
    assert counts.movies == Movie.objects.count()
    assert counts.people == Person.objects.count()
    assert (counts.follows, counts.likes) == (Follow.objects.count(), 1)
    assert (counts.acted_in, counts.directed, counts.in_genre) == (1, 1, 1)
    assert counts.tombstones == 0
    assert {what for what, _, _ in told} >= {"members", "people", "films", "follows", "likes"}
    assert all(done <= total for _, done, total in told)


def test_what_is_in_no_record_goes_and_leaves_a_tombstone(
    graph: GraphStore, facts: tuple[User, User, Movie]
) -> None:
    ana, ben, heat = facts
    fence = draw("graph")
    graph.put_follows([FollowEdge(ben.pk, ana.pk, ana.joined_at)], fence)
    graph.put_likes([RatingFact(ben.pk, heat.pk, 10, ana.joined_at)], fence)
    graph.put_likes([RatingFact(ana.pk, 10**15, 10, ana.joined_at)], fence)
    rebuild(quiet)
    assert graph.follows_of(ben.pk) == []
    assert graph.likes_of(ben.pk) == []
    assert [like.movie_id for like in graph.likes_of(ana.pk)] == [heat.pk]
    assert graph.counts().movies == 1
    (grave,) = graph.bolt.read_slowly(TOMBSTONE, key=f"follow:{ben.pk}:{ana.pk}")
    assert grave["fence"] > fence.number


def test_after_it_a_late_writer_from_before_it_changes_nothing(
    graph: GraphStore, facts: tuple[User, User, Movie]
) -> None:
    ana, ben, heat = facts
    zombie = draw("graph")
    rebuild(quiet)
    with pytest.raises(Exception, match="older than its tombstones"):
        graph.put_likes([RatingFact(ben.pk, heat.pk, 10, ana.joined_at)], zombie)
    assert graph.likes_of(ben.pk) == []


def test_a_wrong_fact_is_put_right(graph: GraphStore, facts: tuple[User, User, Movie]) -> None:
    ana, _, heat = facts
    rebuild(quiet)
    spoil = "MATCH (:User {id: $id})-[like:LIKED]->(film) SET like.stars = 1.0, film.title = 'x'"
    graph.bolt.write(lambda tx: tx.run(spoil, id=ana.pk).consume())
    rebuild(quiet)
    assert [like.stars for like in graph.likes_of(ana.pk)] == [4.5]


def test_a_second_time_it_changes_nothing(
    graph: GraphStore, facts: tuple[User, User, Movie]
) -> None:
    rebuild(quiet)
    before = graph.counts()
    rebuild(quiet)
    assert graph.counts() == before


def test_old_tombstones_are_purged(graph: GraphStore, facts: tuple[User, User, Movie]) -> None:
    graph.drop_likes([(1, number) for number in range(1500)], draw("graph"))
    rebuild(quiet)
    assert graph.counts().tombstones == 0


def test_members_who_are_switched_off_stay_out(
    graph: GraphStore, facts: tuple[User, User, Movie]
) -> None:
    ana, _, _ = facts
    User.objects.filter(pk=ana.pk).update(is_active=False)
    rebuild(quiet)
    assert graph.counts().follows == graph.counts().likes == 0


def test_messages_that_wait_are_delivered_after_it(
    graph: GraphStore, facts: tuple[User, User, Movie], drain: Callable[[], int]
) -> None:
    ana, _, heat = facts
    movies.unrate_movie(user=ana, movie=heat)
    rebuild(quiet)
    drain()
    assert Rating.objects.filter(user=ana).count() == 0
    assert graph.likes_of(ana.pk) == []


def test_it_is_announced_and_its_store_has_a_probe(graph: GraphStore) -> None:
    assert import_string(projection_named("graph").rebuilding) is rebuild
    answered(graph.bolt.ping)
    assert "graph" in health.report()
