"""What is hidden from somebody leaves no trace: the same answers with and without it.

Bodies, counts, order, cursors and ETags are compared byte by byte, over every route that can be
asked without changing anything.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from rest_framework.response import Response
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie
from apps.movies.models import Movie
from apps.users import actions
from apps.users.models import User
from tests.access.routes import METHODS, rest_schema
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

UNCOMPARED = {
    "/api/v1/sync/status/": "tells how much was written, not by whom",
    "/api/v1/ops/": "is for operators, who may see everything",
}
PAGES = 30
"""Further pages of a listing that are turned; none here has as many."""

UNASKED = ("/feed/", "/friends/", "/recommendations/", "/similar/")
"""Where nothing may come of somebody who is muted."""

Answers = dict[str, tuple[int, dict[str, str], bytes]]


class People(NamedTuple):
    """The owner of what is hidden, a friend of theirs, and those who look."""

    owner: User
    friend: User
    stranger: User
    follower: User
    blocked: User
    blocker: User


class Films(NamedTuple):
    """Films that all who look like, and two that hardly anybody has rated."""

    seen: tuple[Movie, ...]
    rare: Movie
    other: Movie


@dataclass(frozen=True)
class World:
    """A small world in which what the owner does could show itself in many ways."""

    people: People
    films: Films

    def answers(self, client: APIClient, parts: Sequence[str]) -> Answers:
        """What a viewer gets from every route with one of `parts` in its path, page by page."""
        found: Answers = {}
        for path, asked in self._questions():
            if any(part in path for part in parts):
                _turn_pages(client, path, asked, found)
        for movie in (self.films.seen[0], self.films.rare):
            ask = {"like": [movie.pk], "text": "a heist in the snow", "limit": 20}
            answer = _undone(partial(client.post, "/api/v1/similar/", ask))
            found[f"POST similar/ {movie.title}"] = _whole(answer)
        return found

    def _questions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each path with each of the things that it can name, and the query to ask it with."""
        named = {
            "name": [person.username for person in self.people[:3]],
            "movie_id": [self.films.rare.pk, self.films.seen[0].pk],
            "person_id": [self.films.rare.credits.get().person_id],
            "other_id": [self.films.other.credits.get().person_id],
        }
        for path, operations in rest_schema()["paths"].items():
            if "get" not in operations or path.startswith(tuple(UNCOMPARED)):
                continue
            takes = {given["name"] for given in operations["get"].get("parameters", ())}
            asked: dict[str, Any] = {"q": QUERIES[path]} if path in QUERIES else {}
            if "limit" in takes:
                asked["limit"] = 2 if "cursor" in takes else 20
            names = [name for name in named if f"{{{name}}}" in path]
            for values in product(*(named[name] for name in names)):
                yield path.format(**dict(zip(names, values, strict=True))), asked


def _turn_pages(client: APIClient, path: str, asked: dict[str, Any], found: Answers) -> None:
    for page in range(PAGES):
        answer = _undone(partial(client.get, path, asked))
        found[f"GET {path} {page}"] = _whole(answer)
        more = answer.json().get("next") if answer.status_code == 200 else None
        if more is None:
            return
        asked = {**asked, "cursor": more}
    raise AssertionError(f"{path} has no end")


QUERIES = {"/api/v1/movies/autocomplete/": "film", "/api/v1/people/": "maker"}


@dataclass(frozen=True)
class Secret:
    """Something that happens after `before`, and what must not be different then for whom."""

    viewers: tuple[str, ...]
    before: Callable[[World], object]
    deed: Callable[[World], object]
    parts: tuple[str, ...] = ("/",)


def _shows(**levels: str) -> Callable[[World], object]:
    return lambda world: actions.update_profile(user=world.people.owner, **levels)


def _blocks(world: World) -> None:
    people = world.people
    actions.block_user(blocker=people.owner, blocked=people.blocked)
    actions.block_user(blocker=people.blocker, blocked=people.owner)


def _is_muted(world: World) -> None:
    actions.mute_user(muter=world.people.follower, muted=world.people.owner)


def _rates(world: World) -> None:
    for movie in (world.films.rare, world.films.other):
        rate_movie(user=world.people.owner, movie=movie, half_stars=10)


def _follows(world: World) -> None:
    for person in (world.people.blocked, world.people.stranger):
        actions.follow_user(follower=world.people.owner, followee=person)


def _asks(world: World) -> None:
    asker = make_user(visibility="private")
    actions.follow_user(follower=asker, followee=world.people.owner)


def _mutes(world: World) -> None:
    for person in world.people[1:]:
        actions.mute_user(muter=world.people.owner, muted=person)


def _changes(world: World) -> None:
    actions.update_profile(user=world.people.owner, bio="New.", ratings_visibility="followers")


EVERYONE = ("nobody", "follower")
UNFOLLOWING = ("nobody", "stranger")
BETWEEN = ("blocked", "blocker")
SECRETS = {
    "a private member's ratings": Secret(EVERYONE, _shows(visibility="private"), _rates),
    "ratings that are private": Secret(EVERYONE, _shows(ratings_visibility="private"), _rates),
    "ratings for followers": Secret(UNFOLLOWING, _shows(ratings_visibility="followers"), _rates),
    "ratings over a block": Secret(BETWEEN, _blocks, _rates),
    "a muted member's ratings": Secret(("follower",), _is_muted, _rates, UNASKED),
    "whom a private member follows": Secret(EVERYONE, _shows(visibility="private"), _follows),
    "whom one follows, over a block": Secret(
        ("blocker",),
        _blocks,
        lambda world: actions.follow_user(
            follower=world.people.owner, followee=world.people.stranger
        ),
    ),
    "who asks to follow": Secret(EVERYONE, _shows(visibility="followers"), _asks),
    "whom one mutes": Secret((*EVERYONE, "blocked"), _shows(), _mutes),
    "a closed profile": Secret(EVERYONE, _shows(visibility="private"), _changes),
}


@pytest.fixture
def world() -> World:
    """The owner likes all that those who look like; Ann and Bea some, and each one rare film."""
    people = People(*(make_user() for _ in People._fields))
    seen = tuple(make_movie(plot=f"A heist in the snow {n}") for n in range(5))
    plot = "A heist in the snow at night"
    rare, other = (make_movie(plot=plot, actors=("Maker",)) for _ in range(2))
    for liking, number, film in (("ann", 3, rare), ("bea", 4, other)):
        member = make_user(f"{liking}-{rare.pk}")
        for movie in (*seen[:number], film):
            rate_movie(user=member, movie=movie, half_stars=9)
    for person in people:
        for movie in seen:
            rate_movie(user=person, movie=movie, half_stars=9)
    owner, friend, *viewers = people
    for viewer in viewers:
        actions.follow_user(follower=viewer, followee=friend)
    for follower, followee in ((owner, friend), (friend, owner), (people.follower, owner)):
        actions.follow_user(follower=follower, followee=followee)
    return World(people, Films(seen, rare, other))


@pytest.mark.parametrize("name", SECRETS)
def test_it_leaves_no_trace(
    world: World, client_of: Callable[[User], APIClient], drain: Callable[[], int], name: str
) -> None:
    secret = SECRETS[name]
    secret.before(world)
    drain()

    def seen() -> dict[str, Answers]:
        people, found = world.people, {}
        for viewer in secret.viewers:
            client = APIClient() if viewer == "nobody" else client_of(getattr(people, viewer))
            found[viewer] = world.answers(client, secret.parts)
        return found

    without = seen()
    secret.deed(world)
    drain()
    for viewer, answers in seen().items():
        told = [key for key in answers if answers[key] != without[viewer].get(key)]
        assert not told, f"{viewer} can tell by {told}"
        assert answers.keys() == without[viewer].keys()


def test_whom_one_must_not_see_is_as_if_they_were_not(
    world: World, client_of: Callable[[User], APIClient]
) -> None:
    """Each route with a name in it, asked for who has blocked the viewer, and for nobody."""
    _blocks(world)
    client = client_of(world.people.blocked)
    for path, operations in rest_schema()["paths"].items():
        for method in (one for one in METHODS if "{name}" in path and one.lower() in operations):
            one, other = (
                _whole(_undone(lambda name=name: client.generic(method, path.format(name=name))))  # noqa: B023
                for name in (world.people.owner.username, "nobody-of-that-name")
            )
            assert one == other, f"{method} {path}"


def test_what_may_be_seen_is_seen(
    world: World, client_of: Callable[[User], APIClient], drain: Callable[[], int]
) -> None:
    """The same deeds do show, where they may: the comparison can tell."""
    drain()
    client = client_of(world.people.follower)
    before = world.answers(client, ("/",))
    _rates(world)
    _follows(world)
    drain()
    after = world.answers(client, ("/",))
    name = world.people.owner.username
    for part in (
        f"users/{name}/ ",
        f"users/{name}/activity/ ",
        "feed/ ",
        "friends/ ",
        "recommendations/ ",
    ):
        assert any(part in key and after[key] != before.get(key) for key in after), part


def _undone(ask: Callable[[], Any]) -> Any:
    """An answer of which nothing stays: a slate is kept and would turn the next."""
    with transaction.atomic():
        answer = ask()
        transaction.set_rollback(True)
    return answer


def _whole(answer: Response) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body, but for the number that every slate has of its own."""
    content = answer.content
    if b"slate_id" in content:
        content = json.dumps({**json.loads(content), "slate_id": ""}).encode()
    return answer.status_code, dict(answer.headers), content
