"""The REST API against its own schema: thousands of requests, good ones and bad ones.

No server error, no answer that the schema does not describe, no route that lets anyone in.
`FUZZ_SEED`, `FUZZ_EXAMPLES` and `FUZZ_REQUESTS` make it another run, and a longer one.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from allauth.headless.tokens.strategies.jwt.internal import session_key_from_sid
from django.contrib.sessions.backends.db import SessionStore
from schemathesis import Case

from apps.outbox.api.sync_token import token_of
from apps.users.signin import tokens
from tests.access.routes import rest_schema
from tests.access.world import Viewer, World, make_world
from tests.fuzz.running import findings, schema_of
from tests.fuzz.server import serving

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "5000"))


@pytest.fixture
def world(media: Path, drain: Callable[[], int]) -> World:
    made = make_world()
    drain()
    return made


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_route_keeps_to_the_schema(world: World) -> None:
    """As a member of staff, to whom all is open."""
    with serving() as (application, url):
        schema = schema_of(rest_schema(), url, _tokens(world.viewers["staff"]), _mend(world))
        found = findings(schema)
    print(application.statuses)
    assert not found, "\n\n".join(found)
    assert application.requests >= REQUESTS


def _tokens(viewer: Viewer) -> Callable[[], str]:
    """Access tokens of the session that a viewer has."""
    user = viewer.user
    assert user is not None
    claims = tokens.read(viewer.token, tokens.ACCESS)
    assert claims is not None
    session = SessionStore(session_key_from_sid(claims["sid"]))
    return lambda: tokens.issue(tokens.ACCESS, user=user, session=session)


def _mend(world: World) -> Callable[[Case], None]:
    """Things that exist in place of random ones, and what depends on each other in order."""
    known, sync_token = world.parameters, token_of([1])

    def mend(case: Case) -> None:
        if "Sync-Token" in case.headers:
            case.headers["Sync-Token"] = sync_token
        for name in case.path_parameters:
            case.path_parameters[name] = known[name]
        query = case.query
        query.pop("cursor", None)  # only the server can make one
        if {"year_min", "year_max"} <= query.keys():
            query["year_min"], query["year_max"] = sorted((query["year_min"], query["year_max"]))

    return mend
