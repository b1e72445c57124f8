"""The vector store in our words: films and members' tastes as points, and what is like what."""

from functools import cache

from apps.vectors.reads import VectorReads
from apps.vectors.writes import VectorWrites


class VectorStore(VectorReads, VectorWrites):
    """Qdrant's films and tastes. Holds no state: the connection is the process's."""


@cache
def get_vectors() -> VectorStore:
    """The vector store."""
    return VectorStore()
