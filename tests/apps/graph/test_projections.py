"""What members do arrives in the graph, and what they undo leaves it."""

from collections.abc import Callable

import pytest

from apps.graph.store import GraphStore
from apps.movies import actions as movies
from apps.movies.actions import Cast
from apps.movies.models import Person
from apps.outbox.actions import publish_many
from apps.users import actions as users
from apps.users.models import User
from apps.users.topics import FOLLOW, MEMBER
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

Drain = Callable[[], int]

PROPERTIES = "MATCH (node {id: $id}) WHERE $label IN labels(node) RETURN properties(node) AS found"
CREDITS = """
MATCH (film:Movie {id: $id})<-[credit:ACTED_IN|DIRECTED]-(person)
RETURN type(credit) AS part, person.name AS name, credit.position AS position
ORDER BY part, position
"""


def properties(graph: GraphStore, label: str, number: int) -> dict[str, object] | None:
    rows = graph.bolt.read_slowly(PROPERTIES, id=number, label=label)
    return rows[0]["found"] if rows else None


def test_a_new_member_has_a_node(graph: GraphStore, drain: Drain) -> None:
    ana = make_user()
    drain()
    found = properties(graph, "User", ana.pk)
    assert found is not None
    assert (found["username"], found["is_sample"]) == (ana.username, False)


def test_a_new_name_arrives(graph: GraphStore, drain: Drain) -> None:
    ana = make_user()
    drain()
    users.change_username(user=ana, username=f"{ana.username}-x")
    drain()
    found = properties(graph, "User", ana.pk)
    assert found is not None
    assert found["username"] == f"{ana.username}-x"


def test_a_follow_comes_and_goes(graph: GraphStore, drain: Drain) -> None:
    ana, ben = make_user(), make_user()
    users.follow_user(follower=ana, followee=ben)
    drain()
    assert graph.follows_of(ana.pk) == [ben.pk]
    users.unfollow_user(follower=ana, followee=ben)
    drain()
    assert graph.follows_of(ana.pk) == []


def test_a_request_to_follow_is_no_edge_until_it_is_accepted(
    graph: GraphStore, drain: Drain
) -> None:
    ana, ben = make_user(), make_user(visibility="followers")
    users.follow_user(follower=ana, followee=ben)
    drain()
    assert graph.follows_of(ana.pk) == []
    users.update_profile(user=ben, visibility="public")
    drain()
    assert graph.follows_of(ana.pk) == [ben.pk]


def test_a_block_removes_the_follows_of_both(graph: GraphStore, drain: Drain) -> None:
    ana, ben = make_user(), make_user()
    users.follow_user(follower=ana, followee=ben)
    users.follow_user(follower=ben, followee=ana)
    drain()
    users.block_user(blocker=ana, blocked=ben)
    drain()
    assert graph.follows_of(ana.pk) == graph.follows_of(ben.pk) == []


@pytest.mark.parametrize(("half_stars", "likes"), [(7, 0), (8, 1), (10, 1)])
def test_four_stars_are_a_like(
    graph: GraphStore, drain: Drain, half_stars: int, likes: int
) -> None:
    ana, heat = make_user(), make_movie()
    movies.rate_movie(user=ana, movie=heat, half_stars=half_stars)
    drain()
    assert [like.stars for like in graph.likes_of(ana.pk)] == [half_stars / 2] * likes


def test_a_like_that_falls_below_four_stars_goes(graph: GraphStore, drain: Drain) -> None:
    ana, heat = make_user(), make_movie()
    movies.rate_movie(user=ana, movie=heat, half_stars=9)
    drain()
    movies.rate_movie(user=ana, movie=heat, half_stars=5)
    drain()
    assert graph.likes_of(ana.pk) == []


def test_unrated_movie_leaves_the_graph(graph: GraphStore, drain: Drain) -> None:
    ana, heat = make_user(), make_movie()
    movies.rate_movie(user=ana, movie=heat, half_stars=10)
    movies.unrate_movie(user=ana, movie=heat)
    drain()
    assert graph.likes_of(ana.pk) == []


def test_a_film_arrives_with_its_people_and_genres(graph: GraphStore, drain: Drain) -> None:
    heat = make_movie("Heat", genres=("Crime",), directors=("Mann",), actors=("Pacino", "De Niro"))
    drain()
    found = properties(graph, "Movie", heat.pk)
    assert found is not None
    assert (found["title"], found["year"]) == ("Heat", 1995)
    credits = graph.bolt.read_slowly(CREDITS, id=heat.pk)
    assert [tuple(row.values()) for row in credits] == [
        ("ACTED_IN", "Pacino", 0),
        ("ACTED_IN", "De Niro", 1),
        ("DIRECTED", "Mann", 0),
    ]


def test_a_changed_cast_replaces_the_old_one(graph: GraphStore, drain: Drain) -> None:
    heat = make_movie(directors=("Mann",), actors=("Pacino",))
    drain()
    movies.update_movie(movie=heat, cast=Cast(directors=("Wise",)))
    drain()
    credits = graph.bolt.read_slowly(CREDITS, id=heat.pk)
    assert [row["name"] for row in credits] == ["Wise"]


def test_a_person_has_a_node_with_their_name(graph: GraphStore, drain: Drain) -> None:
    make_movie(directors=("Agnès Varda",))
    drain()
    varda = Person.objects.get(name="Agnès Varda")
    found = properties(graph, "Person", varda.pk)
    assert found is not None
    assert found["name"] == "Agnès Varda"
    assert found["fence"] != 0


def test_a_film_that_is_removed_takes_the_likes_of_it(graph: GraphStore, drain: Drain) -> None:
    ana, heat = make_user(), make_movie()
    movies.rate_movie(user=ana, movie=heat, half_stars=9)
    drain()
    number = heat.pk
    movies.delete_movie(movie=heat)
    drain()
    assert graph.likes_of(ana.pk) == []
    assert properties(graph, "Movie", number) is None


def test_a_member_who_leaves_is_gone_with_all_edges(graph: GraphStore, drain: Drain) -> None:
    ana, ben, heat = make_user(), make_user(), make_movie()
    users.follow_user(follower=ana, followee=ben)
    users.follow_user(follower=ben, followee=ana)
    movies.rate_movie(user=ana, movie=heat, half_stars=9)
    drain()
    number = ana.pk
    movies.delete_member(user=ana)
    drain()
    assert properties(graph, "User", number) is None
    assert graph.follows_of(ben.pk) == []


def test_a_member_who_never_arrived_may_leave(graph: GraphStore, drain: Drain) -> None:
    ana = make_user()
    number = ana.pk
    movies.delete_member(user=ana)
    drain()
    assert properties(graph, "User", number) is None


def test_a_member_who_is_switched_off_is_gone_and_comes_back(
    graph: GraphStore, drain: Drain
) -> None:
    ana, ben = make_user(), make_user()
    users.follow_user(follower=ana, followee=ben)
    drain()
    for is_active, followed in ((False, []), (True, [ben.pk])):
        User.objects.filter(pk=ana.pk).update(is_active=is_active)
        publish_many(FOLLOW, [(ana.pk, ben.pk)])
        publish_many(MEMBER, [(ana.pk,)])
        drain()
        assert graph.follows_of(ana.pk) == followed
        assert (properties(graph, "User", ana.pk) is not None) is is_active
