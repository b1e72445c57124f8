"""What no schema can say: which things exist, and which values go together."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from zlib import crc32

from django.utils import timezone
from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

from apps.outbox.api.sync_token import token_of
from apps.recommendations.api.inputs import MOST_PICKS
from apps.users.models import SignInCode
from tests.access.world import World, picture


class Mending:
    """Gives requests that should be good things that exist, in place of some random ones."""

    def __init__(self, world: World) -> None:
        """Of this world, where a stranger's sign-in by redirect waits for its end."""
        self._known = world.parameters
        self._sign_in = _waiting_sign_in(world.viewers["stranger"].session)
        self._sync_token = token_of([1])
        self._keys = count()

    def __call__(self, case: Case) -> None:
        """Change those parts of a request that are not bad on purpose."""
        meta = case.meta
        if meta is None:
            return
        for location, mend in {
            ParameterLocation.PATH: self._path,
            ParameterLocation.QUERY: self._query,
            ParameterLocation.HEADER: self._headers,
            ParameterLocation.BODY: self._body,
        }.items():
            if not meta.is_negative_at(location):
                mend(case)
        case.freeze_metadata()  # a file that schemathesis did not make would count as bad

    def _path(self, case: Case) -> None:
        if _is_one_of_several(case):
            return  # what another request has named
        if _draw(case) % 4:
            for name in case.path_parameters:
                case.path_parameters[name] = self._named(name, case.path)

    def _named(self, parameter: str, path: str) -> str:
        if path.endswith(("/follow/", "/block/", "/mute/")):
            return "stranger"  # nobody does that to themselves
        return str(self._known["asker" if "follow-requests" in path else parameter])

    def _query(self, case: Case) -> None:
        case.query.pop("cursor", None)  # only the server can make one
        _in_order(case.query)

    def _headers(self, case: Case) -> None:
        if "Sync-Token" in case.headers:
            case.headers["Sync-Token"] = self._sync_token
        if "Idempotency-Key" in case.headers and _is_one_of_several(case):
            case.headers["Idempotency-Key"] = str(next(self._keys))  # for another body another one

    def _body(self, case: Case) -> None:
        body = case.body
        if not isinstance(body, dict):
            return
        if "movie" in body and _draw(case) % 4:
            body["movie"] = self._known["movie_id"]
        if "image" in body:
            body["image"] = picture()
        if "code_verifier" in body:
            body.update(self._sign_in)
        if "dislike" in body:
            like = body.get("like", ())
            unlike = [film for film in body["dislike"] if film not in like]
            body["dislike"] = unlike[: MOST_PICKS - len(like)]
        filters = body.get("filters", {})
        filters.pop("genre", None)  # which there are is the catalogue's affair
        body.pop("genres", None)
        _in_order(filters)


def _waiting_sign_in(session: str) -> dict[str, str]:
    code, verifier = "c" * 43, "v" * 43
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    SignInCode.objects.create(
        digest=sha256(code.encode()).hexdigest(),
        challenge=challenge,
        session_key=session,
        expires_at=timezone.now() + timedelta(days=1),
    )
    return {"code": code, "code_verifier": verifier}


def _in_order(years: dict[str, Any]) -> None:
    if {"year_min", "year_max"} <= years.keys():
        years["year_min"], years["year_max"] = sorted((years["year_min"], years["year_max"]))


def _is_one_of_several(case: Case) -> bool:
    return case.meta is not None and case.meta.phase.name == TestPhase.STATEFUL


def _draw(case: Case) -> int:
    """The same number for the same request, so that a seed gives one run."""
    body = case.body if isinstance(case.body, dict) else None
    return crc32(f"{case.path_parameters} {case.query} {body}".encode(errors="replace"))
