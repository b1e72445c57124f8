"""Which media type an answer has."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

FILMS = "/api/v1/movies/"


@pytest.mark.parametrize(
    "accepted", [None, "*/*", "application/json", "text/html,*/*;q=0.8", "application/*"]
)
def test_whoever_takes_json_gets_it(accepted: str | None) -> None:
    headers = {} if accepted is None else {"Accept": accepted}
    answer = Client().get(FILMS, headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_whoever_does_not_is_told_so() -> None:
    answer = Client().get(FILMS, headers={"Accept": "text/html"})
    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")


def test_a_schema_comes_in_the_format_that_is_asked_for() -> None:
    answer = Client().get("/api/schema/?format=json")
    assert answer["Content-Type"].startswith("application/vnd.oai.openapi+json")
