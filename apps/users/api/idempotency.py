"""`Idempotency-Key`: a POST that is sent again is answered again, and done once.

After draft-ietf-httpapi-idempotency-key-header-07. The answer is kept in the transaction of the
action itself, for a day and for its member alone; of an answer that is an error nothing is kept.
"""

import hashlib
import re
from collections.abc import Callable

from allauth.core.internal.httpkit import get_authorization_credential
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.common.api import PREFIX
from apps.common.api.errors import problem, problem_page
from apps.common.api.schema import IDEMPOTENCY_KEY as HEADER
from apps.users.models import KeptAnswer
from apps.users.signin import tokens

REPLAYED = "Idempotency-Replayed"
ELSEWHERE = f"{PREFIX}sign-in/code/"
"""It works once anyway. Its answer is a pair of tokens, which are kept nowhere, and a wrong
verifier uses the code up, which no rollback may undo."""

KEY = re.compile(r"[!-~]{1,255}")
KEPT_HEADERS = ("Content-Type", "Cache-Control", "Location", "Sync-Token")

TAKE = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))"


class Idempotency:
    """Middleware: answers a key that was used before, and keeps what is answered to a new one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Part of Django's chain; outside of what adds headers to the answer."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of now, or of the first time; 400, 409 or 422 for a key that cannot be."""
        key = request.headers.get(HEADER)
        is_ours = request.path.startswith(PREFIX) and request.path != ELSEWHERE
        if key is None or request.method != "POST" or not is_ours:
            return self._get_response(request)
        if not KEY.fullmatch(key):
            return _refusal("invalid", 400, "1 to 255 visible ASCII characters.")
        credential = get_authorization_credential(request, "Bearer")
        holder = tokens.bearer(credential, tokens.ACCESS) if credential else None
        if holder is None:
            return self._get_response(request)
        with transaction.atomic():
            return self._once(request, holder[0].pk, key)

    def _once(self, request: HttpRequest, user_id: int, key: str) -> HttpResponse:
        if not _take(f"{user_id} {key}"):
            return _refusal("idempotency_key_in_use", 409, "The first request is under way.")
        asked = hashlib.sha256(f"{request.get_full_path()}\n".encode() + request.body).hexdigest()
        kept = KeptAnswer.objects.filter(user=user_id, key=key).first()
        if kept is not None and kept.kept_at > timezone.now() - KeptAnswer.LIFE:
            if kept.asked != asked:
                return _refusal("idempotency_key_reused", 422, "It came with another request.")
            headers = {**kept.headers, REPLAYED: "true"}
            return HttpResponse(bytes(kept.body), status=kept.status, headers=headers)
        response = self._get_response(request)
        if 200 <= response.status_code < 300 and not response.streaming:
            _keep(user_id, key, asked, response)
        else:
            transaction.set_rollback(True)
        return response


def _take(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [name])
        return bool(cursor.fetchone()[0])


def _keep(user_id: int, key: str, asked: str, response: HttpResponse) -> None:
    headers = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
    fields = {
        "asked": asked,
        "status": response.status_code,
        "headers": headers,
        "body": response.content,
        "kept_at": timezone.now(),
    }
    KeptAnswer.objects.update_or_create(user_id=user_id, key=key, defaults=fields)


def _refusal(code: str, status: int, detail: str) -> HttpResponse:
    return problem_page(problem(code, status, f"{HEADER}: {detail}", {HEADER: detail}))
