"""What must be in Neo4j before anything is: numbered steps, each of which may run again."""

import logging
from typing import LiteralString

from apps.common.errors import StoreUnavailable
from apps.graph.driver import get_bolt
from apps.graph.store import get_graph

logger = logging.getLogger(__name__)

STEPS: tuple[tuple[int, LiteralString], ...] = (
    (1, "CREATE CONSTRAINT user_id IF NOT EXISTS FOR (n:User) REQUIRE n.id IS UNIQUE"),
    (2, "CREATE CONSTRAINT movie_id IF NOT EXISTS FOR (n:Movie) REQUIRE n.id IS UNIQUE"),
    (3, "CREATE CONSTRAINT person_id IF NOT EXISTS FOR (n:Person) REQUIRE n.id IS UNIQUE"),
    (4, "CREATE CONSTRAINT genre_name IF NOT EXISTS FOR (n:Genre) REQUIRE n.name IS UNIQUE"),
    (5, "CREATE CONSTRAINT tombstone_key IF NOT EXISTS FOR (n:Tombstone) REQUIRE n.key IS UNIQUE"),
    (6, "CREATE CONSTRAINT floor_id IF NOT EXISTS FOR (n:Floor) REQUIRE n.id IS UNIQUE"),
    (7, "CALL db.awaitIndexes(60)"),
    (8, "MERGE (floor:Floor {id: 1}) ON CREATE SET floor.fence = 0"),
    (9, "CREATE CONSTRAINT mark_slot IF NOT EXISTS FOR (n:Mark) REQUIRE n.slot IS UNIQUE"),
)
"""Constraints first: a MERGE without one makes duplicates. A step is never changed, only added.

Relationships need no index: each is found from its owner, and the sweep reads all of them.
"""


def ensure_schema() -> None:
    """Create what is missing, and let the server plan the queries that visitors wait for.

    A machine too busy to plan in time ends no start: the first visitors do without the graph then.
    """
    take_steps()
    try:
        get_graph().warm_up()
    except StoreUnavailable as error:
        logger.warning("The graph's queries are not planned yet: %s", error)


def take_steps() -> None:
    """Create what is missing."""
    for _, statement in STEPS:
        get_bolt().change_schema(statement)
