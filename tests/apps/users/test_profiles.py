"""Profiles and lists of people, as different viewers see them."""

import pytest
from django.db import connection

from apps.users import actions
from apps.users.selectors import named
from tests.factories import make_user

pytestmark = pytest.mark.django_db

LISTS = ("followers", "following")


def url(user, part=""):
    """A path under a member."""
    return f"/api/v1/users/{user.username}/{part}{'/' if part else ''}"


def names(answer):
    """The usernames of a page."""
    assert answer.status_code == 200, answer.content
    return [item["username"] for item in answer.json()["items"]]


def follow(*pairs):
    """Each first follows each second."""
    for follower, followee in pairs:
        actions.follow_user(follower=follower, followee=followee)


class TestProfile:
    def test_of_a_public_member_for_anybody(self, client):
        user, ana = make_user(display_name="Bob", bio="Films."), make_user()
        follow((ana, user))
        answer = client.get(url(user))
        body = answer.json()
        assert body.pop("joined_at").endswith("Z")
        assert body == {
            "username": user.username,
            "display_name": "Bob",
            "avatar": None,
            "bio": "Films.",
            "visibility": "public",
            "followers": 1,
            "following": 0,
            "you_follow": "none",
            "follows_you": False,
            "you_mute": False,
        }
        assert answer["Cache-Control"] == "no-cache"

    def test_says_who_follows_whom(self, client_of):
        user, ana = make_user(), make_user()
        follow((ana, user))
        assert client_of(ana).get(url(user)).json()["you_follow"] == "accepted"
        assert client_of(ana).get(url(user)).json()["follows_you"] is False
        assert client_of(user).get(url(ana)).json()["follows_you"] is True

    def test_is_found_whatever_the_case(self, client):
        user = make_user()
        assert client.get(f"/api/v1/users/{user.username.upper()}/").status_code == 200

    def test_never_shows_the_address(self, client_of):
        user = make_user()
        assert user.email not in client_of(make_user()).get(url(user)).content.decode()

    @pytest.mark.parametrize(
        "name", ["nobody-here", "ab", "x" * 31, "a.b.c", "%00%00%00", "ünal", "a%20b"]
    )
    def test_an_unknown_name_is_not_found(self, client, name):
        answer = client.get(f"/api/v1/users/{name}/")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"

    def test_who_has_left_is_not_found(self, client):
        user = make_user(is_active=False)
        assert client.get(url(user)).json()["code"] == "unknown_user"
        assert client.get(url(user, "followers")).status_code == 404

    def test_is_not_sent_twice_and_changes_its_tag(self, client, client_of):
        user, ana = make_user(), make_user()
        tag = client.get(url(user))["ETag"]
        assert client.get(url(user), headers={"if-none-match": tag}).status_code == 304
        follow((ana, user))
        assert client.get(url(user), headers={"if-none-match": tag}).status_code == 200
        assert client_of(ana).get(url(user))["ETag"] != client.get(url(user))["ETag"]

    def test_unknown_parameters_are_refused(self, client):
        assert client.get(url(make_user()), {"expand": "all"}).status_code == 400


class TestPrivateProfile:
    def test_shows_little_to_who_does_not_follow(self, client, client_of):
        user, ana = make_user(visibility="followers", bio="Secret."), make_user()
        for viewer in (client, client_of(ana)):
            body = viewer.get(url(user)).json()
            assert body["visibility"] == "followers"
            hidden = ("bio", "joined_at", "followers", "following")
            assert [body[name] for name in hidden] == [None] * 4
            for part in LISTS:
                answer = viewer.get(url(user, part))
                assert (answer.status_code, answer.json()["code"]) == (403, "private_profile")

    def test_opens_by_request_and_consent(self, client_of):
        user, ana = make_user(visibility="followers", bio="Secret."), make_user()
        anas, users = client_of(ana), client_of(user)
        answer = anas.put(url(user, "follow"))
        assert (answer.status_code, answer.json()) == (200, {"state": "requested"})
        assert anas.put(url(user, "follow")).json() == {"state": "requested"}
        assert anas.get(url(user)).json()["you_follow"] == "requested"
        assert anas.get(url(user, "followers")).status_code == 403
        assert names(users.get("/api/v1/me/follow-requests/")) == [ana.username]
        request = f"/api/v1/me/follow-requests/{ana.username}/"
        assert users.put(request).json() == {"state": "accepted"}
        assert users.put(request).json() == {"state": "accepted"}
        assert names(users.get("/api/v1/me/follow-requests/")) == []
        assert anas.get(url(user)).json()["bio"] == "Secret."
        assert names(anas.get(url(user, "followers"))) == [ana.username]

    def test_a_declined_request_is_gone(self, client_of):
        user, ana = make_user(visibility="followers"), make_user()
        follow((ana, user))
        request = f"/api/v1/me/follow-requests/{ana.username}/"
        assert client_of(user).delete(request).status_code == 204
        assert client_of(user).delete(request).status_code == 204
        assert client_of(ana).get(url(user)).json()["you_follow"] == "none"
        answer = client_of(user).put(request)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_follow_request")

    def test_a_request_can_be_taken_back(self, client_of):
        user, ana = make_user(visibility="followers"), make_user()
        follow((ana, user))
        assert client_of(ana).delete(url(user, "follow")).status_code == 204
        assert names(client_of(user).get("/api/v1/me/follow-requests/")) == []

    def test_is_not_counted_or_listed_for_others(self, client, client_of):
        user, private, friend = make_user(), make_user(visibility="followers"), make_user()
        follow((private, user), (friend, private))
        actions.accept_follow(followee=private, follower=friend)
        assert client.get(url(user)).json()["followers"] == 0
        assert names(client.get(url(user, "followers"))) == []
        assert client_of(friend).get(url(user)).json()["followers"] == 1
        assert names(client_of(friend).get(url(user, "followers"))) == [private.username]

    def test_is_listed_to_whom_they_follow_and_to_themselves(self, client_of):
        user, private = make_user(), make_user(visibility="followers")
        follow((private, user))
        assert names(client_of(user).get(url(user, "followers"))) == [private.username]
        assert client_of(user).get(url(user)).json()["followers"] == 1
        assert names(client_of(private).get(url(private, "following"))) == [user.username]

    def test_requests_need_someone(self, client):
        assert client.get("/api/v1/me/follow-requests/").status_code == 401
        assert client.put("/api/v1/me/follow-requests/anybody/").status_code == 401


class TestPages:
    def test_go_on_where_they_stopped_while_rows_are_added(self, client):
        user = make_user()
        fans = [make_user() for _ in range(5)]
        follow(*((fan, user) for fan in fans))
        first = client.get(url(user, "followers"), {"limit": 2})
        assert names(first) == [fans[4].username, fans[3].username]
        follow((make_user(), user))
        actions.unfollow_user(follower=fans[3], followee=user)
        second = client.get(url(user, "followers"), {"limit": 2, "cursor": first.json()["next"]})
        assert names(second) == [fans[2].username, fans[1].username]
        third = client.get(url(user, "followers"), {"limit": 2, "cursor": second.json()["next"]})
        assert names(third) == [fans[0].username]
        assert third.json()["next"] is None

    def test_show_whether_the_viewer_follows(self, client_of):
        user, ana, private = make_user(), make_user(), make_user(visibility="followers")
        follow((user, ana), (user, private), (ana, private))
        actions.accept_follow(followee=private, follower=user)
        items = client_of(user).get(url(user, "following")).json()["items"]
        assert {item["username"]: item["you_follow"] for item in items} == {
            ana.username: "accepted",
            private.username: "accepted",
        }
        assert names(client_of(ana).get(url(user, "following"))) == [ana.username]

    @pytest.mark.parametrize("part", LISTS)
    @pytest.mark.parametrize(
        "query",
        [
            {"limit": 0},
            {"limit": 1000},
            {"limit": -1},
            {"limit": "ten"},
            {"limit": ""},
            {"limit": [1, 2]},
            {"cursor": "nonsense"},
            {"cursor": "é"},
            {"cursor": "x" * 2001},
            {"page": 2},
        ],
    )
    def test_refuse_a_parameter(self, client, part, query):
        answer = client.get(url(make_user(), part), query)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"].strip("/") in query

    def test_refuse_a_cursor_that_was_changed_or_belongs_elsewhere(self, client):
        user, other = make_user(), make_user()
        fans = [make_user() for _ in range(2)]
        follow(*((fan, user) for fan in fans))
        cursor = client.get(url(user, "followers"), {"limit": 1}).json()["next"]
        end = "A" if cursor[-5] != "A" else "B"
        for path, given in (
            (url(user, "followers"), cursor[:-5] + end + cursor[-4:]),
            (url(user, "followers"), cursor[:-3]),
            (url(other, "followers"), cursor),
            (url(user, "following"), cursor),
        ):
            answer = client.get(path, {"cursor": given})
            assert answer.status_code == 400, path
            assert answer.json()["errors"][0]["pointer"] == "cursor"


class TestBudgets:
    @pytest.fixture
    def hub(self):
        """A member with 120 followers, who follows them back; each is asked for in vain too."""
        hub = make_user()
        fans = [make_user() for _ in range(120)]
        follow(*((fan, hub) for fan in fans), *((hub, fan) for fan in fans))
        return hub

    @pytest.mark.parametrize("limit", [1, 100])
    def test_lists_cost_the_same_at_every_size(
        self, client, client_of, hub, limit, django_assert_num_queries
    ):
        for viewer in (client, client_of(make_user()), client_of(hub)):
            for part in LISTS:
                with django_assert_num_queries(2):
                    answer = viewer.get(url(hub, part), {"limit": limit})
                assert len(names(answer)) == limit

    def test_a_profile_costs_three(self, client, client_of, hub, django_assert_num_queries):
        for viewer in (client, client_of(make_user()), client_of(hub)):
            with django_assert_num_queries(3):
                assert viewer.get(url(hub)).json()["followers"] == 120

    @pytest.mark.parametrize("limit", [1, 100])
    def test_personal_lists_cost_one(self, client_of, limit, django_assert_num_queries):
        user = make_user(visibility="followers")
        for _ in range(101):
            follow((make_user(), user))
            actions.block_user(blocker=user, blocked=make_user())
            actions.mute_user(muter=user, muted=make_user())
        for path in ("follow-requests", "blocks", "mutes"):
            with django_assert_num_queries(1):
                answer = client_of(user).get(f"/api/v1/me/{path}/", {"limit": limit})
            assert len(names(answer)) == limit


def test_a_name_is_found_by_the_unique_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "user_username_unique" in named("Some-Name").explain()
