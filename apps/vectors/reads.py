"""What the vector store can be asked, within 200 ms; StoreUnavailable beyond.

Every question resolves the live generation once, before it leaves this thread, and is one HTTP
call. A collection that is gone makes it resolve again, once.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from qdrant_client import QdrantClient

from apps.common.breaker import Call
from apps.common.errors import StoreUnavailable
from apps.vectors import client, generations, recent, searches
from apps.vectors.embedding import embedder_of
from apps.vectors.errors import CollectionMissing, PointMissing
from apps.vectors.filters import FilmFilter, alive
from apps.vectors.points import FilmQuery, Hit, Vector

T = TypeVar("T")
Work = Callable[[QdrantClient], T]
Question = Callable[[str], Work[T]]
"""Gives, for a generation, what to ask of its collections."""


class Answer(Generic[T]):
    """A question under way against the live generation."""

    def __init__(self, question: Question[T]) -> None:
        """Resolve the generation and ask; what fails on the way comes out of `result`."""
        self._question = question
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
        return client.start(self._question(generations.pointer.resolve()))


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

    def nearest_to_text(
        self,
        text: str,
        filters: FilmFilter = FilmFilter(),  # noqa: B008 - frozen
        limit: int = 10,
    ) -> list[tuple[int, float]]:
        """Films whose text is nearest to a text: (movie id, cosine).

        EmbeddingUnavailable, which is a StoreUnavailable, when nothing embeds it.
        """
        return self._best(FilmQuery(text=text, filters=filters, limit=limit))

    def query_batch(self, queries: Sequence[FilmQuery]) -> list[list[Hit]]:
        """What each query finds, best first, in one HTTP call. Ids without a vector are ignored."""
        return self.start_batch(queries).result()

    def start_batch(self, queries: Sequence[FilmQuery]) -> Answer[list[list[Hit]]]:
        """`query_batch` under way, so that another store can be asked meanwhile."""

        def question(live: str) -> Work[list[list[Hit]]]:
            asked = [_embedded(query, live) for query in queries]
            return lambda _: recent.search(generations.films(live), asked)

        return Answer(question)

    def vectors_of(self, movie_ids: Collection[int]) -> dict[int, Vector]:
        """The vectors of those of these films that have one."""
        ids = sorted(set(movie_ids))
        if not ids:
            return {}
        return Answer(
            lambda live: lambda _: searches.vectors(generations.films(live), ids)
        ).result()

    def people_like(self, user_id: int, limit: int = 10) -> list[tuple[int, float]]:
        """Members whose taste is nearest to this one's, who may have none: (user id, cosine)."""

        def question(live: str) -> Work[list[tuple[int, float]]]:
            tastes = generations.tastes(live)
            return lambda qdrant: searches.neighbours(qdrant, tastes, user_id, limit)

        try:
            return Answer(question).result()
        except PointMissing:
            return []

    def counts(self) -> dict[str, int]:
        """How many films and tastes there are, tombstones apart."""
        return Answer(lambda live: lambda qdrant: _counts(qdrant, live)).result()

    def _best(self, query: FilmQuery) -> list[tuple[int, float]]:
        (hits,) = self.query_batch([query])
        return [(hit.movie_id, hit.score) for hit in hits]


def _embedded(query: FilmQuery, generation: str) -> FilmQuery:
    if query.training is not None and query.training != generations.pointer.training:
        return replace(query, vector=None)
    if not query.text:
        return query
    return replace(query, vector=embedder_of(generation).embed_query(query.text), text="")


def _counts(qdrant: QdrantClient, live: str) -> dict[str, int]:
    names = {"films": generations.films(live), "tastes": generations.tastes(live)}
    return {
        name: qdrant.count(collection, count_filter=alive(), exact=True).count
        for name, collection in names.items()
    }
