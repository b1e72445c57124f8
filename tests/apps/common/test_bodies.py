"""Bodies that are too large are refused before and while they are read."""

from io import BytesIO

import orjson
import pytest
from rest_framework.exceptions import ParseError

from apps.common.api.bodies import JSONParser
from apps.common.errors import BodyTooLarge
from tests.factories import make_user

ME = "/api/v1/me/"


def body_of(size):
    """A JSON object of exactly so many bytes."""
    return orjson.dumps({"bio": "x" * (size - len(b'{"bio":""}'))})


@pytest.mark.django_db
def test_a_body_above_the_limit_is_413(client_of, settings):
    client, limit = client_of(make_user()), settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    answer = client.generic("PATCH", ME, body_of(limit + 1), "application/json")
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "body_too_large"
    at_limit = client.generic("PATCH", ME, body_of(limit), "application/json")
    assert at_limit.json()["errors"][0]["pointer"] == "/bio"


def test_the_accounts_pages_refuse_it_alike(client, settings):
    body = body_of(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    answer = client.generic("POST", "/_allauth/app/v1/auth/login", body, "application/json")
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


def test_a_body_that_is_longer_than_it_says_is_refused_while_it_is_read(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20
    assert JSONParser().parse(BytesIO(body_of(20)))
    with pytest.raises(BodyTooLarge):
        JSONParser().parse(BytesIO(body_of(21)))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"NaN", b"Infinity", b'"\xff"', b'"\\ud800"', b"[" * 50_000, b"{}{}"]
)
def test_what_is_not_json_is_refused(body):
    with pytest.raises(ParseError):
        JSONParser().parse(BytesIO(body))


@pytest.mark.parametrize("header", ["abc", "-1", "1e9", ""])
def test_a_strange_length_is_an_answer_not_an_error(client, header):
    answer = client.post("/_allauth/app/v1/auth/login", CONTENT_LENGTH=header)
    assert answer.status_code == 400
