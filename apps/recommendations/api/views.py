"""Recommendations and similar films over HTTP."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api.conditional import conditional
from apps.common.api.inputs import NoInput, parse_body, parse_query
from apps.common.api.pagination import PageInput, decode_cursor, page_of
from apps.common.api.schema import PUBLIC
from apps.common.errors import InvalidInput
from apps.movies.api.outputs import movie_summary
from apps.movies.errors import UnknownMovie, UnknownPerson
from apps.movies.models import Movie
from apps.movies.selectors import catalogue, existing_movies
from apps.recommendations import feedback, onboarding, selectors, slates
from apps.recommendations.api import inputs, outputs
from apps.recommendations.errors import refuse_unknown
from apps.recommendations.pipeline import recommend
from apps.recommendations.similar import Wish, similar
from apps.users.api.authentication import member
from apps.vectors.filters import FilmFilter

PRIVATE = {"Cache-Control": "private"}


class MyRecommendations(APIView):
    """Films for you."""

    permission_classes = (permissions.IsAuthenticated,)
    needs = ("graph", "vectors", "recommendations")

    @extend_schema(parameters=[inputs.SlateInput], responses=outputs.RecommendationsOutput)
    def get(self, request: Request) -> Response:
        """Films that you have not seen, each with the reasons for it. Another page each time."""
        given = parse_query(request, inputs.SlateInput)
        slate = recommend(member(request).pk, limit=given["limit"])
        return Response(outputs.recommendations_body(slate), headers=PRIVATE)


class Clicks(APIView):
    """What you opened of a slate."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(request=inputs.FilmInput, responses={204: None})
    def post(self, request: Request, slate_id: UUID) -> Response:
        """Say that you opened a film of a slate. Again changes nothing."""
        movie = _named(parse_body(request, inputs.FilmInput)["movie"])
        slates.click(user=member(request), slate_id=slate_id, movie=movie)
        return Response(status=204)


class SimilarMovies(APIView):
    """Films like one film."""

    needs = ("graph", "vectors", "recommendations")

    @extend_schema(parameters=[inputs.SlateInput], responses=outputs.SlateOutput, auth=PUBLIC)
    def get(self, request: Request, movie_id: int) -> Response:
        """Films about the same things and by the same people, each with the reasons for it."""
        given = parse_query(request, inputs.SlateInput)
        try:
            slate = similar(Wish(like=(movie_id,), limit=given["limit"]), request.user.pk)
        except UnknownMovie:
            raise UnknownMovie from None  # the path names it, no field does
        return conditional(request, outputs.slate_body(slate))


class Similar(APIView):
    """Films like some films, unlike others, about a text: a question, though it has a body."""

    needs = ("graph", "vectors", "recommendations")
    asks_by_post = True
    permission_classes = (permissions.AllowAny,)
    counts_as: ClassVar = {"POST": "search"}

    @extend_schema(request=inputs.SimilarInput, responses=outputs.SlateOutput, auth=PUBLIC)
    def post(self, request: Request) -> Response:
        """Films for a wish, each with the reasons for it; a film of exactly that title is first."""
        given = parse_body(request, inputs.SimilarInput)
        wanted = given.pop("filters")
        personal = {name: wanted.pop(name, False) for name in ("unseen", "liked_by_following")}
        if request.user.pk is None and any(personal.values()):
            message = "Sign in to filter by what you have seen and whom you follow."
            raise InvalidInput(
                fields={f"/filters/{name}": message for name in personal if personal[name]}
            )
        wish = Wish(filters=_filters(wanted), **personal, **given)
        return Response(outputs.slate_body(similar(wish, request.user.pk)), headers=PRIVATE)


class Onboarding(APIView):
    """The first films."""

    permission_classes = (permissions.IsAuthenticated,)
    needs = ("recommendations",)

    @extend_schema(parameters=[inputs.SlateInput], responses=outputs.OnboardingOutput)
    def get(self, request: Request) -> Response:
        """Well-known films, unlike each other, of which you have said nothing yet."""
        given = parse_query(request, inputs.SlateInput)
        offered = onboarding.offer(member(request).pk, limit=given["limit"])
        body = {"items": [movie_summary(movie) for movie in offered]}
        return Response(body, headers=PRIVATE)

    @extend_schema(request=inputs.PicksInput, responses=outputs.PicksOutput)
    def post(self, request: Request) -> Response:
        """Say which you like and do not like, in place of what you picked before."""
        given = parse_body(request, inputs.PicksInput)
        refuse_unknown(given, existing_movies([*given["like"], *given["dislike"]]))
        onboarding.pick_films(user=member(request), **given)
        return Response(given)


class Dismiss(APIView):
    """Not this one."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(request=inputs.FilmInput, responses=outputs.DismissalOutput)
    def post(self, request: Request) -> Response:
        """Never be shown a film again; `DELETE me/recommendations/dismissed/{id}/` undoes it."""
        movie = _named(parse_body(request, inputs.FilmInput)["movie"])
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
        return Response(page.body(outputs.dismissal), headers=PRIVATE)


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


def _filters(given: dict[str, Any]) -> FilmFilter:
    """The filters in the catalogue's spelling; UnknownPerson, or InvalidInput for the genre."""
    if origin := given.get("origin"):
        given["origin"] = catalogue.origin_spelled(origin)
    genre, person = given.pop("genre", None), given.get("person")
    if person is not None and not catalogue.person_exists(person):
        raise UnknownPerson(fields={"/filters/person": "There is no person with this id."})
    if genre is None:
        return FilmFilter(**given)
    spelled = catalogue.genre_spelled(genre, field="/filters/genre")
    return FilmFilter(genres=(spelled,), **given)
