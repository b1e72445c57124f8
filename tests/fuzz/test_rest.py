"""The REST API against its own schema: thousands of requests, good ones and bad ones.

No server error, no answer that the schema does not describe, no route that lets anyone in.
`FUZZ_SEED`, `FUZZ_EXAMPLES` and `FUZZ_REQUESTS` make it another run, and a longer one.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from schemathesis import Case

from infra.embedded.layout import ROOT
from tests.access.world import World, make_world
from tests.fuzz.mending import Mending
from tests.fuzz.running import EXAMPLES, findings
from tests.fuzz.server import serving

OPENAPI = ROOT / "docs/openapi.yaml"
"""As it is published, and not as the views say it: a view that lets anyone in says so."""

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "5000"))

STAFF = {
    ("POST", "/api/v1/movies/"),
    ("PATCH", "/api/v1/movies/{movie_id}/"),
    ("DELETE", "/api/v1/movies/{movie_id}/"),
}


@pytest.fixture
def world(settings: Any, media: Path, drain: Callable[[], int]) -> World:
    # A run lasts longer than a token does, and than a sign-in is new.
    settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 86_400
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 86_400
    made = make_world()
    drain()
    return made


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_route_keeps_to_the_schema(world: World) -> None:
    """Each request finds the same world."""
    statuses = _asked(world, undo=True, phases={"stateful": {"enabled": False}})
    assert statuses.total() >= REQUESTS


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_what_a_request_leaves_is_what_the_next_one_finds(world: World) -> None:
    """Requests that follow from the answers of others; what is deleted stays away."""
    statuses = _asked(
        world,
        undo=False,
        phases={name: {"enabled": False} for name in ("examples", "coverage", "fuzzing")},
        operations=[
            # Whoever has left is let in no more: the rest would be 401.
            {"include-operation-id": "me_destroy", "enabled": False},
            # A code works once.
            {"include-operation-id": "sign_in_code_create", "enabled": False},
        ],
    )
    assert sum(statuses[status] for status in ("200 OK", "201 Created")) > EXAMPLES


def _asked(world: World, *, undo: bool, **config: Any) -> Counter[str]:
    """A run of schemathesis without a finding: how often each status was answered."""
    specification = yaml.safe_load(OPENAPI.read_text())
    with serving(undo=undo) as (application, url):
        found = findings(specification, url, token=_token(world), mend=Mending(world), **config)
    print(application.statuses)
    assert not found, "\n\n".join(found)
    return application.statuses


def _token(world: World) -> Callable[[Case], str]:
    """The owner of what is asked for, or staff where nobody else is let in."""

    def token(case: Case) -> str:
        is_staff = (case.method, case.path) in STAFF or case.path.startswith("/api/v1/ops/")
        return world.viewers["staff" if is_staff else "owner"].token

    return token
