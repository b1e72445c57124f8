"""What the graph proposes to a member, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from apps.graph.store import GraphStore
from apps.graph.types import Agreeing, Chain, Collaborator, Evidence, Liker, Through
from apps.movies.selectors import Film, FilmCredit, RatingFact
from apps.outbox.fences import Fence
from apps.users.selectors import FollowEdge
from tests.apps.graph.conftest import answered

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """Writes facts into the graph without Postgres: `users`, `films` and `people` are ids."""

    graph: GraphStore
    fence: Fence
    users: range
    films: range
    people: range

    def follow(self, follower: int, *followees: int) -> None:
        self.graph.put_follows(
            [
                FollowEdge(self.users[follower], self.users[one], START + timedelta(days=one))
                for one in followees
            ],
            self.fence,
        )

    def like(self, user: int, *films: int, half_stars: int = 9) -> None:
        self.graph.put_likes(
            [RatingFact(self.users[user], self.films[film], half_stars, START) for film in films],
            self.fence,
        )

    def evidence(self, user: int, *, liked: tuple[int, ...] = (), limit: int = 10) -> Evidence:
        """What leads a user who likes these films, newest first, to others."""
        films = [self.films[film] for film in liked]
        return answered(
            lambda: self.graph.recommendation_evidence(
                self.users[user], limit, liked=films, without=films
            )
        )

    def make(self, film: int, *, director: int | None = None, actors: tuple[int, ...] = ()) -> None:
        made = [
            FilmCredit(self.people[one], f"actor {one}", "actor", at)
            for at, one in enumerate(actors)
        ]
        if director is not None:
            made.append(FilmCredit(self.people[director], f"director {director}", "director", 0))
        number = self.films[film]
        whole = Film(number, f"film {film}", 1990 + film, "", "", (), (), tuple(made))
        self.graph.put_movies([whole], self.fence)


@pytest.fixture
def world(graph: GraphStore, fences: Iterator[Fence], ids: range) -> World:
    return World(graph, next(fences), ids[:20], ids[20:60], ids[60:])


def test_films_that_followees_like_and_the_member_does_not(world: World) -> None:
    world.follow(0, 1, 2)
    world.like(1, 5, 6)
    world.like(2, 6, 7, half_stars=10)
    world.like(3, 8)
    found = world.evidence(0, liked=(5,)).followees
    assert [film.movie_id for film in found] == [world.films[6], world.films[7]]
    assert sorted(found[0].friends, key=lambda friend: friend.user_id) == [
        Liker(world.users[1], 4.5),
        Liker(world.users[2], 5.0),
    ]
    assert found[0].stars == 4.75


def test_at_most_limit_films_come_back(world: World) -> None:
    world.follow(0, 1)
    world.like(1, *range(10))
    assert len(world.evidence(0, limit=3).followees) == 3


def test_at_most_twenty_friends_are_named(graph: GraphStore, world: World, ids: range) -> None:
    crowd = range(ids[0], ids[0] + 30)
    edges = [FollowEdge(ids[99], one, START) for one in crowd]
    graph.put_follows(edges, world.fence)
    graph.put_likes([RatingFact(one, ids[98], 8, START) for one in crowd], world.fence)
    found = answered(lambda: graph.recommendation_evidence(ids[99], 10, liked=[], without=[]))
    assert len(found.followees[0].friends) == 20


def test_films_of_those_whom_followees_follow_come_with_the_way_to_them(world: World) -> None:
    world.follow(0, 1, 2, 4)
    world.follow(1, 3, 4)
    world.follow(2, 3, 0)
    world.like(3, 6, 7)
    world.like(4, 8)
    found = world.evidence(0, liked=(7,)).further
    assert [film.movie_id for film in found] == [world.films[6]]
    (liker,) = found[0].likers
    through = Through(liker.user_id, tuple(sorted(liker.through)))
    assert through == Through(world.users[3], (world.users[1], world.users[2]))


def test_those_who_share_three_likes_agree_and_two_are_not_enough(world: World) -> None:
    world.like(1, 1, 2, 3, 10)
    world.like(2, 1, 2, 11)
    found = world.evidence(0, liked=(1, 2, 3, 4)).agreeing
    assert [film.movie_id for film in found] == [world.films[10]]
    assert found[0].likers == (Agreeing(world.users[1], pytest.approx(3 / 4 * 3 / 6)),)


def test_more_agreement_weighs_more(world: World) -> None:
    world.like(1, 1, 2, 3, 4, 10)
    world.like(2, 1, 2, 3, 11, 12, 13, 14)
    found = world.evidence(0, liked=(1, 2, 3, 4)).agreeing
    assert found[0].movie_id == world.films[10]
    assert len(found) == 5


def test_films_by_a_director_whose_film_the_member_likes(world: World) -> None:
    world.make(1, director=0)
    world.make(2, director=0)
    (film,) = world.evidence(0, liked=(1,)).people
    assert film.movie_id == world.films[2]
    assert (film.person_id, film.name, film.role) == (world.people[0], "director 0", "director")
    assert film.seed_movie_ids == (world.films[1],)


def test_an_actor_needs_two_liked_films(world: World) -> None:
    for film in (1, 2, 3):
        world.make(film, actors=(5,))
    assert world.evidence(0, liked=(1,)).people == ()
    (film,) = world.evidence(0, liked=(1, 2)).people
    assert (film.movie_id, film.role) == (world.films[3], "actor")
    assert set(film.seed_movie_ids) == {world.films[1], world.films[2]}


def test_a_director_weighs_double_and_more_films_weigh_more(world: World) -> None:
    world.make(1, director=0, actors=(5,))
    world.make(2, director=1, actors=(5,))
    world.make(3, director=0)
    world.make(4, actors=(5,))
    world.make(5, director=0, actors=(5,))
    found = world.evidence(0, liked=(1, 2)).people
    assert [film.movie_id for film in found] == [world.films[5], world.films[4], world.films[3]]
    assert found[0].weight == pytest.approx(found[1].weight + found[2].weight)


def test_all_evidence_comes_in_one_round_trip(world: World) -> None:
    world.follow(0, 1)
    world.follow(1, 2)
    world.make(1, director=0)
    world.make(2, director=0)
    world.like(1, 1, 5, 6, 9)
    world.like(2, 10)
    before = world.graph.bolt.asked
    found = world.evidence(0, liked=(1, 5, 6))
    assert world.graph.bolt.asked == before + 1
    assert all((found.followees, found.further, found.agreeing, found.people))


def test_nobody_gets_nothing(world: World) -> None:
    assert world.evidence(0) == Evidence((), (), (), ())


def test_films_that_share_people_with_a_film(world: World) -> None:
    world.make(1, director=0, actors=(5, 6))
    world.make(2, director=0)
    world.make(3, actors=(6,))
    world.make(4, director=9)
    found = answered(lambda: world.graph.sharing_people([world.films[1]], 10))
    assert [film.movie_id for film in found] == [world.films[2], world.films[3]]


def test_collaborators_by_shared_films(world: World) -> None:
    world.make(1, director=0, actors=(1, 2))
    world.make(2, director=0, actors=(1,))
    world.make(3, director=1, actors=(1,))
    found = answered(lambda: world.graph.collaborators(world.people[0], 10))
    assert found == [
        Collaborator(world.people[1], 2, (world.films[2], world.films[1])),
        Collaborator(world.people[2], 1, (world.films[1],)),
    ]
    rest = answered(
        lambda: world.graph.collaborators(world.people[0], 10, after=(2, world.people[1]))
    )
    assert rest == found[1:]


def test_a_path_alternates_people_and_films(world: World) -> None:
    world.make(1, director=0, actors=(1,))
    world.make(2, director=1, actors=(2,))
    chain = answered(lambda: world.graph.path(world.people[0], world.people[2]))
    assert chain == Chain(
        (world.people[0], world.people[1], world.people[2]), (world.films[1], world.films[2])
    )
    back = answered(lambda: world.graph.path(world.people[2], world.people[0]))
    assert back.movie_ids == (world.films[2], world.films[1])


def test_a_path_is_at_most_six_films_long(world: World) -> None:
    for film in range(7):
        world.make(film, actors=(film, film + 1))
    six = answered(lambda: world.graph.path(world.people[0], world.people[6]))
    assert len(six.movie_ids) == 6
    assert answered(lambda: world.graph.path(world.people[0], world.people[7])) == Chain()


def test_a_path_to_oneself_is_oneself(world: World) -> None:
    assert world.graph.path(world.people[0], world.people[0]) == Chain((world.people[0],))
