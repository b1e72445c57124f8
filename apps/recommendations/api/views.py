"""Recommendations and similar films over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api.inputs import parse_query
from apps.common.api.schema import PUBLIC
from apps.recommendations.api.inputs import SlateInput
from apps.recommendations.api.outputs import SlateOutput, slate_body
from apps.recommendations.pipeline import recommend
from apps.recommendations.similar import similar_to
from apps.users.api.authentication import member


class MyRecommendations(APIView):
    """Films for you."""

    permission_classes = (permissions.IsAuthenticated,)
    needs = ("graph", "vectors")

    @extend_schema(parameters=[SlateInput], responses=SlateOutput)
    def get(self, request: Request) -> Response:
        """Films that you have not seen, each with the reasons for it."""
        given = parse_query(request, SlateInput)
        slate = recommend(member(request).pk, limit=given["limit"])
        return Response(slate_body(slate), headers={"Cache-Control": "private"})


class SimilarMovies(APIView):
    """Films like one film."""

    needs = ("graph", "vectors")

    @extend_schema(parameters=[SlateInput], responses=SlateOutput, auth=PUBLIC)
    def get(self, request: Request, movie_id: int) -> Response:
        """Films about the same things and by the same people, each with the reasons for it."""
        given = parse_query(request, SlateInput)
        return Response(slate_body(similar_to(movie_id, request.user.pk, limit=given["limit"])))
