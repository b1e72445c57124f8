"""Having what is stored of one, and leaving, over HTTP."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api.inputs import NoInput, parse_body
from apps.privacy import departures, exports
from apps.privacy.api import outputs
from apps.users.api import views
from apps.users.api.authentication import member, recent_member

AGAIN = "Nobody is signed in; or `sign_in_again`: the last time was more than five minutes ago."


class Me(views.Me):
    """Your own account, and leaving."""

    @extend_schema(
        request=None,
        responses={202: outputs.DepartureOutput, 401: OpenApiResponse(description=AGAIN)},
    )
    def delete(self, request: Request) -> Response:
        """Leave: your account is closed now, and erased from every store after days of grace.

        Needs a sign-in, or a password or factor given again, in the last five minutes.
        """
        departure = departures.leave(user=recent_member(request))
        return Response(outputs.departure(departure), status=202)


class MyExport(APIView):
    """All that is stored of you."""

    permission_classes = (IsAuthenticated,)
    counts_as: ClassVar = {"POST": "export"}

    @extend_schema(request=None, responses={202: outputs.ExportOutput})
    def post(self, request: Request) -> Response:
        """Have it made as a ZIP of JSON and CSV; a mail brings a link that is good for 3 days."""
        parse_body(request, NoInput)
        export = exports.request_export(user=member(request))
        return Response(outputs.export(export), status=202)
