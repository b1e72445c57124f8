"""The seam between texts and vectors: first the cache, then the process that runs the model.

Nothing here imports torch.
"""

import os
import time
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from apps.vectors import configuration, generations
from apps.vectors.embedding_cache import EmbeddingCache
from apps.vectors.embedding_client import EmbeddingClient, get_client
from apps.vectors.errors import EmbeddingUnavailable
from apps.vectors.identity import PINNED, Described, ModelIdentity, pinned_identity, read_described
from apps.vectors.points import Vector

CHUNK = 4
"""Texts per call: so few that a machine which embeds two a second answers in time. A call that
takes longer would be made again, and again in vain."""

PATIENCE_SECONDS = 1.5
"""After that no further call begins: with the last one a delivery stays within its lease of 5 s."""


class Embedder:
    """Vectors of texts, all made by one model."""

    def __init__(
        self, identity: ModelIdentity, cached: EmbeddingCache, service: EmbeddingClient
    ) -> None:
        """`cached` must hold vectors of this model; what the service gives is checked."""
        self.identity = identity
        self._cache = cached
        self._service = service

    def embed_query(self, text: str) -> Vector:
        """The vector of one text now, within 250 ms; EmbeddingUnavailable otherwise."""
        held = self._cache.get(text)
        if held is not None:
            return held
        made_by, vector = self._service.query(text, self.identity.model)
        self._check(made_by)
        return vector

    def embed(self, texts: Iterable[str]) -> dict[str, Vector]:
        """The vectors of those of these texts that can be had within a few seconds.

        A text that is missing from the answer is to be asked for again later.
        """
        distinct = list(dict.fromkeys(texts))
        found = {text: held for text in distinct if (held := self._cache.get(text)) is not None}
        missing = [text for text in distinct if text not in found]
        end = time.monotonic() + PATIENCE_SECONDS
        for start in range(0, len(missing), CHUNK):
            if time.monotonic() > end:
                break
            chunk = missing[start : start + CHUNK]
            try:
                found.update(self._from_service(chunk))
            except EmbeddingUnavailable:
                break
        return found

    def _from_service(self, texts: Sequence[str]) -> dict[str, Vector]:
        made_by, vectors = self._service.embed(texts, self.identity.model)
        self._check(made_by)
        return dict(zip(texts, vectors, strict=True))

    def _check(self, made_by: ModelIdentity) -> None:
        if made_by != self.identity:
            raise EmbeddingUnavailable(f"{made_by} answers instead of {self.identity}.")


def known_model(name: str = "") -> Described:
    """A model by name, by default the settings'. Unless it is pinned, the service says what it is.

    EmbeddingUnavailable while that does not answer for it.
    """
    wanted = configuration.embedding()
    name = name or wanted.model
    if (pinned := pinned_identity(name)) is not None:
        return Described(pinned, PINNED[name].dimensions)
    made_by, dimensions = get_client().describe(name)
    if (made_by.model, made_by.backend, made_by.dtype) != (name, wanted.backend, wanted.dtype):
        raise EmbeddingUnavailable(f"{made_by} answers, not {name}.")
    return Described(made_by, dimensions)


def model_of(generation: str) -> Described:
    """The model whose vectors a generation holds; the settings' where that was not noted."""
    made_with = generations.made_with(generation)
    return read_described(made_with) if made_with else known_model()


def is_replaced(generation: str) -> bool:
    """Whether another model than a generation's answers in its name, so that its own never will."""
    try:
        own = model_of(generation).identity
        made_by, _ = get_client().describe(own.model)
    except EmbeddingUnavailable:
        return False
    return made_by != own


def cache_path(name: str = "") -> Path:
    """Where the vectors of a model, by default the settings', are cached."""
    name = (name or configuration.embedding().model).rstrip("/").rsplit("/", 1)[-1]
    return configuration.embeddings_folder() / f"{name}.npz"


@cache
def embedder_of(generation: str) -> Embedder:
    """What embeds for a generation; EmbeddingUnavailable while its model is not known yet."""
    model = model_of(generation).identity
    return Embedder(model, EmbeddingCache(cache_path(model.model), model), get_client())


os.register_at_fork(after_in_child=embedder_of.cache_clear)
