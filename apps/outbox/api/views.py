"""`sync/status/`: how far each store is behind. `ops/dead-letters/`: what they refused."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api.inputs import NoInput, parse_body, parse_query
from apps.common.api.pagination import decode_cursor, page_of
from apps.outbox import dead_letters, selectors
from apps.outbox.api import inputs, outputs
from apps.outbox.errors import NoSuchDeadLetter


class SyncStatus(APIView):
    """How far each store is behind Postgres: depth, lag in seconds, dead letters."""

    @extend_schema(responses=outputs.SyncStatusOutput)
    def get(self, request: Request) -> Response:
        """One entry per destination."""
        parse_query(request, NoInput)
        found = selectors.destination_status()
        return Response({"destinations": [asdict(status) for status in found]})


class DeadLetters(APIView):
    """Facts that stores refused."""

    permission_classes = (IsAdminUser,)

    @extend_schema(
        operation_id="ops_dead_letters_list",
        parameters=[inputs.DeadLettersInput],
        responses=outputs.DeadLetterPageOutput,
    )
    def get(self, request: Request) -> Response:
        """What is parked, newest first (staff)."""
        given = parse_query(request, inputs.DeadLettersInput)
        cursor, limit = given.pop("cursor", None), given.pop("limit")
        kind = f"dead letters {sorted(given.items())}"
        after = decode_cursor(kind, cursor)
        rows = selectors.dead_letters_page(after=after, limit=limit, **given)
        return Response(
            page_of(rows, limit, lambda parked: (parked.pk,), kind).body(outputs.dead_letter)
        )


class DeadLetter(APIView):
    """One fact that a store refused."""

    permission_classes = (IsAdminUser,)

    @extend_schema(responses=outputs.DeadLetterOutput)
    def get(self, request: Request, failure_id: int) -> Response:
        """The fact's key and the error, in full (staff)."""
        parse_query(request, NoInput)
        return Response(outputs.dead_letter(selectors.dead_letter(failure_id)))


class ReplayDeadLetter(APIView):
    """Trying one fact again."""

    permission_classes = (IsAdminUser,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, failure_id: int) -> Response:
        """Deliver it again, with fresh attempts (staff)."""
        parse_body(request, NoInput)
        if not dead_letters.replay_dead_letters(ids=[failure_id], by=_who(request)):
            raise NoSuchDeadLetter
        return Response(status=204)


class DiscardDeadLetter(APIView):
    """Giving one fact up."""

    permission_classes = (IsAdminUser,)

    @extend_schema(request=inputs.DiscardInput, responses={204: None})
    def post(self, request: Request, failure_id: int) -> Response:
        """Leave the store as it is, until the fact changes once more (staff)."""
        reason = parse_body(request, inputs.DiscardInput)["reason"]
        if not dead_letters.discard_dead_letters(ids=[failure_id], by=_who(request), reason=reason):
            raise NoSuchDeadLetter
        return Response(status=204)


class ReplayDeadLetters(APIView):
    """Trying many facts again."""

    permission_classes = (IsAdminUser,)

    @extend_schema(
        operation_id="ops_dead_letters_replay_matching",
        request=inputs.ReplayInput,
        responses=outputs.ReplayedOutput,
    )
    def post(self, request: Request) -> Response:
        """Deliver again all that is parked for a destination, with an error, or both (staff)."""
        wanted = parse_body(request, inputs.ReplayInput)
        ids = selectors.dead_letters(**wanted).values_list("pk", flat=True)
        replayed = dead_letters.replay_dead_letters(ids=list(ids), by=_who(request))
        return Response({"replayed": replayed})


def _who(request: Request) -> str:
    return f"member {request.user.pk}"
