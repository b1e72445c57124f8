"""Films, people and opinions over HTTP."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api.conditional import conditional, require_match
from apps.common.api.inputs import NoInput, parse_body, parse_query
from apps.common.api.pagination import Page, PageInput, decode_cursor, page_of
from apps.common.api.schema import PUBLIC
from apps.common.errors import InvalidInput
from apps.movies import actions
from apps.movies.actions import Cast
from apps.movies.api import inputs, outputs
from apps.movies.api.activities import ActivityPageOutput, activity, cursor_of, position_of
from apps.movies.models import Person
from apps.movies.selectors import catalogue, opinions
from apps.movies.selectors.activity_details import activities_of
from apps.movies.selectors.matching import match
from apps.users.api.authentication import member
from apps.users.selectors import open_opinions, opened


class StaffWrites(permissions.BasePermission):
    """Everyone reads the catalogue; staff change it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Reads pass; writes need a member of staff. What there is not is 405 for everyone."""
        if request.method in permissions.SAFE_METHODS or request.method not in view.allowed_methods:
            return True
        return bool(request.user.is_authenticated and request.user.is_staff)


class Movies(APIView):
    """The catalogue."""

    permission_classes = (StaffWrites,)
    needs = ("recommendations",)
    counts_as: ClassVar = {"GET": "search"}

    @extend_schema(
        operation_id="movies_search",
        parameters=[inputs.MovieSearchInput],
        responses=outputs.MoviePageOutput,
        auth=PUBLIC,
    )
    def get(self, request: Request) -> Response:
        """Search films: typing errors are forgiven, exact titles come first."""
        given = parse_query(request, inputs.MovieSearchInput)
        cursor, limit = given.pop("cursor", None), given.pop("limit")
        query = catalogue.MovieQuery(**given)
        if query.seen is not None and request.user.pk is None:
            raise InvalidInput(fields={"seen": "Sign in to filter by what you have seen."})
        kind = f"movies {query}"
        after = decode_cursor(kind, cursor)
        rows = catalogue.movies_page(query, request.user.pk, after=after, limit=limit)
        page = page_of(rows, limit, lambda movie: (movie.position, movie.pk), kind)
        return conditional(request, page.body(outputs.movie_summary))

    @extend_schema(request=inputs.MovieInput, responses={201: outputs.MovieOutput})
    def post(self, request: Request) -> Response:
        """Add a film (staff)."""
        given = _film(request, inputs.MovieInput)
        movie = actions.create_movie(cast=_cast(given, {}) or Cast(), **given)
        detail = catalogue.movie_detail(movie.pk, request.user.pk)
        return Response(outputs.movie_whole(detail), status=201)


class MovieDetail(APIView):
    """One film."""

    permission_classes = (StaffWrites,)
    needs = ("recommendations",)

    @extend_schema(responses=outputs.MovieOutput, auth=PUBLIC)
    def get(self, request: Request, movie_id: int) -> Response:
        """A film with its people, its numbers, and what you gave it."""
        parse_query(request, NoInput)
        return conditional(request, _whole(request, movie_id))

    @extend_schema(request=inputs.MovieChangeInput, responses=outputs.MovieOutput)
    def patch(self, request: Request, movie_id: int) -> Response:
        """Change a film (staff); what is left out stays. With If-Match, only what you have read."""
        movie = catalogue.movie_named(movie_id)
        given = _film(request, inputs.MovieChangeInput)
        kept = catalogue.people_by_role(movie)

        def guard() -> None:
            require_match(request, lambda: _whole(request, movie_id))

        actions.update_movie(movie=movie, cast=_cast(given, kept), guard=guard, **given)
        return conditional(request, _whole(request, movie_id))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, movie_id: int) -> Response:
        """Remove a film and every opinion of it (staff)."""
        actions.delete_movie(movie=catalogue.movie_named(movie_id))
        return Response(status=204)


class Autocomplete(APIView):
    """Titles while someone types."""

    counts_as: ClassVar = {"GET": "search"}

    @extend_schema(
        parameters=[inputs.AutocompleteInput], responses=outputs.AutocompleteOutput, auth=PUBLIC
    )
    def get(self, request: Request) -> Response:
        """Up to 20 films whose title begins so or is like it."""
        given = parse_query(request, inputs.AutocompleteInput)
        found = catalogue.autocomplete(given["q"], limit=given["limit"])
        return Response({"items": [outputs.movie_title(movie) for movie in found]})


class People(APIView):
    """People who made films."""

    counts_as: ClassVar = {"GET": "search"}

    @extend_schema(
        operation_id="people_search",
        parameters=[inputs.PeopleSearchInput],
        responses=outputs.PeoplePageOutput,
        auth=PUBLIC,
    )
    def get(self, request: Request) -> Response:
        """People by name; typing errors are forgiven."""
        given = parse_query(request, inputs.PeopleSearchInput)
        kind = f"people {given['q']}"
        after = decode_cursor(kind, given.get("cursor"))
        rows = catalogue.people_page(given["q"], after=after, limit=given["limit"])
        page = page_of(rows, given["limit"], lambda person: (person.position, person.pk), kind)  # type: ignore[attr-defined]
        return conditional(request, page.body(outputs.person_name))


class PersonDetail(APIView):
    """One person."""

    @extend_schema(responses=outputs.PersonOutput, auth=PUBLIC)
    def get(self, request: Request, person_id: int) -> Response:
        """A person with the films they directed and acted in, newest first."""
        parse_query(request, NoInput)
        return conditional(request, outputs.person_whole(catalogue.person_detail(person_id)))


class MyRating(APIView):
    """What you think of a film."""

    permission_classes = (permissions.IsAuthenticated,)
    counts_as: ClassVar = {"PUT": "rate", "DELETE": "rate"}

    @extend_schema(request=inputs.RatingInput, responses=outputs.RatingOutput)
    def put(self, request: Request, movie_id: int) -> Response:
        """Rate a film from 0.5 to 5 stars; a second rating replaces the first."""
        given = parse_body(request, inputs.RatingInput)
        movie = catalogue.movie_named(movie_id)
        rating = actions.rate_movie(
            user=member(request), movie=movie, half_stars=given["stars"], learn=given["learn"]
        )
        return Response(outputs.rating(rating))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, movie_id: int) -> Response:
        """Take your rating back."""
        actions.unrate_movie(user=member(request), movie=catalogue.movie_named(movie_id))
        return Response(status=204)


class MyRatings(APIView):
    """What you have rated."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(parameters=[PageInput], responses=outputs.RatingPageOutput)
    def get(self, request: Request) -> Response:
        """Your ratings, newest first."""
        given = parse_query(request, PageInput)
        after = decode_cursor("me/ratings", given.get("cursor"))
        rows = opinions.ratings_page(member(request).pk, after=after, limit=given["limit"])
        page = page_of(rows, given["limit"], lambda row: (row.rated_at, row.pk), "me/ratings")
        return conditional(request, page.body(outputs.rating))


class FriendsOpinions(APIView):
    """What those whom you follow think of a film."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(parameters=[PageInput], responses=outputs.FriendOpinionPageOutput)
    def get(self, request: Request, movie_id: int) -> Response:
        """Their ratings, newest first; only what you may see."""
        given = parse_query(request, PageInput)
        catalogue.movie_named(movie_id)
        kind = f"friends {movie_id}"
        after = decode_cursor(kind, given.get("cursor"))
        rows = opinions.friends_opinions(
            movie_id, member(request).pk, after=after, limit=given["limit"]
        )
        page = page_of(rows, given["limit"], lambda row: (row.rated_at, row.pk), kind)
        return conditional(request, page.body(outputs.friend_opinion))


class TasteMatch(APIView):
    """How alike you and a member rate."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(responses=outputs.MatchOutput)
    def get(self, request: Request, name: str) -> Response:
        """On how many of the films that both of you rated you agree, and how sure that is."""
        parse_query(request, NoInput)
        viewer = member(request)
        other = open_opinions(name, viewer.pk, "ratings")
        return conditional(request, outputs.match_body(match(viewer.pk, other.pk)))


class MemberActivity(APIView):
    """What a member did."""

    @extend_schema(parameters=[PageInput], responses=ActivityPageOutput, auth=PUBLIC)
    def get(self, request: Request, name: str) -> Response:
        """Their ratings and follows, newest first; only what you may see."""
        given = parse_query(request, PageInput)
        profile = opened(name, request.user.pk)
        listing, limit = f"activity {profile.user.pk}", given["limit"]
        before = position_of(decode_cursor(listing, given.get("cursor")))
        found = activities_of(profile, request.user.pk, before=before, limit=limit)
        more = found[limit - 1].position if len(found) > limit else None
        return conditional(request, Page(found[:limit], cursor_of(listing, more)).body(activity))


def _whole(request: Request, movie_id: int) -> dict[str, Any]:
    """A film as this viewer reads it now."""
    return outputs.movie_whole(catalogue.movie_detail(movie_id, request.user.pk))


def _film(request: Request, kind: type[inputs.MovieInput]) -> dict[str, Any]:
    """What staff say of a film, its genres as the catalogue spells them."""
    given = parse_body(request, kind)
    if "genres" in given:
        given["genres"] = catalogue.spelled(given["genres"], field="/genres")
    return given


def _cast(given: dict[str, Any], kept: Mapping[str, Sequence[Person]]) -> Cast | None:
    """The credits of a body, taken out of it; None when it names none.

    A role that the body leaves out stays as it is in `kept`.
    """
    directors, actors = given.pop("directors", None), given.pop("actors", None)
    if directors is None and actors is None:
        return None
    return Cast(
        directors=kept.get("director", ()) if directors is None else directors,
        actors=kept.get("actor", ()) if actors is None else actors,
    )
