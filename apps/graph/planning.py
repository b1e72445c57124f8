"""When Neo4j plans a query: it takes longer than a visitor may wait, so never while one does."""

from typing import LiteralString

AS_PLANNED: LiteralString = "CYPHER replan=skip "
PLAN_ANEW: LiteralString = "CYPHER replan=force "
