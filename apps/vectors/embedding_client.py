"""HTTP to the process that runs the model (`manage.py serve_embeddings`)."""

import math
import os
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import urlencode

import httpx
import numpy as np
import orjson

from apps.common.breaker import Breaker
from apps.common.errors import StoreUnavailable
from apps.vectors import configuration
from apps.vectors.errors import EmbeddingUnavailable, UnusableModel
from apps.vectors.identity import ModelIdentity, read_identity
from apps.vectors.points import Vector

MOST_TEXTS = 64
MOST_CHARACTERS = 50_000
"""What is longer is cut: models read a few hundred words at most."""

QUERY_SECONDS = 0.25
BULK_SECONDS = 2.5


class Away(Exception):
    """The process did not give an answer that can be used. Never leaves this module."""


class EmbeddingClient:
    """One process's way to the model: short calls for queries, longer ones for films."""

    def __init__(self, url: str) -> None:
        """Connects at the first call."""
        self._http = httpx.Client(base_url=url, timeout=httpx.Timeout(BULK_SECONDS, connect=0.5))
        self._query = Breaker("embedding", errors=(Away,), deadline=QUERY_SECONDS)
        self._bulk = Breaker(
            "embedding", errors=(Away,), deadline=BULK_SECONDS, threshold=1, pause=2.0
        )

    def query(self, text: str, model: str = "") -> tuple[ModelIdentity, Vector]:
        """The vector of a text within 250 ms, and what made it; EmbeddingUnavailable otherwise."""
        try:
            made_by, vectors = self._called(self._query, [text], model)
        except UnusableModel as error:
            raise EmbeddingUnavailable(str(error)) from error
        return made_by, vectors[0]

    def embed(self, texts: Sequence[str], model: str = "") -> tuple[ModelIdentity, list[Vector]]:
        """The vectors of at most 64 texts within 2.5 s; EmbeddingUnavailable otherwise.

        UnusableModel when it answers, but not with one vector of length 1 for each text: it will
        not do so later either.
        """
        return self._called(self._bulk, texts, model)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def describe(self, model: str = "") -> tuple[ModelIdentity, int]:
        """Which model answers, and its dimensions; EmbeddingUnavailable when none does."""
        path = f"/readyz?{urlencode({'model': model})}" if model else "/readyz"
        try:
            answer = self._bulk.call(lambda: self._ask("GET", path))
            return read_identity(answer["identity"]), int(answer["dimensions"])
        except StoreUnavailable as error:
            raise EmbeddingUnavailable(error.reason) from error
        except (KeyError, ValueError) as error:
            raise EmbeddingUnavailable(f"It does not say which model it runs: {error}") from error

    def _called(
        self, breaker: Breaker, texts: Sequence[str], model: str
    ) -> tuple[ModelIdentity, list[Vector]]:
        short = [text[:MOST_CHARACTERS] for text in texts]
        try:
            return breaker.call(lambda: self._embed(short, model))
        except StoreUnavailable as error:
            raise EmbeddingUnavailable(error.reason) from error

    def _embed(self, texts: Sequence[str], model: str) -> tuple[ModelIdentity, list[Vector]]:
        question = {"texts": texts, "model": model}
        answer = self._ask("POST", "/embed", content=orjson.dumps(question))
        try:
            made_by, given = read_identity(answer["identity"]), answer["vectors"]
        except (KeyError, ValueError, TypeError) as error:
            raise Away(f"an answer of another form: {error}") from error
        try:
            vectors = np.asarray(given, dtype=np.float32).reshape(len(texts), -1)
        except (ValueError, TypeError) as error:
            raise UnusableModel(f"Not one vector for each text: {error}") from error
        if not all(math.isclose(x, 1, abs_tol=0.01) for x in np.linalg.norm(vectors, axis=1)):
            raise UnusableModel("A text's vector is not of length 1.")
        return made_by, list(vectors)

    def _ask(self, method: str, path: str, content: bytes | None = None) -> Any:
        try:
            response = self._http.request(method, path, content=content)
            if response.status_code in {400, 413}:
                raise UnusableModel(f"The embedding service refuses a text: {response.text[:200]}")
            response.raise_for_status()
            return orjson.loads(response.content)
        except (httpx.HTTPError, orjson.JSONDecodeError) as error:
            raise Away(f"{type(error).__name__}: {error}") from error


@cache
def get_client() -> EmbeddingClient:
    """The client of this process."""
    return EmbeddingClient(configuration.embedding().url)


os.register_at_fork(after_in_child=get_client.cache_clear)
