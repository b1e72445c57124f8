"""Two writers at once on the same edges: the higher fence holds every one of them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from random import Random

from apps.graph.store import GraphStore
from apps.movies.selectors import Film, FilmCredit, RatingFact
from apps.outbox.fences import Fence

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TITLES = "MATCH (film:Movie) WHERE film.id IN $ids RETURN DISTINCT film.title AS title"
CREDITS = """
MATCH (film:Movie)<-[:ACTED_IN]-(person:Person) WHERE film.id IN $ids
RETURN film.id AS id, count(*) AS credits
"""


def side_by_side(*writes: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(writes)) as pool:
        for done in [pool.submit(write) for write in writes]:
            done.result()


def test_overlapping_batches_of_likes(
    graph: GraphStore, fences: Iterator[Fence], ids: range
) -> None:
    pairs = [(user, movie) for user in ids[:15] for movie in ids[15:35]]

    def put(half_stars: int, fence: Fence, seed: int) -> None:
        mixed = Random(seed).sample(pairs, len(pairs))
        graph.put_likes([RatingFact(*pair, half_stars, NOW) for pair in mixed], fence)

    for turn in range(6):
        low, high = next(fences), next(fences)
        side_by_side(lambda: put(8, low, turn), lambda: put(10, high, turn + 100))  # noqa: B023
        likes = [like for user in ids[:15] for like in graph.likes_of(user)]
        assert len(likes) == len(pairs)
        assert {like.stars for like in likes} == {5.0}


def test_a_put_and_a_drop_of_the_same_likes(
    graph: GraphStore, fences: Iterator[Fence], ids: range
) -> None:
    pairs = [(user, movie) for user in ids[:10] for movie in ids[15:30]]
    for turn in range(6):
        low, high = next(fences), next(fences)
        put, drop = (low, high) if turn % 2 else (high, low)
        likes = [RatingFact(*pair, 9, NOW) for pair in pairs]
        side_by_side(
            lambda: graph.put_likes(likes, put),  # noqa: B023
            lambda: graph.drop_likes(pairs, drop),  # noqa: B023
        )
        held = [like for user in ids[:10] for like in graph.likes_of(user)]
        assert len(held) == (0 if drop is high else len(pairs))


def test_overlapping_batches_of_films(
    graph: GraphStore, fences: Iterator[Fence], ids: range
) -> None:
    numbers, people = list(ids[:40]), ids[40:60]

    def films(title: str, cast: int) -> list[Film]:
        made = tuple(FilmCredit(people[at], "Name", "actor", at) for at in range(cast))
        return [Film(number, title, 1990, "", "", ("Drama",), (), made) for number in numbers]

    for _ in range(4):
        low, high = next(fences), next(fences)
        side_by_side(
            lambda: graph.put_movies(films("low", 12), low),  # noqa: B023
            lambda: graph.put_movies(films("high", 5), high),  # noqa: B023
            lambda: graph.put_likes([RatingFact(ids[70], one, 9, NOW) for one in numbers], low),  # noqa: B023
        )
        assert graph.bolt.read_slowly(TITLES, ids=numbers) == [{"title": "high"}]
        credits = graph.bolt.read_slowly(CREDITS, ids=numbers)
        assert {row["credits"] for row in credits} == {5}
        assert len(credits) == len(numbers)
        assert len(graph.likes_of(ids[70])) == len(numbers)
