"""Another embedding model: its own generation, and no answer from two of them."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from django.core.management import CommandError, call_command

from apps.movies.actions import rate_movie, update_movie
from apps.movies.models import Movie
from apps.movies.selectors import films
from apps.vectors import editions
from apps.vectors.embedding import model_of
from apps.vectors.errors import EmbeddingUnavailable
from apps.vectors.projectors import text_of
from apps.vectors.store import VectorStore, get_vectors
from tests.apps.vectors.conftest import new_id
from tests.apps.vectors.test_generations import states
from tests.apps.vectors.test_rebuild_while_serving import repeated
from tests.factories import make_movie, make_user

SAME_LENGTH = "tests/other-words"
SHORT = "tests/words-16"
PLOT = "a lighthouse keeper counts storms"


def top(text: str) -> tuple[int, float]:
    """The film whose text is nearest to a text."""
    return get_vectors().nearest_to_text(text, limit=1)[0]


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
