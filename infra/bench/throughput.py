"""Throughput: how many facts a second one process delivers, and what the outbox costs a write.

Everything is published first; then the relay drains it, as a worker does. The stores and this
process have worked for a while: Java compiles what runs often, and a process keeps film vectors.
"""

import sys
import time
from collections.abc import Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.db import transaction

from apps.outbox import relay
from apps.outbox.actions import publish_many
from apps.outbox.registry import Destination, projects, serve
from apps.outbox.topics import Key, Topic, declare
from infra.bench.figures import Figure, quantile, report
from infra.bench.members import Member, make_members
from infra.bench.own_stack import own_stack

MESSAGES = 100_000
FACTS = 20_000
WARMING = 40_000
PAIRS = 1_000
DRAIN_SECONDS = 60
PAUSE_SECONDS = 0.01

NOTHING = Topic("bench.nothing", key=("number",), lane_by="number", into=("nothing",))


def serve_nothing() -> None:
    """From here on there is a destination that takes everything and keeps nothing."""
    serve(Destination("nothing", "postgres", __name__, batch=1000))
    projects(declare(NOTHING), into="nothing")(lambda keys, fence: None)


def speed(topic: Topic, keys: Sequence[Key], destination: str) -> float:
    """Messages a second with which these keys are delivered; a store's absence counts as well."""
    while relay.drain(destination):
        pass  # a film's delivery publishes its raters' tastes
    rest = iter(keys)
    while part := list(islice(rest, 5_000)):
        with transaction.atomic():
            publish_many(topic, part, into=(destination,))
    start = time.monotonic()
    end, done = start + DRAIN_SECONDS, 0
    while done < len(keys) and time.monotonic() < end:
        done += relay.drain(destination, seconds=DRAIN_SECONDS)
        time.sleep(PAUSE_SECONDS)
    return done / (time.monotonic() - start)


def outbox_cost(member: Member, movies: Sequence[Any]) -> list[Figure]:
    """The same write with and without its messages, in turns, and the request that it is part of.

    The request is made in this process: what the network would add is left out.
    """
    from django.test import Client

    from apps.movies.actions import rate_movie
    from apps.users.models import User

    client, user = Client(SERVER_NAME="127.0.0.1"), User.objects.get(pk=member.id)
    headers = {"Authorization": f"Bearer {member.token}"}

    def rate_by_request(*, user: User, movie: Any, half_stars: int) -> None:
        body, kind = {"stars": half_stars / 2}, "application/json"
        path = f"/api/v1/movies/{movie.pk}/rating/"
        assert client.put(path, body, kind, headers=headers).status_code == HTTPStatus.OK

    ways: list[Any] = [rate_movie, _rate_silently, rate_by_request]
    seconds: dict[Any, list[float]] = {way: [] for way in ways}
    for number, movie in enumerate(movies):
        for turn in range(len(ways)):
            way = ways[(number + turn) % len(ways)]
            start = time.monotonic()
            way(user=user, movie=movie, half_stars=1 + number % 10)
            seconds[way].append(time.monotonic() - start)
    whole, silent, request = (1000 * quantile(seconds[way], 0.5) for way in ways)
    added = whole - silent
    return [
        Figure("a write without its messages, p50", silent, "ms"),
        Figure("a write, p50", whole, "ms"),
        Figure("the request around it, p50", request, "ms"),
        Figure("what the outbox adds to the request", 100 * added / (request - added), "%", 10),
    ]


def _rate_silently(*, user: Any, movie: Any, half_stars: int) -> None:
    """`rate_movie` but for its messages."""
    from apps.common import prepared
    from apps.movies.actions import RATE

    values = {
        "user_id": user.pk,
        "movie_id": movie.pk,
        "half_stars": half_stars,
        "learn": True,
    }
    prepared.rows(RATE, values)


def _measured() -> list[Figure]:
    from apps.movies.models import Movie, Rating
    from apps.movies.topics import MOVIE, RATING
    from apps.users.models import Follow, User
    from apps.users.topics import FOLLOW, MEMBER

    members = [(pk,) for pk in User.objects.values_list("pk", flat=True)]
    films = [(pk,) for pk in Movie.objects.order_by("pk").values_list("pk", flat=True)[:FACTS]]
    shuffled = list(Rating.objects.order_by("?").values_list("user_id", "movie_id"))
    ratings, others = shuffled[:FACTS], shuffled[FACTS : FACTS + WARMING]
    follows = list(Follow.objects.values_list("follower_id", "followee_id"))
    (rater,), movies = make_members("rater", 1), list(Movie.objects.order_by("-pk")[:PAIRS])
    serve_nothing()
    speed(MEMBER, members, "graph")
    speed(RATING, others, "graph")
    numbers = [(number,) for number in range(MESSAGES)]
    rates: list[tuple[str, float, float | None]] = [
        ("relay, into nothing", speed(NOTHING, numbers, "nothing"), 10_000),
        ("graph: follows", speed(FOLLOW, follows, "graph"), 4_000),
        ("graph: ratings", speed(RATING, ratings, "graph"), 4_000),
        ("vectors: films, texts known", speed(MOVIE, films, "vectors"), None),
    ]
    speed(RATING, others, "vectors")
    rates += [
        ("vectors: ratings", speed(RATING, ratings, "vectors"), 5_000),
        ("feeds: ratings", speed(RATING, ratings, "feeds"), None),
        ("recommendations: ratings", speed(RATING, ratings, "recommendations"), None),
    ]
    found = [Figure(name, rate, "a second", at_least=least) for name, rate, least in rates]
    return found + outbox_cost(rater, movies)


def main() -> int:
    """On stores alone, with the sample in Postgres."""
    with own_stack(application=False):
        from django.core.management import call_command

        call_command("import_sample", "--no-projections")
        return report("throughput", _measured())


if __name__ == "__main__":
    sys.exit(main())
