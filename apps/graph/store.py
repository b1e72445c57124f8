"""The graph in our words. All Cypher is behind it; each process has one."""

from apps.graph.acquaintances import AcquaintanceReads
from apps.graph.driver import Bolt, get_bolt
from apps.graph.edges import EdgeWrites
from apps.graph.evidence import EvidenceReads
from apps.graph.exploring import PeopleReads
from apps.graph.films import FilmWrites
from apps.graph.nodes import NodeWrites
from apps.graph.questions import VISITORS_QUESTIONS
from apps.graph.upkeep import Upkeep


class GraphStore(
    NodeWrites, FilmWrites, EdgeWrites, EvidenceReads, AcquaintanceReads, PeopleReads, Upkeep
):
    """Puts, drops and questions. Raises StoreUnavailable when Neo4j does not answer in time.

    Readers get their answer or the error within 200 ms; writers within 4.5 s.
    """

    def __init__(self, bolt: Bolt) -> None:
        """Speaks through this process's connection."""
        super().__init__(bolt)

    def warm_up(self) -> None:
        """Let the server plan every question that visitors wait for, without a deadline."""
        for query, parameters in VISITORS_QUESTIONS:
            self.bolt.plan(query, **parameters)


def get_graph() -> GraphStore:
    """The graph, through this process's connection."""
    return GraphStore(get_bolt())
