"""Schemas, members with tokens, and films: `python -m tests.faults.seeding MEMBERS FILMS`."""

import json
import sys
from dataclasses import asdict

import django


def main(members: int, films: int) -> None:
    """Make them, and print what a client needs to know of them as JSON."""
    from django.core.management import call_command

    from apps.movies.actions import create_movie
    from infra.bench.members import make_members

    for command in ("migrate", "sync_schemas"):
        call_command(command, verbosity=0, stdout=sys.stderr)
    cast = [asdict(member) for member in make_members("actor", members)]
    ids = [create_movie(title=f"Film {number}", year=1995).pk for number in range(films)]
    print(json.dumps({"members": cast, "films": ids}))


if __name__ == "__main__":
    django.setup()
    main(*map(int, sys.argv[1:]))
