"""Muting over HTTP: one's own affair, of which the other never learns."""

import pytest

from apps.movies.actions import rate_movie
from apps.outbox.models import Message
from apps.users import actions
from apps.users.models import Mute
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

MINE = "/api/v1/me/mutes/"


def url(user, part=""):
    """A path under a member."""
    return f"/api/v1/users/{user.username}/{part}{'/' if part else ''}"


def names(answer):
    """The usernames of a page."""
    assert answer.status_code == 200, answer.content
    return [item["username"] for item in answer.json()["items"]]


def test_twice_is_the_same_and_so_is_taking_it_back(client_of):
    ana, bob, cat = make_user(), make_user(), make_user()
    anas = client_of(ana)
    for other in (bob, cat, bob):
        assert anas.put(url(other, "mute")).status_code == 204
    assert names(anas.get(MINE)) == [cat.username, bob.username]
    for _ in range(2):
        assert anas.delete(url(bob, "mute")).status_code == 204
    assert names(anas.get(MINE)) == [cat.username]


def test_needs_someone_else_who_is_there(client, client_of):
    ana, gone = make_user(), make_user(is_active=False)
    for call in (client.put, client.delete):
        assert call(url(ana, "mute")).status_code == 401
    assert client.get(MINE).status_code == 401
    answer = client_of(ana).put(url(ana, "mute"))
    assert (answer.status_code, answer.json()["code"]) == (400, "cannot_mute_self")
    for path in (url(gone, "mute"), "/api/v1/users/nobody-here/mute/"):
        assert client_of(ana).put(path).json()["code"] == "unknown_user"
    answer = client_of(ana).put(url(make_user(), "mute"), {"days": 3})
    assert answer.json()["errors"][0]["pointer"] == "/days"


def test_everything_but_what_comes_unasked_stays_for_the_muter(client_of):
    ana, bob, fan = make_user(), make_user(bio="Films."), make_user()
    for follower, followee in ((ana, bob), (bob, ana), (bob, fan)):
        actions.follow_user(follower=follower, followee=followee)
    anas = client_of(ana)
    before = anas.get(url(bob)).json()
    assert before.pop("you_mute") is False
    anas.put(url(bob, "mute"))
    after = anas.get(url(bob)).json()
    assert after.pop("you_mute") is True
    assert after == before
    assert names(anas.get(url(fan, "followers"))) == [bob.username]
    assert names(anas.get(url(ana, "followers"))) == [bob.username]


def test_the_muted_sees_all_as_before(client_of):
    ana, bob, heat = make_user(), make_user(), make_movie()
    for follower, followee in ((ana, bob), (bob, ana)):
        actions.follow_user(follower=follower, followee=followee)
    rate_movie(user=ana, movie=heat, half_stars=8)
    friends = f"/api/v1/movies/{heat.pk}/friends/"
    paths = (url(ana), url(ana, "followers"), url(bob, "followers"), friends, "/api/v1/feed/")

    def seen():
        return [client_of(bob).get(path).json() for path in (*paths, MINE)]

    before = seen()
    client_of(ana).put(url(bob, "mute"))
    assert seen() == before


def test_what_the_muted_think_of_a_film_is_not_told(client_of):
    ana, bob, cat, heat = make_user(), make_user(), make_user(), make_movie()
    for friend in (bob, cat):
        actions.follow_user(follower=ana, followee=friend)
        rate_movie(user=friend, movie=heat, half_stars=8)
    actions.mute_user(muter=ana, muted=bob)
    friends = f"/api/v1/movies/{heat.pk}/friends/"
    assert names(client_of(ana).get(friends)) == [cat.username]
    actions.unmute_user(muter=ana, muted=bob)
    assert names(client_of(ana).get(friends)) == [cat.username, bob.username]


def test_who_has_blocked_the_muter_is_not_in_their_list(client_of):
    ana, bob = make_user(), make_user()
    actions.mute_user(muter=ana, muted=bob)
    actions.block_user(blocker=bob, blocked=ana)
    assert names(client_of(ana).get(MINE)) == []
    assert client_of(ana).delete(url(bob, "mute")).status_code == 404
    actions.unblock_user(blocker=bob, blocked=ana)
    assert names(client_of(ana).get(MINE)) == [bob.username]


def test_no_store_is_told():
    ana, bob = make_user(), make_user()
    Message.objects.all().delete()
    actions.mute_user(muter=ana, muted=bob)
    actions.unmute_user(muter=ana, muted=bob)
    assert not Message.objects.exists()
    assert not Mute.objects.exists()
