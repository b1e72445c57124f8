"""What the vector store can be asked, within 200 ms; StoreUnavailable beyond.

Every question resolves the live generation once, before it leaves this thread, and is one HTTP
call. A collection that is gone makes it resolve again, once.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Generic, TypeVar

from qdrant_client import QdrantClient

from apps.common.breaker import Call
from apps.common.errors import StoreUnavailable
from apps.vectors import client, generations, searches
from apps.vectors.errors import CollectionMissing, PointMissing
from apps.vectors.filters import FilmFilter, alive
from apps.vectors.points import FilmQuery, Hit, Vector

T = TypeVar("T")
Work = Callable[[QdrantClient, str], T]
"""A question to the collections of one generation."""


class Answer(Generic[T]):
    """A question under way against the live generation."""

    def __init__(self, work: Work[T]) -> None:
        """Resolve the generation and ask; what fails on the way comes out of `result`."""
        self._work = work
        self._call = self._ask()

    def result(self) -> T:
        """The answer, at most 200 ms after the question; StoreUnavailable otherwise."""
        try:
            return self._call.result()
        except CollectionMissing:
            generations.pointer.forget()
        try:
            return self._ask().result()
        except CollectionMissing as error:
            raise StoreUnavailable(client.STORE, str(error)) from error

    def _ask(self) -> Call[T]:
        generation = generations.pointer.resolve()
        return client.start(lambda qdrant: self._work(qdrant, generation))


class VectorReads:
    """The reading half of the store."""

    def similar(
        self,
        positive_ids: Sequence[int],
        negative_ids: Sequence[int] = (),
        *,
        filters: FilmFilter = FilmFilter(),  # noqa: B008 - frozen
        limit: int = 10,
        vector: Vector | None = None,
    ) -> list[tuple[int, float]]:
        """Films like some (their mean, with `vector`), unlike others: (movie id, cosine)."""
        return self._best(FilmQuery(positive_ids, negative_ids, vector, filters, limit))

    def nearest_to(
        self,
        vector: Vector,
        filters: FilmFilter = FilmFilter(),  # noqa: B008 - frozen
        limit: int = 10,
    ) -> list[tuple[int, float]]:
        """Films whose text is nearest to a vector: (movie id, cosine)."""
        return self._best(FilmQuery(vector=vector, filters=filters, limit=limit))

    def query_batch(self, queries: Sequence[FilmQuery]) -> list[list[Hit]]:
        """What each query finds, best first, in one HTTP call. Ids without a vector are ignored."""
        return self.start_batch(queries).result()

    def start_batch(self, queries: Sequence[FilmQuery]) -> Answer[list[list[Hit]]]:
        """`query_batch` under way, so that another store can be asked meanwhile."""
        return Answer(
            lambda qdrant, live: searches.search(qdrant, generations.films(live), queries)
        )

    def vectors_of(self, movie_ids: Collection[int]) -> dict[int, Vector]:
        """The vectors of those of these films that have one."""
        ids = sorted(set(movie_ids))
        if not ids:
            return {}
        return Answer(
            lambda qdrant, live: searches.vectors(qdrant, generations.films(live), ids)
        ).result()

    def people_like(self, user_id: int, limit: int = 10) -> list[tuple[int, float]]:
        """Members whose taste is nearest to this one's, who may have none: (user id, cosine)."""

        def ask(qdrant: QdrantClient, live: str) -> list[tuple[int, float]]:
            return searches.neighbours(qdrant, generations.tastes(live), user_id, limit)

        try:
            return Answer(ask).result()
        except PointMissing:
            return []

    def counts(self) -> dict[str, int]:
        """How many films and tastes there are, tombstones apart."""
        return Answer(_counts).result()

    def _best(self, query: FilmQuery) -> list[tuple[int, float]]:
        (hits,) = self.query_batch([query])
        return [(hit.movie_id, hit.score) for hit in hits]


def _counts(qdrant: QdrantClient, live: str) -> dict[str, int]:
    names = {"films": generations.films(live), "tastes": generations.tastes(live)}
    return {
        name: qdrant.count(collection, count_filter=alive(), exact=True).count
        for name, collection in names.items()
    }
