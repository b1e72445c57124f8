"""Recommendations and similar films over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api.inputs import NoInput, parse_body, parse_query
from apps.common.api.pagination import PageInput, decode_cursor, page_of
from apps.common.api.schema import PUBLIC
from apps.movies.errors import UnknownMovie
from apps.movies.models import Movie
from apps.movies.selectors import catalogue
from apps.recommendations import feedback, selectors
from apps.recommendations.api import outputs
from apps.recommendations.api.inputs import FilmInput, SlateInput
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


class Dismiss(APIView):
    """Not this one."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(request=FilmInput, responses=outputs.DismissalOutput)
    def post(self, request: Request) -> Response:
        """Never be shown a film again; `DELETE me/recommendations/dismissed/{id}/` undoes it."""
        movie = _named(parse_body(request, FilmInput)["movie"])
        dismissal = feedback.dismiss_movie(user=member(request), movie=movie)
        return Response(outputs.dismissal(dismissal))


class Dismissed(APIView):
    """What you do not want to be shown."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(parameters=[PageInput], responses=outputs.DismissalPageOutput)
    def get(self, request: Request) -> Response:
        """The films that you have dismissed, newest first."""
        given = parse_query(request, PageInput)
        after = decode_cursor("dismissed", given.get("cursor"))
        rows = selectors.dismissals_page(member(request).pk, after=after, limit=given["limit"])
        page = page_of(rows, given["limit"], lambda row: (row.dismissed_at, row.pk), "dismissed")
        return Response(page.body(outputs.dismissal), headers={"Cache-Control": "private"})


class DismissedFilm(APIView):
    """A film that you do not want to be shown."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, movie_id: int) -> Response:
        """Take the dismissal back; the film may be shown again."""
        parse_body(request, NoInput)
        feedback.restore_movie(user=member(request), movie=catalogue.movie_named(movie_id))
        return Response(status=204)


def _named(movie_id: int) -> Movie:
    """A film that a body names as `movie`."""
    try:
        return catalogue.movie_named(movie_id)
    except UnknownMovie as error:
        raise UnknownMovie(fields={"/movie": error.detail}) from None
