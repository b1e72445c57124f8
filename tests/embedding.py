"""A model for tests behind our own embedding server: words hashed into 384 numbers.

Texts that share words come out near each other, at no cost and without torch. It says that it is
the model that the settings name, so that vectors of the shipped cache are taken beside its own.
`tests/apps/vectors/test_embedding_service.py` runs the same suite on it and on the real one.
"""

import re
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from apps.vectors.embedding_server import EmbeddingServer
from apps.vectors.identity import MINILM, PINNED, ModelIdentity

IDENTITY = ModelIdentity(MINILM, PINNED[MINILM].weights_sha256, "torch", "float32")
_WORD = re.compile(r"\w+")


class HashedWords:
    """Each word is a direction; a text is the sum of its words, of length 1."""

    def __init__(self, identity: ModelIdentity = IDENTITY, dimensions: int = 384) -> None:
        self.identity = identity
        self.dimensions = dimensions
        self._salt = "" if identity.model == IDENTITY.model else identity.model

    def embed(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """The vectors of texts."""
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> NDArray[np.float32]:
        total = np.zeros(self.dimensions)
        for word in _WORD.findall(text.lower()) or [""]:
            seed = crc32(f"{word}{self._salt}".encode())
            total += np.random.default_rng(seed).standard_normal(self.dimensions)
        return (total / np.linalg.norm(total)).astype(np.float32)


def hashed_words(name: str) -> HashedWords:
    """Another model, whose vectors mean nothing to the first; a name may end in `-DIMENSIONS`."""
    if "unloadable" in name:
        raise OSError(name)
    _, _, length = name.rpartition("-")
    dimensions = int(length) if length.isdecimal() else 384
    return HashedWords(ModelIdentity(name, "2" * 64, "torch", "float32"), dimensions)


class HashedWordsService:
    """The server on a free port, in a thread of this process."""

    def __init__(self, identity: ModelIdentity = IDENTITY) -> None:
        self.server = EmbeddingServer("127.0.0.1", 0, hashed_words)
        self.server.model = HashedWords(identity)
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()
