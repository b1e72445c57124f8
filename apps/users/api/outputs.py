"""How people look from outside."""

from typing import Any

from rest_framework import serializers

from apps.users.avatars import urls_of
from apps.users.models import Follow, SecurityEvent, User, Visibility
from apps.users.selectors import Listed, Profile
from apps.users.selectors.profiles import NONE

FOLLOW_STATES = (NONE, *Follow.State.values)


class AvatarOutput(serializers.Serializer[object]):
    """A picture as WebP, 256 and 64 pixels wide and high."""

    large = serializers.URLField()
    small = serializers.URLField()


class MeOutput(serializers.Serializer[object]):
    """Your own account."""

    username = serializers.CharField()
    username_changeable = serializers.BooleanField(help_text="It can be changed once.")
    display_name = serializers.CharField()
    avatar = AvatarOutput(allow_null=True)
    bio = serializers.CharField()
    email = serializers.EmailField()
    visibility = serializers.ChoiceField(Visibility.choices)
    ratings_visibility = serializers.ChoiceField(Visibility.choices)
    used_for_others = serializers.BooleanField()
    joined_at = serializers.DateTimeField()


class ProfileOutput(serializers.Serializer[object]):
    """A member. Of a profile that is not open to you, what is null is not shown."""

    username = serializers.CharField()
    display_name = serializers.CharField()
    avatar = AvatarOutput(allow_null=True)
    bio = serializers.CharField(allow_null=True)
    visibility = serializers.ChoiceField(Visibility.choices)
    joined_at = serializers.DateTimeField(allow_null=True)
    followers = serializers.IntegerField(
        allow_null=True, help_text="How many of their followers you may see."
    )
    following = serializers.IntegerField(
        allow_null=True, help_text="How many of those whom they follow you may see."
    )
    you_follow = serializers.ChoiceField(choices=FOLLOW_STATES)
    follows_you = serializers.BooleanField()
    you_mute = serializers.BooleanField()


class ListedOutput(serializers.Serializer[object]):
    """A member in a list."""

    username = serializers.CharField()
    display_name = serializers.CharField()
    avatar = AvatarOutput(allow_null=True)
    visibility = serializers.ChoiceField(Visibility.choices)
    you_follow = serializers.ChoiceField(choices=FOLLOW_STATES)
    since = serializers.DateTimeField()


class MemberPageOutput(serializers.Serializer[object]):
    """A page of members."""

    items = ListedOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page.")


class SecurityEventOutput(serializers.Serializer[object]):
    """Something that happened to the safety of your account."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    event = serializers.ChoiceField(SecurityEvent.Kind.choices)
    detail = serializers.CharField(help_text="Which provider, which kind of factor.")
    network = serializers.CharField(help_text="Where from: a /24 of IPv4 or a /48 of IPv6.")
    user_agent = serializers.CharField()


class SecurityEventPageOutput(serializers.Serializer[object]):
    """A page of security events."""

    items = SecurityEventOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page.")


class FollowOutput(serializers.Serializer[object]):
    """Whether you follow, or wait to be let."""

    state = serializers.ChoiceField(choices=Follow.State.values)


def me(user: User) -> dict[str, Any]:
    """The body of `MeOutput`."""
    return {
        "username": user.username,
        "username_changeable": not user.username_changed,
        "display_name": user.display_name,
        "avatar": urls_of(user.avatar),
        "bio": user.bio,
        "email": user.email,
        "visibility": user.visibility,
        "ratings_visibility": user.ratings_visibility,
        "used_for_others": user.used_for_others,
        "joined_at": user.joined_at,
    }


def profile(found: Profile) -> dict[str, Any]:
    """The body of `ProfileOutput`."""
    user = found.user
    return {
        "username": user.username,
        "display_name": user.display_name,
        "avatar": urls_of(user.avatar) if found.shows_avatar else None,
        "bio": user.bio if found.is_open else None,
        "visibility": user.visibility,
        "joined_at": user.joined_at if found.is_open else None,
        "followers": found.followers,
        "following": found.following,
        "you_follow": found.you_follow,
        "follows_you": found.follows_you,
        "you_mute": found.you_mute,
    }


def listed(row: Listed) -> dict[str, Any]:
    """The body of `ListedOutput`."""
    return {
        "username": row.user.username,
        "display_name": row.user.display_name,
        "avatar": urls_of(row.user.avatar) if row.shows_avatar else None,
        "visibility": row.user.visibility,
        "you_follow": row.you_follow,
        "since": row.position[0],
    }


def security_event(row: SecurityEvent) -> dict[str, Any]:
    """The body of `SecurityEventOutput`."""
    return {
        "id": row.pk,
        "at": row.at,
        "event": row.kind,
        "detail": row.detail,
        "network": row.network,
        "user_agent": row.user_agent,
    }


def follow(row: Follow) -> dict[str, Any]:
    """The body of `FollowOutput`."""
    return {"state": row.state}


class TokensOutput(serializers.Serializer[Any]):
    """The first pair of tokens of a login."""

    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
