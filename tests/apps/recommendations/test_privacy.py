"""Whatever people do to each other: nothing that is hidden from a viewer leads them to a film."""

import contextlib
from collections.abc import Sequence
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from apps.common.errors import CinemeshError
from apps.movies.actions import rate_movie
from apps.movies.models import LIKE, Movie, Rating
from apps.recommendations.feedback import dismiss_movie
from apps.recommendations.models import Dismissal
from apps.users import actions
from apps.users.models import Block, Follow, Mute, User
from tests.apps.recommendations.conftest import ClientOf, Drain, slate
from tests.factories import make_movie, make_user

MEMBERS, FILMS = 5, 6
Deed = tuple[str, int, int]
CHANGES: dict[str, dict[str, Any]] = {
    "hide": {"visibility": "followers"},
    "close": {"visibility": "private"},
    "hide ratings": {"ratings_visibility": "followers"},
    "close ratings": {"ratings_visibility": "private"},
    "opt out": {"used_for_others": False},
}
OPEN = {("public", False), ("public", True), ("followers", True)}
"""The visibilities, and whether one follows the member, that let one in."""

members, films = st.integers(0, MEMBERS - 1), st.integers(0, FILMS - 1)
between = st.sampled_from(["follow", "follow", "accept", "unfollow", "block", "mute"])
deeds = st.one_of(
    st.tuples(between, members, members),
    st.tuples(st.sampled_from(["like", "like", "dislike", "dismiss"]), members, films),
    st.tuples(st.sampled_from(sorted(CHANGES)), members, st.just(0)),
)


@pytest.mark.django_db
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=st.lists(deeds, min_size=8, max_size=30), after=st.lists(deeds, max_size=6))
def test_no_answer_holds_what_is_hidden_or_unwanted(
    client_of: ClientOf, drain: Drain, before: list[Deed], after: list[Deed]
) -> None:
    """`before` reached the stores, `after` did not: privacy does not wait for them."""
    people = [make_user() for _ in range(MEMBERS)]
    shared, movies = [make_movie() for _ in range(3)], [make_movie() for _ in range(FILMS)]
    for person in people:
        for movie in shared:
            rate_movie(user=person, movie=movie, half_stars=9)
    for deed in before:
        act(deed, people, movies)
    drain()
    for deed in after:
        act(deed, people, movies)
    for viewer in people:
        check(viewer, slate(client_of(viewer), 100)["items"])


def act(deed: Deed, people: Sequence[User], movies: Sequence[Movie]) -> None:
    """What someone does; what they may not do stays undone."""
    what, who, object_ = deed
    one = people[who]
    with contextlib.suppress(CinemeshError):
        if what in {"like", "dislike"}:
            rate_movie(user=one, movie=movies[object_], half_stars=10 if what == "like" else 2)
        elif what == "dismiss":
            dismiss_movie(user=one, movie=movies[object_])
        elif what in CHANGES:
            actions.update_profile(user=one, **CHANGES[what])
        else:
            _between(what, one, people[object_])


def _between(what: str, one: User, other: User) -> None:
    if what == "follow":
        actions.follow_user(follower=one, followee=User.objects.get(pk=other.pk))
    elif what == "accept":
        actions.accept_follow(followee=one, follower=other)
    elif what == "unfollow":
        actions.unfollow_user(follower=one, followee=other)
    elif what == "mute":
        actions.mute_user(muter=one, muted=other)
    else:
        actions.block_user(blocker=one, blocked=other)


def check(viewer: User, items: Sequence[dict[str, Any]]) -> None:
    """Hold a slate against Postgres, read here in another way."""
    unwanted = set(Rating.objects.filter(user=viewer).values_list("movie", flat=True))
    unwanted |= set(Dismissal.objects.filter(user=viewer).values_list("movie", flat=True))
    followed = set(
        Follow.objects.filter(follower=viewer, state="accepted").values_list("followee", flat=True)
    )
    hidden = set(Block.objects.filter(blocker=viewer).values_list("blocked", flat=True))
    hidden |= set(Block.objects.filter(blocked=viewer).values_list("blocker", flat=True))
    hidden |= set(Mute.objects.filter(muter=viewer).values_list("muted", flat=True))
    open_ = {
        user.username: user.pk
        for user in User.objects.exclude(pk=viewer.pk)
        if user.used_for_others
        and user.pk not in hidden
        and (user.visibility, user.pk in followed) in OPEN
        and (user.ratings_visibility, user.pk in followed) in OPEN
    }
    for item in items:
        film = item["movie"]["id"]
        assert film not in unwanted
        told = {reason["source"]: reason for reason in item["reasons"]}
        assert told.keys() == item["sources"].keys()
        assert item["sources"][item["reasons"][0]["source"]] == max(item["sources"].values())
        for name in told.get("social", {}).get("users", []):
            assert name in open_
            assert Rating.objects.filter(
                user=open_[name], movie=film, half_stars__gte=LIKE
            ).exists()
            assert not told["social"]["followed"] or open_[name] in followed
