"""The four stores as services, built from one layout for the stack and for the tests alike."""

from infra.embedded.credentials import Credentials, vectors_key_file
from infra.embedded.layout import Layout
from infra.embedded.neo4j.service import neo4j
from infra.embedded.postgres import postgres
from infra.embedded.services import Service
from infra.embedded.valkey import valkey
from infra.embedded.vectors import vectors


def store_services(
    layout: Layout, credentials: Credentials, *, durable: bool = True
) -> dict[str, Service]:
    """Every store by its name; `durable=False` is for tests: less memory, no fsync."""
    services = (
        postgres(
            data=layout.data / "postgres",
            sockets=layout.sockets,
            credentials=credentials,
            durable=durable,
        ),
        valkey(
            data=layout.data / "valkey",
            port=layout.valkey_port,
            password=credentials.valkey,
            durable=durable,
        ),
        neo4j(
            data=layout.data / "neo4j",
            http_port=layout.neo4j_http_port,
            bolt_port=layout.neo4j_bolt_port,
            password=credentials.neo4j,
            guide_url=f"http://127.0.0.1:{layout.web_port}/static/neo4j/cinemesh.html",
            durable=durable,
        ),
        vectors(
            data=layout.data / "qdrant",
            port=layout.vectors_port,
            api_key_file=vectors_key_file(layout, credentials),
        ),
    )
    return {service.name: service for service in services}
