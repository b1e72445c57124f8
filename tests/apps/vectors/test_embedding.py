"""The seam between texts and vectors: cache first, then the service, and openly nothing."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import httpx
import numpy as np
import pytest
from django.conf import settings as django_settings
from numpy.typing import NDArray
from pytest_django import Settings

from apps.vectors import embedding
from apps.vectors.embedding import Embedder
from apps.vectors.embedding_cache import EmbeddingCache, text_digest
from apps.vectors.embedding_client import MOST_CHARACTERS, EmbeddingClient, get_client
from apps.vectors.errors import EmbeddingUnavailable
from apps.vectors.identity import Described
from tests.apps.vectors.conftest import unit
from tests.embedding import IDENTITY, HashedWords, HashedWordsService

ROOT = Path(__file__).resolve().parents[3]
NOBODY = "http://127.0.0.1:1"
EmbedderOf = Callable[[str], Embedder]


@pytest.fixture
def service() -> Iterator[HashedWordsService]:
    """A model of the test's own."""
    with HashedWordsService() as made:
        yield made


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of somebody who accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def client_of_model() -> Iterator[Callable[[str], EmbeddingClient]]:
    """Clients that are closed with the test."""
    made: list[EmbeddingClient] = []

    def connect(url: str) -> EmbeddingClient:
        made.append(EmbeddingClient(url))
        return made[-1]

    yield connect
    for client in made:
        client.close()


@pytest.fixture
def embedder(tmp_path: Path, client_of_model: Callable[[str], EmbeddingClient]) -> EmbedderOf:
    """An embedder over a service, whose cache holds one text."""
    cache = EmbeddingCache(tmp_path / "cache.npz", IDENTITY)
    cache.add({text_digest("held"): unit(1)})
    return lambda url: Embedder(IDENTITY, cache, client_of_model(url))


class BusyWords(HashedWords):
    """Two texts a second, as a machine with other work embeds long ones."""

    def embed(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """The vectors, in their time."""
        time.sleep(len(texts) / 2)
        return super().embed(texts)


def test_a_busy_machine_embeds_some_texts_of_many(
    embedder: EmbedderOf, service: HashedWordsService
) -> None:
    service.server.model = BusyWords()
    assert embedder(service.url).embed([f"text {number}" for number in range(32)])


def test_the_cache_is_asked_first(embedder: EmbedderOf, service: HashedWordsService) -> None:
    made = embedder(service.url)
    assert made.embed_query("held") == pytest.approx(unit(1))
    found = made.embed(["held", "new", "new"])
    assert found.keys() == {"held", "new"}
    assert found["held"] == pytest.approx(unit(1))
    assert found["new"] == pytest.approx(HashedWords().embed(["new"])[0], abs=1e-6)


def test_many_texts_go_in_parts(embedder: EmbedderOf, service: HashedWordsService) -> None:
    texts = [f"text {number}" for number in range(100)]
    assert embedder(service.url).embed(texts).keys() == set(texts)


def test_a_very_long_text_is_cut(embedder: EmbedderOf, service: HashedWordsService) -> None:
    text = "word " * MOST_CHARACTERS
    found = embedder(service.url).embed([text])
    assert found[text] == pytest.approx(HashedWords().embed(["word"])[0], abs=1e-5)


def test_without_the_service_the_cache_serves_on(embedder: EmbedderOf) -> None:
    made = embedder(NOBODY)
    assert made.embed(["held", "new"]).keys() == {"held"}
    with pytest.raises(EmbeddingUnavailable) as caught:
        made.embed_query("new")
    assert caught.value.store == "embedding"


def test_a_silent_service_costs_a_query_300_ms(embedder: EmbedderOf, silent: str) -> None:
    made = embedder(silent)
    started = time.monotonic()
    with pytest.raises(EmbeddingUnavailable):
        made.embed_query("new")
    assert time.monotonic() - started < 0.3


def test_a_silent_service_costs_a_delivery_less_than_its_lease(
    embedder: EmbedderOf, silent: str
) -> None:
    made = embedder(silent)
    started = time.monotonic()
    assert made.embed([f"text {number}" for number in range(256)]) == {}
    assert time.monotonic() - started < 4.5
    again = time.monotonic()
    assert made.embed(["new"]) == {}
    assert time.monotonic() - again < 0.5


@pytest.mark.parametrize(
    "change", [{"weights_sha256": "0" * 64}, {"dtype": "float16"}, {"model": "other"}]
)
def test_vectors_of_another_model_are_refused(embedder: EmbedderOf, change: dict[str, str]) -> None:
    with HashedWordsService(replace(IDENTITY, **change)) as other:
        made = embedder(other.url)
        assert made.embed(["new"]) == {}
        with pytest.raises(EmbeddingUnavailable, match="instead of"):
            made.embed_query("new")


def test_a_model_without_pinned_weights_is_what_the_service_says(settings: Settings) -> None:
    environment = django_settings.ENVIRONMENT
    mine = replace(IDENTITY, model="somebody/their-model", weights_sha256="1" * 64)
    with HashedWordsService(mine) as other:
        named = replace(environment.embedding, model=mine.model, url=other.url)
        settings.ENVIRONMENT = replace(environment, embedding=named)
        get_client().close()
        get_client.cache_clear()
        try:
            assert embedding.known_model() == Described(mine, 384)
            assert embedding.cache_path().name == "their-model.npz"
            settings.ENVIRONMENT = replace(
                environment, embedding=replace(named, model="somebody/unloadable")
            )
            with pytest.raises(EmbeddingUnavailable):
                embedding.known_model()
        finally:
            get_client().close()
            get_client.cache_clear()


def test_the_web_process_never_imports_torch() -> None:
    program = (
        "import sys, config.wsgi\n"
        "from apps.vectors import projectors, rebuild\n"
        "from apps.vectors.management.commands import build_embedding_cache, serve_embeddings\n"
        "assert not {'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)\n"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"no json", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"texts": "one"}', 400),
        (b'{"texts": [1]}', 400),
        (b'{"texts": [%s]}' % b",".join([b'"a"'] * 65), 400),
        (b'{"texts": ["%s"]}' % (b"a" * (MOST_CHARACTERS + 1)), 400),
        (b'{"texts": []}', 200),
        (b'{"texts": ["a"]}', 200),
    ],
)
def test_what_the_server_takes(service: HashedWordsService, body: bytes, status: int) -> None:
    answer = httpx.post(f"{service.url}/embed", content=body)
    assert answer.status_code == status
    assert ("error" in answer.json()) == (status == 400)


def test_the_server_knows_no_other_address(service: HashedWordsService) -> None:
    assert httpx.get(f"{service.url}/embed").status_code == 404
    assert httpx.post(f"{service.url}/other", content=b"{}").status_code == 404
    assert httpx.get(f"{service.url}/readyz").json() == {
        "identity": IDENTITY.as_json(),
        "dimensions": 384,
    }


def test_a_body_without_a_length_or_too_long_is_refused(service: HashedWordsService) -> None:
    assert httpx.post(f"{service.url}/embed", content=iter([b"{}"])).status_code == 411
    connection = HTTPConnection(service.url.removeprefix("http://"), timeout=5)
    connection.putrequest("POST", "/embed")
    connection.putheader("Content-Length", "99999999")
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_while_the_model_loads_the_server_says_so(
    service: HashedWordsService, client_of_model: Callable[[str], EmbeddingClient]
) -> None:
    service.server.model = None
    assert httpx.get(f"{service.url}/readyz").status_code == 503
    with pytest.raises(EmbeddingUnavailable):
        client_of_model(service.url).query("text")
