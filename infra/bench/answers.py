"""Answers: how long they take under open-loop load over HTTP, one kind after the other.

The members have rated and follow each other, every store is in step, and a training serves, as it
does after the first night; ratings come last.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from infra.bench.figures import Figure, quantile, report
from infra.bench.lag import settle
from infra.bench.load import Load, Request
from infra.bench.members import Member, make_members
from infra.bench.own_stack import own_stack
from infra.bench.rebuild import manage

SECONDS = 30
WARM_SECONDS = 20
INDEX_SECONDS = 600
STREAMS = 16
FILMS = 500
RATED, FOLLOWED = 40, 8
"""By each member."""

Ask = Callable[[Member, random.Random], Request]


@dataclass(frozen=True)
class Kind:
    """What is asked, how many times a second, and within how many milliseconds it answers."""

    name: str
    rate: float
    p50: float
    p99: float
    ask: Ask
    root: str = "/api/v1/"


def kinds(films: Sequence[int], titles: Sequence[str]) -> list[Kind]:
    """Every kind of question that the figures of the product name, about these films."""

    def get(path: Callable[[random.Random], str]) -> Ask:
        return lambda member, choose: Request(member.token, "GET", path(choose))

    def rate(member: Member, choose: random.Random) -> Request:
        path, stars = f"movies/{choose.choice(films)}/rating/", choose.randint(1, 10) / 2
        return Request(member.token, "PUT", path, {"stars": stars})

    def similar(choose: random.Random) -> str:
        return f"movies/{choose.choice(films)}/similar/?limit=10"

    def search(choose: random.Random) -> str:
        return f"movies/?q={mistyped(choose.choice(titles), choose)}&limit=20"

    return [
        Kind("feed", 100, 8, 30, get(lambda _: "feed/?limit=20")),
        Kind("similar films", 50, 10, 40, get(similar)),
        Kind("recommendations", 30, 30, 100, get(lambda _: "me/recommendations/?limit=20")),
        Kind("search with a typo", 50, 8, 30, get(search)),
        Kind("rating", 100, 6, 25, rate),
    ]


def mistyped(title: str, choose: random.Random) -> str:
    """The letters of a title, one of them left out, as a query parameter."""
    words = "+".join(plain_words(title))
    gone = choose.randrange(len(words)) if len(words) > 4 else len(words)
    return words[:gone] + words[gone + 1 :]


def plain_words(title: str) -> list[str]:
    """The words of a title that need no escaping in a query; it may have none."""
    return [word for word in title.split() if word.isascii() and word.isalpha()]


def asked(kind: Kind, port: int, members: Sequence[Member], seconds: float) -> Load:
    """The load with its answers, after so many seconds."""
    streams = [_stream(kind, members[n::STREAMS], seed=n) for n in range(STREAMS)]
    with Load(port, streams, rate=kind.rate, root=kind.root) as load:
        time.sleep(seconds)
    return load


def figures(kind: Kind, load: Load) -> list[Figure]:
    """Of one kind of question."""
    waits = [1000 * answer.seconds for answer in load.answers]
    degraded = sum(answer.is_degraded for answer in load.answers)
    return [
        Figure(f"{kind.name}, p50", quantile(waits, 0.5), "ms", at_most=kind.p50),
        Figure(f"{kind.name}, p99", quantile(waits, 0.99), "ms", at_most=kind.p99),
        Figure(f"{kind.name}: answers", len(waits), ""),
        Figure(f"{kind.name}: bad answers", load.failed, "", at_most=0),
        Figure(f"{kind.name}: answers without a store", degraded, "", at_most=0),
    ]


def main() -> int:
    """Each kind of question for half a minute, with every process of the stack on this machine."""
    with own_stack(application=True) as stack:
        from apps.movies.models import Movie

        best = Movie.objects.order_by("-statistics__ratings", "pk")[:FILMS]
        films = dict(best.values_list("pk", "title"))
        members = make_members("bench", 4 * STREAMS)
        make_opinions(members, list(films))
        settle()
        manage("train_recommendations").check_returncode()
        wait_for_index()
        found: list[Figure] = []
        for kind in kinds(list(films), [title for title in films.values() if plain_words(title)]):
            asked(kind, stack.layout.web_port, members, WARM_SECONDS)
            settle()
            print(f"{kind.name}: {kind.rate} a second for {SECONDS} s", flush=True)
            found += figures(kind, asked(kind, stack.layout.web_port, members, SECONDS))
    return report("answers", found)


def wait_for_index() -> None:
    """Films that were stored a minute ago are still being indexed, which takes a core."""
    from apps.vectors.collections import are_films_indexed

    end = time.monotonic() + INDEX_SECONDS
    while not are_films_indexed():
        if time.monotonic() > end:
            raise TimeoutError("The films' vectors are not indexed yet.")
        time.sleep(1)


def make_opinions(members: Sequence[Member], films: Sequence[int]) -> None:
    """Each member rates some of these films, and follows the members after them."""
    from apps.movies.actions import rate_movie
    from apps.movies.models import Movie
    from apps.users.actions import follow_user
    from apps.users.models import User

    choose = random.Random(1)  # noqa: S311 - guards nothing
    movies = Movie.objects.in_bulk(films)
    users = User.objects.in_bulk([member.id for member in members])
    for place, member in enumerate(members):
        user = users[member.id]
        for pk in choose.sample(films, RATED):
            rate_movie(user=user, movie=movies[pk], half_stars=choose.randint(5, 10))
        for step in range(1, FOLLOWED + 1):
            followee = users[members[(place + step) % len(members)].id]
            follow_user(follower=user, followee=followee)


def _stream(kind: Kind, members: Sequence[Member], *, seed: int) -> Iterator[Request]:
    choose = random.Random(seed)  # noqa: S311 - guards nothing
    while True:
        yield kind.ask(choose.choice(members), choose)


if __name__ == "__main__":
    sys.exit(main())
