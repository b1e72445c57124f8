"""What the settings say of Qdrant and of the embedding model, with types that mypy can see."""

from pathlib import Path
from typing import Any, Protocol, cast

from django.conf import settings


class Qdrant(Protocol):
    """Where the store is."""

    url: str
    api_key: str | None


class Embedding(Protocol):
    """Which model embeds, what runs it in which precision, and where that process answers."""

    model: str
    backend: str
    dtype: str
    url: str


def qdrant() -> Qdrant:
    """The store."""
    return cast(Qdrant, _environment().qdrant)


def embedding() -> Embedding:
    """The model."""
    return cast(Embedding, _environment().embedding)


def embeddings_folder() -> Path:
    """Where cached vectors lie."""
    root: Path = settings.ROOT  # type: ignore[misc]  # ours, set in config.settings.base
    return root / "data" / "embeddings"


def _environment() -> Any:
    return settings.ENVIRONMENT  # type: ignore[misc]  # ours, typed in config.env
