"""How far the stores are behind, read from the ledger."""

from dataclasses import dataclass

from django.db import connection

from apps.outbox.topics import destinations

STATUS = """
SELECT destination,
    count(message.id),
    COALESCE(EXTRACT(epoch FROM clock_timestamp() - min(message.published_at)), 0)::float8,
    (SELECT count(*) FROM outbox_failure AS failure
     WHERE failure.destination = wanted.destination AND failure.parked_at IS NOT NULL),
    EXISTS (SELECT 1 FROM outbox_circuit AS circuit
     WHERE circuit.destination = wanted.destination AND circuit.open_until > clock_timestamp())
FROM unnest(%s::text[]) AS wanted (destination)
LEFT JOIN outbox_message AS message USING (destination)
GROUP BY destination ORDER BY destination
"""


@dataclass(frozen=True)
class DestinationStatus:
    """How far one destination is behind."""

    destination: str
    depth: int
    oldest_seconds: float
    dead_letters: int
    circuit_open: bool


def destination_status() -> list[DestinationStatus]:
    """Depth, age of the oldest message (seconds), dead letters and circuit of each destination."""
    with connection.cursor() as cursor:
        cursor.execute(STATUS, [list(destinations())])
        return [DestinationStatus(*row) for row in cursor.fetchall()]
