"""Small worlds of two members, two films and a person, and what each store must hold of one.

The model of a world is a dict of facts in the order in which they became true. Every world has ids
of its own, so that many of them can be delivered and compared together.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np
from django.db import transaction

from apps.feeds.timeline import get_timelines
from apps.movies.models import Credit, Movie, MovieStatistics, Person, Rating
from apps.movies.topics import MOVIE, PERSON, RATING
from apps.outbox.actions import publish_many
from apps.outbox.fences import draw
from apps.users.models import Follow, User
from apps.users.topics import FOLLOW, MEMBER
from tests.embedding import HashedWords
from tests.faults.eyes import Eyes

WIDTH = 10
AT_ONCE = 100
"""Worlds that are made together: a row at a time they would take longer than what is tested."""

Fact = tuple[str, int] | tuple[str, int, int]

_bases = count(4 * 10**12, WIDTH)
_words = HashedWords()


class World:
    """The ids of one world, and what is true in it."""

    def __init__(self) -> None:
        base = next(_bases)
        self.members = (base, base + 1)
        self.films = (base + 2, base + 3)
        self.person = base + 4
        self.ids = (*self.members, *self.films, self.person)
        self.absent: set[int] = set()
        """Members who were away for a while: nobody promises that their timeline is ready."""
        self.facts: dict[Fact, Any] = {
            **{("member", user): f"m{user}" for user in self.members},
            **{("film", film): f"film {film}" for film in self.films},
            ("person", self.person): f"P {self.person}",
            ("credit", self.films[0], self.person): True,
            ("follow", *self.members): True,
            ("rating", self.members[1], self.films[0]): 8,
        }

    def __contains__(self, fact: Fact) -> bool:
        return fact in self.facts

    @property
    def has_both_members(self) -> bool:
        """Nobody is away."""
        return all(("member", user) in self for user in self.members)

    @property
    def keys(self) -> list[str]:
        """The key of every message that there can be."""
        one, other = self.members
        rated = [f"{user}:{film}" for user in self.members for film in self.films]
        return [*map(str, self.ids), f"{one}:{other}", f"{other}:{one}", *rated]

    def of(self, kind: str) -> Iterator[tuple[Any, ...]]:
        """The facts of a kind in order, each as ids and value."""
        for (name, *ids), value in self.facts.items():
            if name == kind:
                yield *ids, value

    def forget(self, number: int) -> None:
        """Nothing is true any more that has to do with this id."""
        self.facts = {fact: value for fact, value in self.facts.items() if number not in fact}

    def expected(self) -> dict[str, Any]:
        """What the stores hold when all is delivered."""
        return {
            "users": sorted(map(list, self.of("member"))),
            "films": sorted(map(list, self.of("film"))),
            "people": sorted(map(list, self.of("person"))),
            "follows": sorted([one, other] for one, other, _ in self.of("follow")),
            "likes": sorted([u, film, half / 2] for u, film, half in self.of("rating") if half > 7),
            "credits": sorted([film, person] for film, person, _ in self.of("credit")),
            "film vectors": {film: (title, self._cast(film)) for film, title in self.of("film")},
            "tastes": {user: rated for user in self.members if (rated := self._rated(user))},
            "timelines": {user: self.timeline(user) for user, _ in self.of("member")},
            "statistics": {film: self._count(film) for film, _ in self.of("film")},
        }

    def taste(self, user: int) -> Any:
        """The vector of a member's taste, up to its length."""
        weighed = [
            (stars - 3) * np.exp(-rank / 30) * film_vector(self.facts["film", film])
            for rank, (film, stars) in enumerate(self._ratings(user))
        ]
        return sum(weighed, np.zeros(_words.dimensions))

    def _ratings(self, user: int) -> list[tuple[int, float]]:
        found = [(film, half / 2) for other, film, half in self.of("rating") if other == user]
        return found[::-1]

    def _rated(self, user: int) -> list[tuple[int, float]]:
        return [(film, stars) for film, stars in self._ratings(user) if stars != 3]

    def _cast(self, film: int) -> list[int]:
        return [person for other, person, _ in self.of("credit") if other == film]

    def _count(self, film: int) -> tuple[int, int]:
        given = [half for _, other, half in self.of("rating") if other == film]
        return len(given), sum(given)

    def timeline(self, user: int) -> list[str]:
        """What a member's timeline holds, newest first."""
        followed = [other for one, other, _ in self.of("follow") if one == user]
        done = [fact for fact in self.facts if fact[0] in ("follow", "rating")]
        return [":".join(map(str, fact)) for fact in reversed(done) if fact[1] in followed]


def film_vector(title: str) -> Any:
    """The vector of a film of which nothing is known but its title."""
    return _words.embed([title])[0]


@transaction.atomic
def make_worlds() -> list[World]:
    """Worlds as they begin: in Postgres alone, with every message waiting. Timelines are ready."""
    worlds = [World() for _ in range(AT_ONCE)]
    members = [(user, name) for world in worlds for user, name in world.of("member")]
    films = [(film, title) for world in worlds for film, title in world.of("film")]
    people = [(person, name) for world in worlds for person, name in world.of("person")]
    follows = [(one, other) for world in worlds for one, other, _ in world.of("follow")]
    ratings = [rating for world in worlds for rating in world.of("rating")]
    credits = [(film, person) for world in worlds for film, person, _ in world.of("credit")]
    User.objects.bulk_create(new_member(*member) for member in members)
    Movie.objects.bulk_create(Movie(pk=film, title=title) for film, title in films)
    MovieStatistics.objects.bulk_create(MovieStatistics(movie_id=film) for film, _ in films)
    Person.objects.bulk_create(new_person(*person) for person in people)
    Follow.objects.bulk_create(Follow(follower_id=a, followee_id=b) for a, b in follows)
    Rating.objects.bulk_create(
        Rating(user_id=user, movie_id=film, half_stars=half) for user, film, half in ratings
    )
    Credit.objects.bulk_create(
        Credit(movie_id=film, person_id=person, role=Credit.Role.ACTOR, position=0)
        for film, person in credits
    )
    publish_many(MEMBER, [(user,) for user, _ in members])
    publish_many(MOVIE, [(film,) for film, _ in films])
    publish_many(PERSON, [(person,) for person, _ in people])
    publish_many(FOLLOW, follows)
    publish_many(RATING, [(user, film) for user, film, _ in ratings])
    fence = draw("feeds")
    for user, _ in members:
        get_timelines().begin(user, fence)
        get_timelines().finish(user, fence, [])
    return worlds


def new_member(user: int, name: str) -> User:
    """A member with a given id, not saved."""
    return User(pk=user, username=name, email=f"{name}@example.com")


def new_person(person: int, name: str) -> Person:
    """Someone with a given id, not saved."""
    return Person(pk=person, name=name, source_key=name)


def found(worlds: Sequence[World], eyes: Eyes) -> dict[int, dict[str, Any]]:
    """What the stores hold of each world, by its first id, in the shape of `World.expected`."""
    graph = eyes.graph([number for world in worlds for number in world.ids])
    films = eyes.points("films", [film for world in worlds for film in world.films])
    tastes = eyes.points("tastes", [user for world in worlds for user in world.members])
    statistics = eyes.statistics([film for world in worlds for film in world.films])
    return {
        world.ids[0]: {
            **{kind: [row for row in rows if row[0] in world.ids] for kind, rows in graph.items()},
            "film vectors": _films(world, films),
            "tastes": _tastes(world, tastes),
            "timelines": _timelines(world, eyes),
            "statistics": {film: statistics[film] for film in world.films if film in statistics},
        }
        for world in worlds
    }


def _films(world: World, points: dict[int, dict[str, Any]]) -> dict[int, Any]:
    return {
        film: (point["title"], point["actors"])
        if _alike(point["vector"], film_vector(point["title"]))
        else "another vector"
        for film, point in _living(world.films, points)
    }


def _tastes(world: World, points: dict[int, dict[str, Any]]) -> dict[int, Any]:
    return {
        user: [
            (film, half / 2) for film, half in zip(point["films"], point["half_stars"], strict=True)
        ]
        if _alike(point["vector"], world.taste(user))
        else "another vector"
        for user, point in _living(world.members, points)
    }


def _living(
    ids: Sequence[int], points: dict[int, dict[str, Any]]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Points that are no tombstones: one says that it is deleted, under which fence, no more."""
    for number in ids:
        point = points.get(number, {"deleted": True, "fence": 0})
        if not point["deleted"] or point.keys() != {"deleted", "fence"}:
            yield number, point


def _timelines(world: World, eyes: Eyes) -> dict[int, list[str]]:
    found = {}
    for user in world.members:
        entries = eyes.timeline(user)
        if entries is None and user in world.absent and ("member", user) in world:
            entries = world.timeline(user)  # a cold one is built before it is served
        if entries is not None:
            found[user] = entries
    return found


def _alike(one: Any, other: Any) -> bool:
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return length > 0 and float(np.dot(one, other)) > 0.9999 * length
