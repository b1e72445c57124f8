"""People and what is between them, over HTTP."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api.conditional import conditional, require_match
from apps.common.api.inputs import NoInput, parse_body, parse_query
from apps.common.api.pagination import PageInput, decode_cursor, page_of
from apps.common.errors import BodyTooLarge
from apps.users import actions, avatars, pictures, selectors
from apps.users.api import inputs, outputs
from apps.users.api.authentication import member
from apps.users.models import User
from apps.users.selectors import Listed
from apps.users.signin import codes

AROUND = 10_000
"""Bytes of a multipart body beside its file."""


class Me(APIView):
    """Your own account. It is listed by `apps.privacy`, which adds leaving to it."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=outputs.MeOutput)
    def get(self, request: Request) -> Response:
        """Your account, with your address, which nobody else sees."""
        parse_query(request, NoInput)
        return conditional(request, outputs.me(member(request)))

    @extend_schema(request=inputs.ProfileChangeInput, responses=outputs.MeOutput)
    def patch(self, request: Request) -> Response:
        """Change your profile; what is left out stays. With If-Match, only what you have read."""
        given = parse_body(request, inputs.ProfileChangeInput)

        def guard(now: User) -> None:
            require_match(request, lambda: outputs.me(now))

        changed = actions.update_profile(user=member(request), guard=guard, **given)
        return conditional(request, outputs.me(changed))


class MyAvatar(APIView):
    """Your picture."""

    permission_classes = (IsAuthenticated,)
    parser_classes = (MultiPartParser,)
    counts_as: ClassVar = {"PUT": "upload"}

    @extend_schema(request={"multipart/form-data": inputs.AvatarInput}, responses=outputs.MeOutput)
    def put(self, request: Request) -> Response:
        """Show this picture of you: its middle, made anew. Nothing else of the file is kept."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > pictures.MAX_BYTES + AROUND:
            raise BodyTooLarge(f"A picture has at most {pictures.MAX_BYTES:,} bytes.")
        content = parse_body(request, inputs.AvatarInput)["image"].read(pictures.MAX_BYTES + 1)
        return Response(outputs.me(avatars.set_avatar(user=member(request), content=content)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Show no picture of you any more."""
        avatars.remove_avatar(user=member(request))
        return Response(status=204)


class SignInCode(APIView):
    """The end of a sign-in by redirect."""

    permission_classes = (AllowAny,)
    works_once = True  # see `idempotency.ELSEWHERE`

    @extend_schema(request=inputs.SignInCodeInput, responses=outputs.TokensOutput)
    def post(self, request: Request) -> Response:
        """Exchange the code that the browser brought for a pair of tokens; it works once."""
        given = parse_body(request, inputs.SignInCodeInput)
        pair = codes.redeem(request._request, code=given["code"], verifier=given["code_verifier"])
        return Response(pair, headers={"Cache-Control": "no-store"})


class UserProfile(APIView):
    """A member."""

    @extend_schema(responses=outputs.ProfileOutput)
    def get(self, request: Request, name: str) -> Response:
        """A member as you may see them. Between two of whom one has blocked the other: 404."""
        parse_query(request, NoInput)
        return conditional(request, outputs.profile(selectors.profile(name, request.user.pk)))


class Followers(APIView):
    """Who follows a member."""

    @extend_schema(parameters=[PageInput], responses=outputs.MemberPageOutput)
    def get(self, request: Request, name: str) -> Response:
        """Newest first; only those whom you may see."""
        given = parse_query(request, PageInput)
        user = selectors.open_profile(name, request.user.pk)

        def rows(after: Sequence[object] | None, limit: int) -> list[Listed]:
            return selectors.followers_page(user, request.user.pk, after=after, limit=limit)

        return _page(request, given, f"followers {user.pk}", rows)


class Following(APIView):
    """Whom a member follows."""

    @extend_schema(parameters=[PageInput], responses=outputs.MemberPageOutput)
    def get(self, request: Request, name: str) -> Response:
        """Newest first; only those whom you may see."""
        given = parse_query(request, PageInput)
        user = selectors.open_profile(name, request.user.pk)

        def rows(after: Sequence[object] | None, limit: int) -> list[Listed]:
            return selectors.following_page(user, request.user.pk, after=after, limit=limit)

        return _page(request, given, f"following {user.pk}", rows)


class Mutuals(APIView):
    """Whom you follow of those who follow a member."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=[PageInput], responses=outputs.MemberPageOutput)
    def get(self, request: Request, name: str) -> Response:
        """Newest first; only those whom you may see."""
        given = parse_query(request, PageInput)
        viewer = member(request)
        user = selectors.open_profile(name, viewer.pk)

        def rows(after: Sequence[object] | None, limit: int) -> list[Listed]:
            return selectors.mutuals_page(user, viewer.pk, after=after, limit=limit)

        return _page(request, given, f"mutuals {user.pk}", rows)


class FollowUser(APIView):
    """Following a member."""

    permission_classes = (IsAuthenticated,)
    counts_as: ClassVar = {"PUT": "follow", "DELETE": "follow"}

    @extend_schema(request=None, responses=outputs.FollowOutput)
    def put(self, request: Request, name: str) -> Response:
        """Follow someone, or ask to, unless their profile is public. Again changes nothing."""
        parse_body(request, NoInput)
        followee = selectors.visible_user(name, member(request))
        return Response(
            outputs.follow(actions.follow_user(follower=member(request), followee=followee))
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """No longer follow someone, or take your request back."""
        followee = selectors.visible_user(name, member(request))
        actions.unfollow_user(follower=member(request), followee=followee)
        return Response(status=204)


class BlockUser(APIView):
    """Blocking a member."""

    permission_classes = (IsAuthenticated,)
    counts_as: ClassVar = {"PUT": "follow", "DELETE": "follow"}

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, name: str) -> Response:
        """Become invisible to someone, and they to you; you no longer follow each other."""
        parse_body(request, NoInput)
        blocked = selectors.user_to_unblock(name, member(request))
        actions.block_user(blocker=member(request), blocked=blocked)
        return Response(status=204)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Take a block back. Follows that it ended stay ended."""
        blocked = selectors.user_to_unblock(name, member(request))
        actions.unblock_user(blocker=member(request), blocked=blocked)
        return Response(status=204)


class MyBlocks(APIView):
    """Whom you have blocked."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=[PageInput], responses=outputs.MemberPageOutput)
    def get(self, request: Request) -> Response:
        """Newest first; only you see it."""
        given = parse_query(request, PageInput)

        def rows(after: Sequence[object] | None, limit: int) -> list[Listed]:
            return selectors.blocks_page(member(request), after=after, limit=limit)

        return _page(request, given, f"blocks {member(request).pk}", rows)


class MuteUser(APIView):
    """Muting a member."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, name: str) -> Response:
        """See nothing of someone in your feed, reasons and suggestions. They are not told."""
        parse_body(request, NoInput)
        muted = selectors.visible_user(name, member(request))
        actions.mute_user(muter=member(request), muted=muted)
        return Response(status=204)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """See again what they do."""
        muted = selectors.visible_user(name, member(request))
        actions.unmute_user(muter=member(request), muted=muted)
        return Response(status=204)


class MyMutes(APIView):
    """Whom you have muted."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=[PageInput], responses=outputs.MemberPageOutput)
    def get(self, request: Request) -> Response:
        """Newest first; only you see it."""
        given = parse_query(request, PageInput)

        def rows(after: Sequence[object] | None, limit: int) -> list[Listed]:
            return selectors.mutes_page(member(request), after=after, limit=limit)

        return _page(request, given, f"mutes {member(request).pk}", rows)


class MySecurityEvents(APIView):
    """What happened to the safety of your account."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=[PageInput], responses=outputs.SecurityEventPageOutput)
    def get(self, request: Request) -> Response:
        """Newest first, of the last 180 days; only you and operators see it."""
        given, kind = parse_query(request, PageInput), f"security {member(request).pk}"
        after = decode_cursor(kind, given.get("cursor"))
        rows = selectors.security_events_page(member(request), after=after, limit=given["limit"])
        page = page_of(rows, given["limit"], lambda row: [row.pk], kind)
        return conditional(request, page.body(outputs.security_event))


class MyFollowRequests(APIView):
    """Who has asked to follow you."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=[PageInput], responses=outputs.MemberPageOutput)
    def get(self, request: Request) -> Response:
        """Newest first."""
        given = parse_query(request, PageInput)

        def rows(after: Sequence[object] | None, limit: int) -> list[Listed]:
            return selectors.follow_requests_page(member(request), after=after, limit=limit)

        return _page(request, given, f"requests {request.user.pk}", rows)


class MyFollowRequest(APIView):
    """One request to follow you."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses=outputs.FollowOutput)
    def put(self, request: Request, name: str) -> Response:
        """Let them follow you. Again changes nothing."""
        parse_body(request, NoInput)
        follower = selectors.visible_user(name, member(request))
        return Response(
            outputs.follow(actions.accept_follow(followee=member(request), follower=follower))
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Decline. They are not told, and may ask again."""
        follower = selectors.visible_user(name, member(request))
        actions.decline_follow(followee=member(request), follower=follower)
        return Response(status=204)


def _page(
    request: Request,
    given: dict[str, Any],
    kind: str,
    rows: Callable[[Sequence[object] | None, int], list[Listed]],
) -> Response:
    after = decode_cursor(kind, given.get("cursor"))
    page = page_of(rows(after, given["limit"]), given["limit"], lambda row: row.position, kind)
    return conditional(request, page.body(outputs.listed))
