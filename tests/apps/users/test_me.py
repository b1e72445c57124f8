"""`/api/v1/me/`: one's own account, read conditionally and changed with care."""

from http import HTTPStatus

import pytest

from apps.users import actions
from apps.users.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

ME = "/api/v1/me/"


@pytest.fixture
def client_of(client_of):
    """A client whose member is read anew for each request, as a token's is."""

    class Rereading:
        def __init__(self, user):
            self._pk = user.pk

        def __getattr__(self, method):
            return getattr(client_of(User.objects.get(pk=self._pk)), method)

    return Rereading


def pointers(answer):
    """What a problem points at."""
    return [error["pointer"] for error in answer.json()["errors"]]


def test_needs_someone(client):
    for call in (client.get, client.patch):
        answer = call(ME)
        assert answer.status_code == 401
        assert answer.json()["code"] == "not_authenticated"
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_shows_the_account_with_its_address(client_of):
    user = make_user(display_name="Ana", bio="Films.")
    answer = client_of(user).get(ME)
    body = answer.json()
    assert body.pop("joined_at").endswith("Z")
    assert body == {
        "username": user.username,
        "username_changeable": True,
        "display_name": "Ana",
        "avatar": None,
        "bio": "Films.",
        "email": user.email,
        "visibility": "public",
        "ratings_visibility": "public",
        "used_for_others": True,
    }
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer["Vary"]


def test_is_not_sent_twice(client_of):
    client = client_of(make_user())
    tag = client.get(ME)["ETag"]
    for given in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = client.get(ME, headers={"if-none-match": given})
        assert answer.status_code == HTTPStatus.NOT_MODIFIED
        assert answer.content == b""
        assert answer["ETag"] == tag
    assert client.get(ME, headers={"if-none-match": '"other"'}).status_code == 200
    client.patch(ME, {"bio": "New."})
    assert client.get(ME, headers={"if-none-match": tag}).status_code == 200


def test_changes_what_is_given(client_of):
    client = client_of(make_user(bio="Films."))
    answer = client.patch(ME, {"display_name": " Ána 🎬 ", "visibility": "followers"})
    assert answer.status_code == 200
    assert answer.json()["display_name"] == "Ána 🎬"
    assert answer.json()["bio"] == "Films."
    assert answer.json()["visibility"] == "followers"
    assert answer["ETag"] == client.get(ME)["ETag"]
    assert client.patch(ME, {"bio": "Two\nlines.", "display_name": ""}).status_code == 200
    assert client.patch(ME, {}).status_code == 200


def test_the_username_changes_once(client_of):
    user, other = make_user(), make_user()
    client = client_of(user)
    taken = client.patch(ME, {"username": other.username.upper()})
    assert (taken.status_code, taken.json()["code"]) == (409, "username_taken")
    refused = client.patch(ME, {"username": "admin"})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_username")
    assert pointers(refused) == ["/username"]
    assert client.patch(ME, {"username": "Once-Only"}).json()["username"] == "once-only"
    assert client.get(ME).json()["username_changeable"] is False
    again = client.patch(ME, {"username": "once-more"})
    assert (again.status_code, again.json()["code"]) == (409, "username_already_changed")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("display_name", "x" * 61),
        ("display_name", "two\nlines"),
        ("display_name", "turned\u202earound"),
        ("display_name", 5),
        ("display_name", None),
        ("display_name", True),
        ("display_name", ["x"]),
        ("bio", "x" * 501),
        ("bio", "bell\u0007"),
        ("bio", "nul\u0000"),
        ("bio", {"text": "x"}),
        ("visibility", "Public"),
        ("visibility", True),
        ("visibility", None),
        ("username", ""),
        ("username", None),
        ("username", 12345),
        ("email", "new@example.com"),
        ("joined_at", "2020-01-01T00:00:00Z"),
        ("is_staff", True),
        ("unheard_of", 1),
    ],
)
def test_refuses_a_value(client_of, field, value):
    answer = client_of(make_user()).patch(ME, {field: value})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid"
    assert pointers(answer)[0].startswith(f"/{field}")


@pytest.mark.parametrize(
    "body", [b"{", b"nonsense", b'{"bio": NaN}', b'{"bio": "\xff"}', b"[" * 100_000]
)
def test_a_body_that_is_not_json_is_malformed(client_of, body):
    answer = client_of(make_user()).generic("PATCH", ME, body, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"5", b"null"])
def test_a_body_must_be_an_object(client_of, body):
    answer = client_of(make_user()).generic("PATCH", ME, body, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_body_of_another_type_is_refused(client_of):
    answer = client_of(make_user()).generic("PATCH", ME, b"bio=x", "text/plain")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_unknown_parameters_and_methods_are_refused(client_of):
    client = client_of(make_user())
    answer = client.get(ME, {"fields": "bio"})
    assert (answer.status_code, pointers(answer)) == (400, ["/fields"])
    answer = client.put(ME, {})
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_if_match_protects_what_someone_else_changed(client_of):
    user = make_user()
    client = client_of(user)
    tag = client.get(ME)["ETag"]
    actions.update_profile(user=user, bio="Changed elsewhere.")
    answer = client.patch(ME, {"bio": "Mine."}, headers={"if-match": tag})
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert client.get(ME).json()["bio"] == "Changed elsewhere."
    tag = client.get(ME)["ETag"]
    assert client.patch(ME, {"bio": "Mine."}, headers={"if-match": f"W/{tag}"}).status_code == 412
    assert client.patch(ME, {"bio": "Mine."}, headers={"if-match": tag}).status_code == 200
    assert client.patch(ME, {"bio": "Any."}, headers={"if-match": "*"}).status_code == 200


def test_asks_nothing_after_authentication(client_of, django_assert_num_queries):
    get = client_of(make_user()).get
    with django_assert_num_queries(0):
        assert get(ME).status_code == 200
