"""The stores' own clients, for looks that go past our code."""

from collections.abc import Mapping

from neo4j import Driver, GraphDatabase
from qdrant_client import QdrantClient


def neo4j_at(environment: Mapping[str, str]) -> Driver:
    """A driver for the graph that these addresses name."""
    auth = (environment["NEO4J_USER"], environment["NEO4J_PASSWORD"])
    return GraphDatabase.driver(environment["NEO4J_URI"], auth=auth)


def qdrant_at(environment: Mapping[str, str]) -> QdrantClient:
    """A client for the vector store that these addresses name; its key, if any, as a header."""
    key = environment.get("QDRANT_API_KEY")
    return QdrantClient(
        url=environment["QDRANT_URL"],
        headers={"api-key": key} if key else None,
        timeout=30,
        check_compatibility=False,
    )
