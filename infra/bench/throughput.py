"""Throughput: how many facts a second the relay and each store take, on stores of its own.

The facts are those of the sample, published all at once and drained by one process.
"""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from infra.embedded.testing import EmbeddedStores

NOTHINGS = 100_000


def main() -> None:
    """Start stores, load the sample into Postgres, and print a line per destination."""
    with (
        tempfile.TemporaryDirectory(prefix="cinemesh-bench-") as folder,
        EmbeddedStores(Path(folder), durable=True) as stores,
    ):
        os.environ |= {
            **stores.environment,
            "MAIL_DIR": f"{folder}/mail",
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("sync_schemas", verbosity=0)
        call_command("import_sample", "--no-projections")
        _measure_all()


def _measure_all() -> None:
    from apps.movies.models import Movie, Rating
    from apps.movies.topics import MOVIE, RATING
    from apps.users.models import Follow, User
    from apps.users.topics import FOLLOW, MEMBER

    members = [(pk,) for pk in User.objects.values_list("pk", flat=True)]
    follows = list(Follow.objects.values_list("follower_id", "followee_id"))
    ratings = list(Rating.objects.values_list("user_id", "movie_id"))
    films = [(pk,) for pk in Movie.objects.values_list("pk", flat=True)]
    print(f"\n{'':<36}{'messages':>10}{'seconds':>10}{'a second':>10}")
    nothing = _nothing()
    _measure("relay, into nothing", nothing, [(n,) for n in range(NOTHINGS)], "nothing")
    _measure("graph: members", MEMBER, members, "graph")
    _measure("graph: follows", FOLLOW, follows, "graph")
    _measure("graph: ratings", RATING, ratings, "graph")
    _measure("vectors: films from the cache", MOVIE, films, "vectors")
    _measure("recommendations: ratings", RATING, ratings, "recommendations")


def _nothing() -> Any:
    """A destination that takes everything and keeps nothing."""
    from apps.outbox.registry import Destination, projects, serve
    from apps.outbox.topics import Topic, declare

    topic = declare(Topic("bench.nothing", key=("number",), lane_by="number", into=("nothing",)))
    serve(Destination("nothing", "postgres", __name__, batch=1000))
    projects(topic, into="nothing")(lambda keys, fence: None)
    return topic


def _measure(title: str, topic: Any, keys: Sequence[tuple[int, ...]], destination: str) -> None:
    """Publish, then drain until nothing is left."""
    from django.db import transaction

    from apps.outbox import relay
    from apps.outbox.actions import publish_many

    rest = iter(keys)
    while part := list(islice(rest, 5_000)):
        with transaction.atomic():
            publish_many(topic, part, into=(destination,))
    seconds, done = _timed(lambda: relay.drain(destination, seconds=600))
    print(f"{title:<36}{done:>10}{seconds:>10.1f}{done / seconds:>10.0f}", flush=True)


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    started = time.monotonic()
    done = work()
    return time.monotonic() - started, done
