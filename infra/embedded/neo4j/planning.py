"""Lets Neo4j plan what visitors ask, as a start of the application does, without loading Django."""

from infra.embedded.neo4j.service import USER


def plan_questions(uri: str, password: str) -> None:
    """Plan each question anew, and once more as visitors ask it; nobody waits meanwhile."""
    from neo4j import GraphDatabase, NotificationMinimumSeverity

    from apps.graph.planning import AS_PLANNED, PLAN_ANEW
    from apps.graph.questions import VISITORS_QUESTIONS

    with GraphDatabase.driver(
        uri, auth=(USER, password), notifications_min_severity=NotificationMinimumSeverity.OFF
    ) as driver:
        for query, parameters in VISITORS_QUESTIONS:
            for way in (PLAN_ANEW, AS_PLANNED):
                driver.execute_query(way + query, parameters, routing_="r")
