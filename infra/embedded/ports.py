"""Sees to it that every port is free before anything is started."""

import socket

from infra.embedded.errors import EmbeddedError
from infra.embedded.processes import EMBEDDER, FLOWER, WEB
from infra.embedded.stack import Stack


def ports_of(stack: Stack) -> dict[str, list[tuple[str, int]]]:
    """What each service listens on: its ports, each with a word for it."""
    layout = stack.layout
    ports = {
        WEB: [("web", layout.web_port)],
        FLOWER: [("Flower", layout.flower_port)],
        "neo4j": [
            ("Neo4j Browser", layout.neo4j_http_port),
            ("Neo4j Bolt", layout.neo4j_bolt_port),
        ],
        "vectors": [("the vector store", layout.vectors_port)],
        "valkey": [("Valkey", layout.valkey_port)],
        EMBEDDER: [("the embedder", layout.embedding_port)],
    }
    return {name: ports[name] for name in stack.services if name in ports}


def refuse_taken_ports(stack: Stack, running: set[str]) -> None:
    """Raise when another program holds a port of a service that does not run yet."""
    taken = [
        f"port {port} ({what})"
        for name, ports in ports_of(stack).items()
        if name not in running
        for what, port in ports
        if _is_taken(port)
    ]
    if taken:
        verb = "is" if len(taken) == 1 else "are"
        raise EmbeddedError(
            f"{', '.join(taken)} {verb} taken by another program. Nothing was started. Stop it, or "
            f"choose other ports: PORT_BASE is {stack.layout.port_base} now, so for example "
            f"`make up PORT_BASE={stack.layout.port_base + 1000}`."
        )


def _is_taken(port: int) -> bool:
    """Try to listen, as the service will; then ask, since macOS lets two listen."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    with socket.socket() as client:
        client.settimeout(0.5)
        return client.connect_ex(("127.0.0.1", port)) == 0
