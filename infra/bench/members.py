"""Members who can sign requests, made without mail and sign-in: those would be measured too."""

from dataclasses import dataclass
from datetime import timedelta


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
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import Client

    from apps.users.actions import create_user
    from apps.users.signin import tokens

    user = create_user(email=f"{name}@example.com", username=name)
    client = Client()
    client.force_login(user)
    session = client.session
    assert isinstance(session, SessionStore)
    token = tokens.issue(tokens.ACCESS, user=user, session=session, life=timedelta(days=1))
    return Member(user.pk, user.username, token)
