"""`sync/status/`: how far each store is behind."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api.inputs import NoInput, parse_query
from apps.outbox.api.outputs import SyncStatusOutput
from apps.outbox.selectors import destination_status


class SyncStatus(APIView):
    """How far each store is behind Postgres: depth, lag in seconds, dead letters."""

    @extend_schema(responses=SyncStatusOutput)
    def get(self, request: Request) -> Response:
        """One entry per destination."""
        parse_query(request, NoInput)
        return Response({"destinations": [asdict(status) for status in destination_status()]})
