"""Members who can sign requests, made without mail and sign-in: those would be measured too."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """Someone with a token that outlives any run."""

    id: int
    name: str
    token: str


def make_members(prefix: str, count: int) -> list[Member]:
    """New members of the stack that Django speaks to."""
    return [_member(f"{prefix}-{number}") for number in range(count)]


def _member(name: str) -> Member:
    import cryptography.hazmat.primitives.serialization  # noqa: F401 - allauth expects it
    from allauth.headless.tokens.strategies.jwt import internal
    from django.test import Client

    from apps.users.actions import create_user

    user = create_user(email=f"{name}@example.com", username=name)
    client = Client()
    client.force_login(user)
    sid = internal.session_key_to_sid(client.session.session_key or "")
    token, _ = internal.create_token("access", sub=str(user.pk), sid=sid, expires_in=86_400)
    return Member(user.pk, user.username, token)
