"""The feed over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api.conditional import conditional
from apps.common.api.inputs import parse_body, parse_query
from apps.common.api.pagination import Page, PageInput, decode_cursor
from apps.feeds import actions, selectors
from apps.feeds.api import inputs, outputs
from apps.movies.api.activities import activity, cursor_of, position_of
from apps.users.api.authentication import member

LISTING = "feed"


class Feed(APIView):
    """What those whom you follow did."""

    permission_classes = (IsAuthenticated,)
    needs = ("feeds",)

    @extend_schema(parameters=[PageInput], responses=outputs.FeedOutput)
    def get(self, request: Request) -> Response:
        """Ratings and follows of those whom you follow, newest first, and how many are unread."""
        given = parse_query(request, PageInput)
        before = position_of(decode_cursor(LISTING, given.get("cursor")))
        found = selectors.feed_page(member(request).pk, before=before, limit=given["limit"])
        page = Page(found.items, cursor_of(LISTING, found.next))
        body = page.body(activity, unread=found.unread, degraded=list(found.degraded))
        return conditional(request, body)


class FeedSeen(APIView):
    """Up to when you have seen your feed."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=inputs.SeenInput, responses=outputs.SeenOutput)
    def put(self, request: Request) -> Response:
        """Mark the feed as seen up to a time, or now. It never moves back."""
        given = parse_body(request, inputs.SeenInput)
        seen_at = actions.mark_seen(user_id=member(request).pk, until=given.get("at"))
        return Response({"seen_at": seen_at})
