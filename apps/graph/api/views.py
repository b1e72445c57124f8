"""People, the films between them, and whom to follow, over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api.inputs import NoInput, parse_body, parse_query
from apps.common.api.pagination import PageInput, decode_cursor, page_of
from apps.common.api.schema import PUBLIC
from apps.common.errors import StoreUnavailable
from apps.graph import selectors
from apps.graph.api import inputs, outputs
from apps.graph.exploring import FIRST
from apps.graph.store import get_graph
from apps.graph.suggesting import suggest
from apps.graph.types import Chain, Collaborator
from apps.users.actions import stop_suggesting
from apps.users.api.authentication import member
from apps.users.selectors import visible_user


class Collaborators(APIView):
    """Those with whom someone makes films."""

    needs = ("graph",)

    @extend_schema(parameters=[PageInput], responses=outputs.CollaboratorPageOutput, auth=PUBLIC)
    def get(self, request: Request, person_id: int) -> Response:
        """People who share films with this one, most shared films first."""
        given = parse_query(request, PageInput)
        kind, limit = f"collaborators {person_id}", given["limit"]
        after = decode_cursor(kind, given.get("cursor"))
        selectors.person_named(person_id)
        found: list[Collaborator] = []
        degraded: list[str] = []
        try:
            place = (after[0], after[1]) if after else FIRST
            found = get_graph().collaborators(person_id, limit + 1, after=place)
        except StoreUnavailable as error:
            degraded = [error.store]
        page = page_of(found, limit, lambda other: (other.shared, other.person_id), kind)
        named = selectors.named_collaborators(page.items)
        body = page.body(lambda other: outputs.collaborator(other, named), degraded=degraded)
        body["items"] = [item for item in body["items"] if item is not None]
        return Response(body)


class Path(APIView):
    """How two people are joined."""

    needs = ("graph",)

    @extend_schema(responses=outputs.ChainOutput, auth=PUBLIC)
    def get(self, request: Request, person_id: int, other_id: int) -> Response:
        """A shortest chain of films from one person to another, at most six films long."""
        parse_query(request, NoInput)
        selectors.people_named((person_id, other_id))
        found, degraded = Chain(), list[str]()
        try:
            found = get_graph().path(person_id, other_id)
        except StoreUnavailable as error:
            degraded = [error.store]
        return Response(outputs.chain(found, selectors.named_chain(found), degraded))


class MySuggestions(APIView):
    """Whom you might follow."""

    permission_classes = (permissions.IsAuthenticated,)
    needs = ("graph",)

    @extend_schema(parameters=[inputs.SuggestionsInput], responses=outputs.SuggestionsOutput)
    def get(self, request: Request) -> Response:
        """People near you, each with the reasons for it."""
        given = parse_query(request, inputs.SuggestionsInput)
        found, degraded = suggest(member(request).pk, **given)
        body = {"items": [outputs.suggestion(one) for one in found], "degraded": list(degraded)}
        return Response(body, headers={"Cache-Control": "private"})


class MySuggestion(APIView):
    """Someone who was suggested."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Never be led to someone again. You may follow them all the same."""
        parse_body(request, NoInput)
        viewer = member(request)
        stop_suggesting(member=viewer, other=visible_user(name, viewer))
        return Response(status=204)
