"""Another embedding model: its own generation, and no answer from two of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from numpy.typing import NDArray
from qdrant_client import QdrantClient

from apps.movies.actions import delete_movie, rate_movie, update_movie
from apps.movies.models import Movie
from apps.movies.selectors import films
from apps.movies.topics import MOVIE
from apps.outbox import relay
from apps.outbox.models import Failure, Generation, Message
from apps.vectors import editions
from apps.vectors.embedding import embedder_of, model_of
from apps.vectors.errors import EmbeddingUnavailable
from apps.vectors.projectors import text_of
from apps.vectors.store import VectorStore, get_vectors
from apps.vectors.topics import EMBEDDING
from tests.apps.vectors.conftest import NOBODY, new_id
from tests.apps.vectors.test_generations import states
from tests.apps.vectors.test_rebuild_while_serving import repeated
from tests.embedding import HashedWords, HashedWordsService
from tests.factories import make_movie, make_user

Stored = Callable[[str, int], dict[str, Any] | None]

SAME_LENGTH = "tests/other-words"
SHORT = "tests/words-16"
PLOT = "a lighthouse keeper counts storms"


def top(text: str) -> tuple[int, float]:
    """The film whose text is nearest to a text."""
    return get_vectors().nearest_to_text(text, limit=1)[0]


@pytest.fixture
def held_in(qdrant: QdrantClient) -> Callable[[str], set[int]]:
    """The films that a generation has vectors of."""

    def ids(name: str) -> set[int]:
        points, _ = qdrant.scroll(f"films-{name}", limit=10_000, with_vectors=True)
        return {int(point.id) for point in points if point.vector}

    return ids


@pytest.fixture
def lighthouse(drain: Callable[[], int], own_generations: None) -> Movie:
    """A film that a query can name word by word, rated by someone, among others."""
    made = make_movie(f"Lighthouse {new_id()}", plot=PLOT)  # g1 keeps the films of other tests
    for number in range(3):
        make_movie(f"Other {number}", plot="nothing of that kind")
    rate_movie(user=make_user(), movie=made, half_stars=10)
    drain()
    return made


@pytest.mark.parametrize("name", [SAME_LENGTH, SHORT])
def test_a_generation_of_another_model_takes_all_and_can_be_rolled_back(
    lighthouse: Movie,
    vectors: VectorStore,
    drain: Callable[[], int],
    name: str,
) -> None:
    call_command("rebuild", "vectors", "--model", name)
    assert states() == {"g1": "previous", "g2": "live"}
    described = model_of("g2")
    assert described.identity.model == name
    assert len(vectors.vectors_of([lighthouse.pk])[lighthouse.pk]) == described.dimensions

    update_movie(movie=lighthouse, plot=PLOT + " again")
    drain()
    (film,) = films([lighthouse.pk]).values()
    for step in ((), ("--rollback",)):
        if step:
            call_command("rebuild", "vectors", *step)
        assert top(text_of(film)) == (lighthouse.pk, pytest.approx(1, abs=1e-4))


@pytest.mark.django_db(transaction=True)
def test_no_answer_mixes_models_while_the_pointer_moves(lighthouse: Movie) -> None:
    (film,) = films([lighthouse.pk]).values()
    answers: list[tuple[int, float]] = []

    def ask() -> None:
        with suppress(EmbeddingUnavailable):  # a vector that comes too late is in no answer
            answers.append(top(text_of(film)))

    with repeated(ask) as stop:
        call_command("rebuild", "vectors", "--model", SAME_LENGTH)
        for _ in range(3):
            enough = len(answers) + 5
            while len(answers) < enough and not stop.wait(0.01):
                pass
            call_command("rebuild", "vectors", "--rollback")
    assert len(answers) > 15
    assert {pk for pk, _ in answers} == {lighthouse.pk}
    assert min(score for _, score in answers) > 0.999


def test_a_model_that_cannot_be_had_begins_nothing(
    lighthouse: Movie, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editions, "PATIENCE_SECONDS", 0.0)
    with pytest.raises(CommandError, match="embedding"):
        call_command("rebuild", "vectors", "--model", "tests/unloadable")
    assert states() == {"g1": "live"}


@pytest.fixture
def replaced() -> Iterator[Callable[[str], None]]:
    """Has a generation's vectors be of another precision than the service's, until the end."""
    mine = Generation.objects.filter(destination="vectors")

    def note(name: str, dtype: str) -> None:
        generation = mine.get(name=name)
        generation.made_with["dtype"] = dtype
        generation.save()
        embedder_of.cache_clear()

    yield lambda name: note(name, "float16")
    for name in mine.values_list("name", flat=True):
        note(name, "float32")


def test_a_generation_whose_model_is_replaced_holds_up_no_message(
    lighthouse: Movie, replaced: Callable[[str], None], drain: Callable[[], int]
) -> None:
    """As after EMBEDDING_DTYPE was set anew, and the vectors rebuilt."""
    call_command("rebuild", "vectors")
    replaced("g1")
    update_movie(movie=lighthouse, plot=PLOT + " again")
    drain()
    assert states() == {"g1": "retired", "g2": "live"}
    (film,) = films([lighthouse.pk]).values()
    assert top(text_of(film)) == (lighthouse.pk, pytest.approx(1, abs=1e-4))


def test_the_live_generations_model_is_waited_for(
    lighthouse: Movie, replaced: Callable[[str], None], stored: Stored
) -> None:
    call_command("rebuild", "vectors")
    lost = make_movie()
    relay.drain("vectors")
    replaced("g2")
    key = lost.pk
    delete_movie(movie=lost)
    update_movie(movie=lighthouse, title="New")
    relay.drain("vectors")
    assert states() == {"g1": "previous", "g2": "live"}
    assert (stored("films", lighthouse.pk) or {})["title"] == "New"  # in g1
    assert (stored("films", key) or {})["deleted"] is True
    assert Message.objects.filter(topic=MOVIE.name, key=str(lighthouse.pk)).exists()


def test_a_model_that_nobody_runs_is_waited_for_by_every_generation(
    lighthouse: Movie, embedder_at: Callable[[str], None], drain: Callable[[], int]
) -> None:
    call_command("rebuild", "vectors")
    embedder_at(NOBODY)
    update_movie(movie=lighthouse, plot=PLOT + " again")
    relay.drain("vectors", seconds=1)
    assert Message.objects.filter(topic=MOVIE.name, key=str(lighthouse.pk)).exists()
    assert states() == {"g1": "previous", "g2": "live"}
    embedder_at("")
    drain()
    assert states() == {"g1": "previous", "g2": "live"}


class Choosy(HashedWords):
    """Gives no vector of length 1 for some texts, or of another length."""

    def embed(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """The vectors of texts."""
        vectors = super().embed(texts)
        return [self._spoilt(*pair) for pair in zip(texts, vectors, strict=True)]

    def _spoilt(self, text: str, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        if text.startswith("Too short"):
            return vector[1:] / np.linalg.norm(vector[1:])
        return vector * np.float32("nan") if text.startswith("No number") else vector


class Broken(HashedWords):
    """Gives no vector of length 1 for any text."""

    def embed(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """The vectors of texts."""
        return [vector * np.float32("nan") for vector in super().embed(texts)]


@pytest.fixture
def embedded_by(embedder_at: Callable[[str], None]) -> Iterator[Callable[[HashedWords], None]]:
    """Has a model of the test's own embed."""
    with HashedWordsService() as service:

        def answer_with(model: HashedWords) -> None:
            service.server.model = model
            embedder_at(service.url)

        yield answer_with
        embedder_at("")


def test_texts_that_the_model_refuses_end_no_rebuild(
    lighthouse: Movie,
    embedded_by: Callable[[HashedWords], None],
    held_in: Callable[[str], set[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They come as a bulk import brings them, without messages."""
    monkeypatch.setattr(editions, "PATIENCE_SECONDS", 0.0)
    embedded_by(Choosy())
    refused = {make_movie("No number").pk, make_movie("Too short").pk}
    Message.objects.all().delete()
    call_command("rebuild", "vectors")
    assert states() == {"g1": "previous", "g2": "live"}
    assert held_in("g2") == {*Movie.objects.values_list("pk", flat=True)} - refused
    left = Message.objects.filter(topic=EMBEDDING.name)
    assert {int(message.key) for message in left} == refused

    through = left.latest("id").pk
    for pk in refused:
        Failure.objects.create(
            destination="vectors",
            topic=EMBEDDING.name,
            key=str(pk),
            parked_at=timezone.now(),
            parked_through=through,
        )
    call_command("rebuild", "vectors")
    assert states() == {"g1": "retired", "g2": "previous", "g3": "live"}
    assert left.count() == 2


def test_a_model_that_refuses_every_text_serves_nothing(
    lighthouse: Movie,
    embedded_by: Callable[[HashedWords], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(editions, "PATIENCE_SECONDS", 0.0)
    embedded_by(Broken())
    with pytest.raises(CommandError, match="films wait"):
        call_command("rebuild", "vectors")
    assert states() == {"g1": "live", "g2": "retired"}
    assert not Message.objects.filter(topic=EMBEDDING.name).exists()
