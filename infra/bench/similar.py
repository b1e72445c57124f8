"""Similar films among 100,000: how many of the nearest are found, and how fast, under filters.

The sample's films and passages of their plots are in every store. First the vector store is asked
as the application asks it, then the whole endpoint: about all films, and under filters that let
half of them pass, a tenth, a hundredth and a thousandth.
"""

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import httpx
import numpy as np

from infra.bench.answers import STREAMS, WARM_SECONDS, Kind, asked, figures, wait_for_index
from infra.bench.figures import Figure, report
from infra.bench.lag import settle
from infra.bench.load import Load, Request
from infra.bench.members import Member, make_members
from infra.bench.own_stack import own_stack
from infra.bench.passages import add_passages
from infra.bench.rebuild import manage

FILMS = 100_000
SHARES = (0.5, 0.1, 0.01, 0.001)
NEAR = 0.1
"""By how much of itself what a filter lets pass may differ from the share that it stands for."""

FILTERS = 20
"""For each share, at most."""

WIDTHS = (1, 2, 3, 5, 8, 13, 20, 30, 50, 80)
"""Years from the first to the last of a filter."""

RATE, P50, P99 = 50, 10, 40
SECONDS = 20
JAVA_SECONDS = 200
"""Before the endpoint's first kind: Neo4j's Java has compiled all after some 10,000 questions."""

QUESTIONS, LIMIT = 300, 10


@dataclass(frozen=True)
class Filter:
    """A genre and years, as `POST similar/` takes them."""

    year_min: int = 0
    year_max: int = 0
    genre: str = ""

    def as_json(self) -> dict[str, Any]:
        """Without what it does not ask."""
        return {name: value for name, value in asdict(self).items() if value}


def filters_of(share: float, films: Sequence[tuple[int, Sequence[str]]]) -> list[Filter]:
    """Filters that about this share of films passes, each film a year, or 0, and its genres."""
    years = np.array([year for year, _ in films])
    known = range(int(years[years > 0].min()), int(years.max()) + 1)
    found = []
    for genre in ["", *sorted({genre for _, genres in films for genre in genres})]:
        belongs = np.array([not genre or genre in genres for _, genres in films])
        until = np.bincount(years[belongs], minlength=known.stop + max(WIDTHS)).cumsum()
        for first, width in product(known, WIDTHS):
            passing = until[first + width - 1] - until[first - 1]
            if abs(passing / len(films) - share) <= NEAR * share:
                found.append(Filter(first, first + width - 1, genre))
    return random.Random(1).sample(found, min(FILTERS, len(found)))  # noqa: S311 - guards nothing


def question(film: int, conditions: Filter, *, exact: bool = False) -> dict[str, Any]:
    """What the store is asked for films like one, of its content alone."""
    from apps.vectors import searches
    from apps.vectors.filters import FilmFilter, film_conditions
    from apps.vectors.points import EF
    from apps.vectors.writes import CONTENT

    wanted = FilmFilter(
        genres=(conditions.genre,) if conditions.genre else (),
        year_min=conditions.year_min or None,
        year_max=conditions.year_max or None,
    )
    return {
        "query": {"recommend": {"positive": [film], "strategy": "average_vector"}},
        "using": CONTENT,
        "filter": film_conditions(wanted),
        "params": {"exact": True} if exact else searches.params(EF),
        "limit": LIMIT,
    }


def found_of(
    store: httpx.Client, path: str, films: Sequence[int], filters: Sequence[Filter]
) -> tuple[float, int]:
    """Recall@10 against exact search, and how many answers were shorter than the exact ones."""
    choose = random.Random(2)  # noqa: S311 - guards nothing
    recalls, short = [], 0
    for _ in range(QUESTIONS):
        film, conditions = choose.choice(films), choose.choice(filters)
        pair = [question(film, conditions, exact=exact) for exact in (False, True)]
        answer = store.post(path, json={"searches": pair}).raise_for_status().json()["result"]
        near, nearest = ({point["id"] for point in one["points"]} for one in answer)
        recalls.append(len(near & nearest) / len(nearest) if nearest else 1.0)
        short += len(near) < len(nearest)
    return float(np.mean(recalls)), short


def rest_of_the_store() -> httpx.Client:
    """Its REST API, where Django's settings say."""
    from apps.vectors.configuration import qdrant

    said = qdrant()
    return httpx.Client(base_url=said.url, headers={"api-key": said.api_key or ""}, timeout=60)


def of_the_store(
    port: int, films: Sequence[int], by_name: Mapping[str, Sequence[Filter]]
) -> list[Figure]:
    """Recall and times of the store alone."""
    from apps.vectors import generations
    from apps.vectors.configuration import qdrant

    collection = f"/collections/{generations.films(generations.pointer.resolve())}"
    path = f"{collection}/points/query/batch"
    ours = [Member(0, "", qdrant().api_key or "")] * STREAMS
    found = []
    for name, filters in by_name.items():

        def ask(one: Member, choose: random.Random, filters: Sequence[Filter] = filters) -> Request:
            near = question(choose.choice(films), choose.choice(filters))
            return Request(one.token, "POST", path, {"searches": [near]})

        with rest_of_the_store() as store:
            recall, short = found_of(store, path, films, filters)
        kind = Kind(f"store, {name}", RATE, P50, P99, ask, root="")
        found += [
            Figure(f"{kind.name}: recall@{LIMIT}", recall, "", at_least=0.98),
            Figure(f"{kind.name}: pages not full", short, "", at_most=0),
            *figures(kind, _under_load(kind, port, ours)),
        ]
    return found


def of_the_endpoint(
    port: int,
    members: Sequence[Member],
    films: Sequence[int],
    by_name: Mapping[str, Sequence[Filter]],
) -> list[Figure]:
    """Times of `GET movies/{id}/similar/` and of `POST similar/` with filters."""
    found: list[Figure] = []
    for name, filters in by_name.items():

        def ask(one: Member, choose: random.Random, filters: Sequence[Filter] = filters) -> Request:
            film, conditions = choose.choice(films), choose.choice(filters).as_json()
            if not conditions:
                return Request(one.token, "GET", f"movies/{film}/similar/?limit={LIMIT}")
            body = {"like": [film], "filters": conditions, "limit": LIMIT}
            return Request(one.token, "POST", "similar/", body)

        kind = Kind(f"endpoint, {name}", RATE, P50, P99, ask)
        if not found:
            asked(kind, port, members, JAVA_SECONDS)
        load = _under_load(kind, port, members)
        short = sum(answer.items < LIMIT for answer in load.answers)
        found += [
            *figures(kind, load),
            Figure(f"{kind.name}: pages not full", short, "", at_most=0),
        ]
    return found


def _under_load(kind: Kind, port: int, members: Sequence[Member]) -> Load:
    asked(kind, port, members, WARM_SECONDS)
    print(f"{kind.name}: {kind.rate} a second for {SECONDS} s", flush=True)
    return asked(kind, port, members, SECONDS)


def main() -> int:
    """The store alone, then the endpoint, with every process of the stack on this machine."""
    with own_stack(application=True) as stack:
        from apps.movies.models import Movie
        from apps.movies.selectors import films as films_of

        add_passages(FILMS)
        manage("rebuild", "graph", "recommendations", "--in-place").check_returncode()
        members = make_members("bench", 4 * STREAMS)
        settle()
        wait_for_index()
        films = list(Movie.objects.order_by("pk").values_list("pk", flat=True))
        told = [(film.year or 0, film.genres) for film in films_of(films).values()]
        by_name = {"all": [Filter()]}
        by_name |= {f"{100 * share:g} %": filters_of(share, told) for share in SHARES}
        vectors = of_the_store(stack.layout.vectors_port, films, by_name)
        whole = of_the_endpoint(stack.layout.web_port, members, films, by_name)
    return report("similar", [Figure("films", len(films), ""), *vectors, *whole])


if __name__ == "__main__":
    sys.exit(main())
