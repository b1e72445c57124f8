"""Following and blocking over HTTP."""

import pytest

from apps.users import actions
from apps.users.models import Block, Follow
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def url(user, part=""):
    """A path under a member."""
    return f"/api/v1/users/{user.username}/{part}{'/' if part else ''}"


def names(answer):
    """The usernames of a page."""
    return [item["username"] for item in answer.json()["items"]]


def block_both_ways(one, other):
    """As two who act at the same moment can."""
    Block.objects.create(blocker=one, blocked=other)
    Block.objects.create(blocker=other, blocked=one)


class TestFollow:
    def test_twice_is_the_same(self, client_of):
        ana, bob = make_user(), make_user()
        for _ in range(2):
            answer = client_of(ana).put(url(bob, "follow"))
            assert (answer.status_code, answer.json()) == (200, {"state": "accepted"})
        assert Follow.objects.filter(follower=ana).count() == 1
        for _ in range(2):
            assert client_of(ana).delete(url(bob, "follow")).status_code == 204
        assert not Follow.objects.filter(follower=ana).exists()

    def test_needs_someone(self, client):
        bob = make_user()
        for call in (client.put, client.delete):
            assert call(url(bob, "follow")).status_code == 401
            assert call(url(bob, "block")).status_code == 401

    def test_refuses_oneself(self, client_of):
        ana = make_user()
        answer = client_of(ana).put(url(ana, "follow"))
        assert (answer.status_code, answer.json()["code"]) == (400, "cannot_follow_self")

    def test_refuses_a_field(self, client_of):
        answer = client_of(make_user()).put(url(make_user(), "follow"), {"state": "accepted"})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/state"

    def test_who_is_not_there_is_not_found(self, client_of):
        ana, gone = make_user(), make_user(is_active=False)
        for path in (url(gone, "follow"), "/api/v1/users/nobody-here/follow/"):
            assert client_of(ana).put(path).json()["code"] == "unknown_user"
            assert client_of(ana).delete(path).status_code == 404

    def test_costs_the_same_whatever_the_size(self, client_of, django_assert_num_queries):
        hub, client = make_user(), client_of(make_user())
        for fans in (0, 30):
            for _ in range(fans):
                actions.follow_user(follower=make_user(), followee=hub)
            with django_assert_num_queries(11):
                client.put(url(hub, "follow"))
            client.delete(url(hub, "follow"))


class TestBlock:
    def test_hides_both_ways(self, client_of):
        ana, bob = make_user(), make_user()
        actions.follow_user(follower=bob, followee=ana)
        assert client_of(ana).put(url(bob, "block")).status_code == 204
        assert client_of(ana).put(url(bob, "block")).status_code == 204
        for viewer, other in ((bob, ana), (ana, bob)):
            for part in ("", "followers", "following"):
                answer = client_of(viewer).get(url(other, part))
                assert (answer.status_code, answer.json()["code"]) == (404, "unknown_user")
        assert client_of(bob).put(url(ana, "follow")).status_code == 404
        assert client_of(bob).delete(url(ana, "follow")).status_code == 404
        answer = client_of(ana).put(url(bob, "follow"))
        assert (answer.status_code, answer.json()["code"]) == (409, "blocked_by_you")

    def test_hides_in_the_lists_and_counts_of_others(self, client, client_of):
        ana, bob, hub = make_user(), make_user(), make_user()
        for fan in (ana, bob):
            actions.follow_user(follower=fan, followee=hub)
        client_of(ana).put(url(bob, "block"))
        for viewer in (ana, bob):
            assert names(client_of(viewer).get(url(hub, "followers"))) == [viewer.username]
            assert client_of(viewer).get(url(hub)).json()["followers"] == 1
        assert client.get(url(hub)).json()["followers"] == 2

    def test_a_private_profile_that_blocks_is_404_not_403(self, client_of):
        private, bob = make_user(visibility="followers"), make_user()
        assert client_of(bob).get(url(private, "followers")).status_code == 403
        actions.block_user(blocker=private, blocked=bob)
        assert client_of(bob).get(url(private, "followers")).status_code == 404

    def test_ends_a_request(self, client_of):
        private, bob = make_user(visibility="followers"), make_user()
        actions.follow_user(follower=bob, followee=private)
        client_of(private).put(url(bob, "block"))
        assert names(client_of(private).get("/api/v1/me/follow-requests/")) == []
        request = f"/api/v1/me/follow-requests/{bob.username}/"
        assert client_of(private).put(request).status_code == 404

    def test_is_listed_for_oneself_and_can_be_taken_back(self, client_of):
        ana, bob = make_user(), make_user()
        client_of(ana).put(url(bob, "block"))
        assert names(client_of(ana).get("/api/v1/me/blocks/")) == [bob.username]
        assert names(client_of(bob).get("/api/v1/me/blocks/")) == []
        for _ in range(2):
            assert client_of(ana).delete(url(bob, "block")).status_code == 204
        assert client_of(bob).get(url(ana)).status_code == 200

    def test_of_both_can_be_taken_back_by_both(self, client_of):
        ana, bob = make_user(), make_user()
        block_both_ways(ana, bob)
        assert client_of(ana).put(url(bob, "follow")).status_code == 404
        assert client_of(ana).delete(url(bob, "block")).status_code == 204
        assert client_of(ana).delete(url(bob, "block")).status_code == 404
        assert client_of(bob).delete(url(ana, "block")).status_code == 204

    def test_refuses_oneself_and_who_is_not_there(self, client_of, client):
        ana = make_user()
        answer = client_of(ana).put(url(ana, "block"))
        assert (answer.status_code, answer.json()["code"]) == (400, "cannot_block_self")
        assert client_of(ana).put("/api/v1/users/nobody-here/block/").status_code == 404
        assert client.get("/api/v1/me/blocks/").status_code == 401
