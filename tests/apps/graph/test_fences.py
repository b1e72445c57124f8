"""What a write to the graph does to what is there already, by its fence."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from apps.graph.errors import FenceBelowFloor
from apps.graph.store import GraphStore
from apps.movies.selectors import Film, FilmCredit, PersonName, RatingFact
from apps.outbox.fences import Fence, draw
from apps.users.selectors import FollowEdge, Member

NOW = datetime(2026, 1, 1, tzinfo=UTC)

Fences = Iterator[Fence]

NAMES = """
MATCH (node:User|Movie|Person) WHERE node.id IN $ids
RETURN coalesce(node.username, node.title, node.name) AS name ORDER BY name
"""
FENCE = "MATCH (node {id: $id}) WHERE NOT node:Floor RETURN node.fence AS fence"
CREDITS = """
MATCH (film:Movie {id: $id})
RETURN COLLECT { MATCH (film)<-[c:ACTED_IN]-(p) RETURN [p.id, c.position] ORDER BY c.position }
    AS actors,
    COLLECT { MATCH (film)<-[:DIRECTED]-(p) RETURN p.name } AS directors,
    COLLECT { MATCH (film)-[:IN_GENRE]->(g) RETURN g.name ORDER BY g.name } AS genres
"""


def member(number: int, name: str = "ana") -> Member:
    return Member(number, name, False)


def follow(follower: int, followee: int) -> FollowEdge:
    return FollowEdge(follower, followee, NOW)


def like(user: int, movie: int, half_stars: int = 9) -> RatingFact:
    return RatingFact(user, movie, half_stars, NOW)


def film(number: int, *made: FilmCredit, genres: tuple[str, ...] = (), title: str = "Heat") -> Film:
    return Film(number, title, 1995, "", "", genres, (), made)


def director(number: int, name: str = "Mann") -> FilmCredit:
    return FilmCredit(number, name, "director", 0)


def actor(number: int, position: int, name: str = "Pacino") -> FilmCredit:
    return FilmCredit(number, name, "actor", position)


def names(graph: GraphStore, *ids: int) -> list[str | None]:
    return [row["name"] for row in graph.bolt.read_slowly(NAMES, ids=list(ids))]


def test_a_late_put_with_a_lower_fence_changes_nothing(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    early, late = next(fences), next(fences)
    graph.put_users([member(ids[0], "new")], late)
    graph.put_users([member(ids[0], "old")], early)
    assert names(graph, ids[0]) == ["new"]


def test_the_same_write_twice_changes_nothing(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    fence = next(fences)
    for _ in range(2):
        graph.put_follows([follow(ids[0], ids[1]), follow(ids[0], ids[1])], fence)
        graph.put_movies([film(ids[2], director(ids[3]), genres=("Crime",))], fence)
    assert graph.follows_of(ids[0]) == [ids[1]]
    (row,) = graph.bolt.read_slowly(CREDITS, id=ids[2])
    assert row == {"actors": [], "directors": ["Mann"], "genres": ["Crime"]}


@pytest.mark.parametrize("kind", ["user", "person", "movie"])
def test_a_tombstone_stops_a_late_put_of_a_node(
    graph: GraphStore, fences: Fences, ids: range, kind: str
) -> None:
    put, drop = {
        "user": (lambda fence: graph.put_users([member(ids[0])], fence), graph.drop_users),
        "person": (
            lambda fence: graph.put_people([PersonName(ids[0], "ana")], fence),
            graph.drop_people,
        ),
        "movie": (
            lambda fence: graph.put_movies([film(ids[0], title="ana")], fence),
            graph.drop_movies,
        ),
    }[kind]
    early, gone, back = next(fences), next(fences), next(fences)
    drop([ids[0]], gone)
    put(early)
    assert names(graph, ids[0]) == []
    put(back)
    assert names(graph, ids[0]) == ["ana"]
    drop([ids[0]], gone)
    assert names(graph, ids[0]) == ["ana"]


def test_a_tombstone_stops_a_late_follow(graph: GraphStore, fences: Fences, ids: range) -> None:
    early, gone, back = next(fences), next(fences), next(fences)
    graph.drop_follows([(ids[0], ids[1])], gone)
    assert graph.put_follows([follow(ids[0], ids[1])], early) == []
    assert graph.follows_of(ids[0]) == []
    assert names(graph, ids[0], ids[1]) == []
    graph.put_follows([follow(ids[0], ids[1])], back)
    assert graph.follows_of(ids[0]) == [ids[1]]


def test_a_tombstone_stops_a_late_like(graph: GraphStore, fences: Fences, ids: range) -> None:
    early, put, gone = next(fences), next(fences), next(fences)
    graph.put_likes([like(ids[0], ids[1])], put)
    graph.drop_likes([(ids[0], ids[1])], gone)
    assert graph.put_likes([like(ids[0], ids[1])], early) == []
    assert graph.likes_of(ids[0]) == []


def test_a_late_like_does_not_replace_a_newer_one(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    early, late = next(fences), next(fences)
    graph.put_likes([like(ids[0], ids[1], 10)], late)
    graph.put_likes([like(ids[0], ids[1], 8)], early)
    assert [found.stars for found in graph.likes_of(ids[0])] == [5.0]


def test_a_late_drop_does_not_take_a_newer_edge(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    early, late = next(fences), next(fences)
    graph.put_likes([like(ids[0], ids[1], 8)], late)
    graph.drop_likes([(ids[0], ids[1])], early)
    assert [(found.movie_id, found.stars) for found in graph.likes_of(ids[0])] == [(ids[1], 4.0)]


def test_ends_that_are_not_there_yet_get_stubs_that_any_put_replaces(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    early, late = next(fences), next(fences)
    graph.put_likes([like(ids[0], ids[1])], late)
    assert graph.bolt.read_slowly(FENCE, id=ids[0]) == [{"fence": 0}]
    assert graph.bolt.read_slowly(FENCE, id=ids[1]) == [{"fence": 0}]
    graph.put_users([member(ids[0])], early)
    graph.put_movies([film(ids[1])], early)
    assert names(graph, ids[0], ids[1]) == ["Heat", "ana"]
    assert len(graph.likes_of(ids[0])) == 1


def test_a_person_in_the_credits_is_a_stub_with_a_name_until_they_are_put(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    early, late = next(fences), next(fences)
    graph.put_movies([film(ids[0], director(ids[1], "M. Mann"))], late)
    assert names(graph, ids[1]) == ["M. Mann"]
    graph.put_people([PersonName(ids[1], "Michael Mann")], early)
    assert names(graph, ids[1]) == ["Michael Mann"]


@pytest.mark.parametrize("buried", [0, 1])
def test_an_edge_to_a_buried_member_is_read_again(
    graph: GraphStore, fences: Fences, ids: range, buried: int
) -> None:
    graph.drop_users([ids[buried]], next(fences))
    edges = [follow(ids[0], ids[1]), follow(ids[2], ids[3])]
    assert graph.put_follows(edges, next(fences)) == [(ids[0], ids[1])]
    assert graph.follows_of(ids[0]) == []
    assert graph.follows_of(ids[2]) == [ids[3]]
    assert names(graph, ids[0], ids[1]) == []


def test_a_like_of_a_buried_film_is_read_again(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    graph.drop_movies([ids[1]], next(fences))
    assert graph.put_likes([like(ids[0], ids[1])], next(fences)) == [(ids[0], ids[1])]
    assert graph.likes_of(ids[0]) == []


def test_a_film_with_a_buried_person_is_read_again_and_the_others_are_put(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    graph.drop_people([ids[5]], next(fences))
    films = [film(ids[0], director(ids[5])), film(ids[1], director(ids[6])), film(ids[2])]
    assert graph.put_movies(films, next(fences)) == [ids[0]]
    assert names(graph, *ids) == ["Heat", "Heat", "Mann"]


def test_a_member_who_goes_takes_their_edges(graph: GraphStore, fences: Fences, ids: range) -> None:
    graph.put_follows([follow(ids[0], ids[1]), follow(ids[1], ids[0])], next(fences))
    graph.put_likes([like(ids[1], ids[2])], next(fences))
    graph.drop_users([ids[1]], next(fences))
    assert graph.follows_of(ids[0]) == []
    assert graph.likes_of(ids[1]) == []


def test_a_late_drop_of_a_member_spares_who_came_back(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    put, drop, edge, back = next(fences), next(fences), next(fences), next(fences)
    graph.put_users([member(ids[0])], put)
    graph.put_follows([follow(ids[0], ids[1])], edge)
    graph.drop_users([ids[0]], drop)
    graph.put_users([member(ids[0], "back")], back)
    assert graph.follows_of(ids[0]) == [ids[1]]
    assert names(graph, ids[0]) == ["back"]


def test_a_late_drop_of_a_person_spares_whom_a_newer_film_credits(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    """As a rebuild's sweep is, of a film that was added meanwhile."""
    early, late = next(fences), next(fences)
    graph.put_movies([film(ids[0], director(ids[1], "M. Mann"))], late)
    graph.drop_people([ids[1]], early)
    assert graph.bolt.read_slowly(CREDITS, id=ids[0])[0]["directors"] == ["M. Mann"]
    graph.put_movies([film(ids[0])], next(fences))
    graph.drop_people([ids[1]], next(fences))
    assert names(graph, ids[1]) == []


def test_a_film_is_put_whole(graph: GraphStore, fences: Fences, ids: range) -> None:
    first = film(ids[0], director(ids[1]), actor(ids[2], 0), actor(ids[3], 1), genres=("Crime",))
    graph.put_movies([first], next(fences))
    second = film(ids[0], director(ids[4], "Wise"), actor(ids[3], 0), genres=("Drama", "War"))
    graph.put_movies([second], next(fences))
    (row,) = graph.bolt.read_slowly(CREDITS, id=ids[0])
    assert row == {"actors": [[ids[3], 0]], "directors": ["Wise"], "genres": ["Drama", "War"]}


def test_a_second_edge_of_the_same_kind_is_removed_by_the_next_put(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    graph.put_follows([follow(ids[0], ids[1])], next(fences))
    twin = "MATCH (a:User {id: $a}), (b:User {id: $b}) CREATE (a)-[:FOLLOWS {fence: 1}]->(b)"
    graph.bolt.write(lambda tx: tx.run(twin, a=ids[0], b=ids[1]).consume())
    assert graph.follows_of(ids[0]) == [ids[1], ids[1]]
    graph.put_follows([follow(ids[0], ids[1])], next(fences))
    assert graph.follows_of(ids[0]) == [ids[1]]


def test_below_the_floor_every_write_is_an_error(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    floor = draw("graph").number  # the floor is everybody's: above it every later draw must be
    graph.raise_floor(floor)
    below = Fence(floor - 1)
    writes = [
        lambda: graph.put_users([member(ids[0])], below),
        lambda: graph.drop_users([ids[0]], below),
        lambda: graph.put_follows([follow(ids[0], ids[1])], below),
        lambda: graph.drop_follows([(ids[0], ids[1])], below),
        lambda: graph.put_movies([film(ids[0])], below),
        lambda: graph.drop_movies([ids[0]], below),
    ]
    for write in writes:
        with pytest.raises(FenceBelowFloor):
            write()
    assert names(graph, *ids) == []


def test_the_floor_never_sinks(graph: GraphStore, ids: range) -> None:
    floor = draw("graph").number
    graph.raise_floor(floor)
    graph.raise_floor(floor - 5)
    with pytest.raises(FenceBelowFloor):
        graph.put_users([member(ids[0])], Fence(floor - 1))


def test_the_high_water_mark_is_the_highest_fence(
    graph: GraphStore, fences: Fences, ids: range
) -> None:
    fence = next(fences)
    graph.drop_likes([(ids[0], ids[1])], fence)
    assert graph.highest_fence() >= fence.number
