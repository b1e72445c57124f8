"""`ops/reconcile/`: do the stores hold what Postgres says?"""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api.inputs import NoInput, parse_body, parse_query
from apps.common.api.pagination import PageInput, decode_cursor, page_of
from apps.consistency import runs
from apps.consistency.api import inputs, outputs
from apps.consistency.models import Run

KIND = "runs of the checker"


class Runs(APIView):
    """Comparisons of all stores with Postgres."""

    permission_classes = (IsAdminUser,)

    @extend_schema(
        operation_id="ops_reconcile_list",
        parameters=[PageInput],
        responses=outputs.RunPageOutput,
    )
    def get(self, request: Request) -> Response:
        """The runs so far, newest first (staff)."""
        given = parse_query(request, PageInput)
        after = decode_cursor(KIND, given.get("cursor"))
        rows = Run.objects.order_by("-id")
        if after:
            rows = rows.filter(pk__lt=after[0])
        page = page_of(
            list(rows[: given["limit"] + 1]), given["limit"], lambda run: (run.pk,), KIND
        )
        return Response(page.body(outputs.run_of))

    @extend_schema(request=inputs.RunInput, responses={202: outputs.RunOutput})
    def post(self, request: Request) -> Response:
        """Ask for a run; it begins within seconds, and takes about a minute a million facts."""
        repair = parse_body(request, inputs.RunInput)["repair"]
        run = runs.request_run(by=f"member {request.user.pk}", repair=repair)
        return Response(outputs.run_of(run), status=202)


class OneRun(APIView):
    """One comparison."""

    permission_classes = (IsAdminUser,)

    @extend_schema(responses=outputs.RunReportOutput)
    def get(self, request: Request, run_id: int) -> Response:
        """What it found, kind by kind (staff)."""
        parse_query(request, NoInput)
        run = Run.objects.filter(pk=run_id).first()
        if run is None:
            raise Http404
        return Response(outputs.report_of(run))
