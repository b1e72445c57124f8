"""What a newcomer would try first: sign in as the demo member and ask every store something."""

import json
import time
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError

from infra.embedded.errors import EmbeddedError

_PATIENCE_SECONDS = 180.0
_POLL_SECONDS = 0.5
# The projections of a fresh import are still filling: until then an answer says `degraded`.
_REQUESTS = (
    ("every store", "/readyz"),
    ("Postgres: a film by its title", "/api/v1/movies/?q=heat"),
    ("Qdrant: films like it", "/api/v1/movies/{film}/similar/"),
    ("Neo4j: with whom someone worked", "/api/v1/people/1/collaborators/"),
    ("Valkey: the feed", "/api/v1/feed/"),
    ("all of them: recommendations", "/api/v1/me/recommendations/"),
)


def one_request_through_every_store(addresses: Mapping[str, str]) -> None:
    """Print each request with its time; raise when an answer is wrong or stays degraded."""
    web = addresses["WEB_URL"]
    token = _sign_in(web, addresses["DEMO_EMAIL"], addresses["DEMO_PASSWORD"])
    film = 0
    for title, path in _REQUESTS:
        started = time.monotonic()
        answer = _settled(f"{web}{path.format(film=film)}", token)
        if "?q=" in path:
            if not answer["items"]:
                raise EmbeddedError(f"{path} found no film.")
            film = answer["items"][0]["id"]
        print(f"  {title}: {time.monotonic() - started:.2f} s", flush=True)


def _sign_in(web: str, address: str, password: str) -> str:
    answer = _ask(
        f"{web}/_allauth/app/v1/auth/login", body={"email": address, "password": password}
    )
    return str(answer["meta"]["access_token"])


def _settled(url: str, token: str) -> dict[str, Any]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        answer = _ask(url, token=token)
        if not answer.get("degraded"):
            return answer
        if time.monotonic() > deadline:
            raise EmbeddedError(f"{url} stays degraded: {answer['degraded']}")
        time.sleep(_POLL_SECONDS)


def _ask(url: str, *, token: str = "", body: object = None) -> dict[str, Any]:
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, data, headers), timeout=30) as response:
            found: dict[str, Any] = json.load(response)
            return found
    except HTTPError as error:
        with error:
            said = error.read().decode("utf-8", "replace")[:500]
        raise EmbeddedError(f"{url} answered {error.code}: {said}") from error
    except URLError as error:
        raise EmbeddedError(f"{url} did not answer: {error.reason}") from error
