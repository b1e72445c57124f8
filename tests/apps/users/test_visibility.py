"""The three levels of a profile's visibility, for each kind of viewer."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from rest_framework.test import APIClient

from apps.movies.actions import rate_movie
from apps.users import actions
from apps.users.models import Follow, User
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

PICTURE = "0" * 64

ClientOf = Callable[[User], APIClient]


class People(NamedTuple):
    """A member with a follower, each with a picture; both follow `friend`, who is public."""

    member: User
    follower: User
    friend: User


@pytest.fixture
def people() -> People:
    """At first everyone is public."""
    people = People(*(make_user(bio="Films.", avatar=PICTURE) for _ in range(3)))
    actions.follow_user(follower=people.follower, followee=people.member)
    actions.follow_user(follower=people.member, followee=people.friend)
    actions.follow_user(follower=people.follower, followee=people.friend)
    return people


def seen(client: APIClient, user: User) -> tuple[bool, bool]:
    """Whether someone sees what is on a member's profile, and the picture."""
    body = client.get(f"/api/v1/users/{user.username}/").json()
    private = [body[name] for name in ("bio", "joined_at", "followers", "following")]
    listing = client.get(f"/api/v1/users/{user.username}/followers/").status_code
    is_open = listing == 200
    assert [value is not None for value in private] == [is_open] * 4
    assert is_open or listing == 403
    assert (body["username"], body["visibility"]) == (user.username, user.visibility)
    return is_open, body["avatar"] is not None


WHOLE, OUTSIDE, NAME = (True, True), (False, True), (False, False)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("public", [WHOLE, WHOLE, WHOLE, WHOLE]),
        ("followers", [OUTSIDE, OUTSIDE, WHOLE, WHOLE]),
        ("private", [NAME, NAME, NAME, WHOLE]),
    ],
)
def test_profile_opens_to_whom_its_level_names(
    people: People, client: APIClient, client_of: ClientOf, level: str, expected: list[Any]
) -> None:
    member = actions.update_profile(user=people.member, visibility=level)
    stranger = make_user()
    viewers = [client, *(client_of(viewer) for viewer in (stranger, people.follower, member))]
    assert [seen(viewer, member) for viewer in viewers] == expected


@pytest.mark.parametrize(
    ("level", "for_stranger", "for_follower"),
    [("public", 2, 2), ("followers", 1, 2), ("private", 1, 1)],
)
def test_lists_and_counts_hold_whom_the_viewer_may_see(
    people: People, client_of: ClientOf, level: str, for_stranger: int, for_follower: int
) -> None:
    actions.update_profile(user=people.member, visibility=level)
    for viewer, expected in ((make_user(), for_stranger), (people.follower, for_follower)):
        friend = f"/api/v1/users/{people.friend.username}/"
        assert client_of(viewer).get(friend).json()["followers"] == expected
        items = client_of(viewer).get(f"{friend}followers/").json()["items"]
        assert len(items) == expected


def test_private_member_shows_nothing_but_the_name_in_anothers_own_list(
    people: People, client_of: ClientOf
) -> None:
    member = actions.update_profile(user=people.member, visibility="private")
    for owner, avatar in ((people.friend, False), (member, True)):
        path = f"/api/v1/users/{people.friend.username}/followers/"
        items = client_of(owner).get(path).json()["items"]
        (item,) = [item for item in items if item["username"] == member.username]
        assert (item["avatar"] is not None) == avatar


@pytest.mark.parametrize("level", ["followers", "private"])
def test_request_waits_and_going_public_accepts_it(level: str) -> None:
    member, ana = make_user(visibility=level), make_user()
    assert actions.follow_user(follower=ana, followee=member).state == "requested"
    actions.update_profile(user=member, visibility="public")
    assert Follow.objects.get(follower=ana).state == "accepted"


def test_closing_further_keeps_followers_and_requests(people: People) -> None:
    actions.update_profile(user=people.member, visibility="followers")
    waiting = make_user()
    actions.follow_user(follower=waiting, followee=people.member)
    for level in ("private", "followers"):
        actions.update_profile(user=people.member, visibility=level)
        states = dict(people.member.follower_set.values_list("follower", "state"))
        assert states == {people.follower.pk: "accepted", waiting.pk: "requested"}


def test_private_members_opinions_are_nobodys_business(people: People, client_of: ClientOf) -> None:
    heat, follower = make_movie("Heat"), client_of(people.follower)
    rate_movie(user=people.member, movie=heat, half_stars=9)
    friends = f"/api/v1/movies/{heat.pk}/friends/"
    for level, shown in (("followers", 1), ("private", 0), ("public", 1)):
        actions.update_profile(user=people.member, visibility=level)
        assert len(follower.get(friends).json()["items"]) == shown
        doers = {
            item["actor"]["username"] for item in follower.get("/api/v1/feed/").json()["items"]
        }
        assert (people.member.username in doers) == bool(shown)


def test_old_private_is_for_followers_there_and_back() -> None:
    levels = {make_user(visibility=level).pk: level for level in ("public", "followers", "private")}
    closed = {pk: level != "public" for pk, level in levels.items()}
    assert dict(members_at("0007_avatar").values_list("pk", "is_private")) == closed
    after = {pk: "followers" if was else "public" for pk, was in closed.items()}
    assert dict(members_at("0008_visibility").values_list("pk", "visibility")) == after


def members_at(migration: str) -> Any:
    """The members as they are after a migration, to which the schema is brought."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    executor, target = MigrationExecutor(connection), [("users", migration)]
    executor.migrate(target)
    return executor.loader.project_state(target).apps.get_model("users", "User").objects
