"""Schemas, members with tokens, and films: `python -m tests.faults.seeding MEMBERS FILMS`."""

import json
import sys

import django


def main(members: int, films: int) -> None:
    """Make them, and print what a client needs to know of them as JSON."""
    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.test import Client

    from apps.movies.actions import create_movie
    from apps.users.actions import create_user
    from apps.users.signin import tokens

    # Longer than any run: who signs in again and again would measure that.
    settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 86_400

    for command in ("migrate", "sync_schemas"):
        call_command(command, verbosity=0, stdout=sys.stderr)
    cast = []
    for number in range(members):
        user = create_user(email=f"actor-{number}@example.com", username=f"actor-{number}")
        client = Client()
        client.force_login(user)
        session = client.session
        assert isinstance(session, SessionStore)
        token = tokens.issue(tokens.ACCESS, user=user, session=session)
        cast.append({"id": user.pk, "name": user.username, "token": token})
    ids = [create_movie(title=f"Film {number}", year=1995).pk for number in range(films)]
    print(json.dumps({"members": cast, "films": ids}))


if __name__ == "__main__":
    django.setup()
    main(*map(int, sys.argv[1:]))
