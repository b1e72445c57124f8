"""How far the stores are behind, read from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from apps.outbox.errors import NoSuchDeadLetter, SetBack
from apps.outbox.models import Decision, Failure
from apps.outbox.topics import destinations

STATUS = """
SELECT destination,
    count(message.id),
    COALESCE(EXTRACT(epoch FROM clock_timestamp() - min(message.published_at)), 0)::float8,
    (SELECT count(*) FROM outbox_failure AS failure
     WHERE failure.destination = wanted.destination AND failure.parked_at IS NOT NULL),
    EXISTS (SELECT 1 FROM outbox_circuit AS circuit
     WHERE circuit.destination = wanted.destination AND circuit.open_until > clock_timestamp()),
    (SELECT COALESCE(sum(lane.applied), 0)::bigint FROM outbox_lane AS lane
     WHERE lane.destination = wanted.destination),
    (SELECT COALESCE(sum(lane.coalesced), 0)::bigint FROM outbox_lane AS lane
     WHERE lane.destination = wanted.destination),
    COALESCE((SELECT circuit.reason FROM outbox_circuit AS circuit
     WHERE circuit.destination = wanted.destination AND circuit.reason = %s), '')
FROM unnest(%s::text[]) AS wanted (destination)
LEFT JOIN outbox_message AS message USING (destination)
GROUP BY destination ORDER BY destination
"""


@dataclass(frozen=True)
class DestinationStatus:
    """How far one destination is behind, and how many messages it ever took.

    `coalesced` are those of `applied` that needed no write of their own. `advice` says what only
    an operator can mend.
    """

    destination: str
    depth: int
    oldest_seconds: float
    dead_letters: int
    circuit_open: bool
    applied: int
    coalesced: int
    advice: str


def destination_status() -> list[DestinationStatus]:
    """Depth, age of the oldest message (seconds), dead letters and circuit of each destination."""
    with connection.cursor() as cursor:
        cursor.execute(STATUS, [SetBack().detail, list(destinations())])
        return [DestinationStatus(*row) for row in cursor.fetchall()]


def dead_letters(
    *, destination: str = "", topic: str = "", error_class: str = ""
) -> QuerySet[Failure]:
    """Keys that are parked, newest first; an empty argument does not narrow."""
    given = {"destination": destination, "topic": topic, "error_class": error_class}
    wanted = {name: value for name, value in given.items() if value}
    return Failure.objects.filter(parked_at__isnull=False, **wanted).order_by("-id")


def dead_letters_page(*, after: Sequence[Any] | None, limit: int, **wanted: str) -> list[Failure]:
    """`limit` dead letters and one more, from below the id in `after`."""
    found = dead_letters(**wanted)
    if after:
        found = found.filter(pk__lt=after[0])
    return list(found[: limit + 1])


def at_rest(destination: str, topics: Sequence[str], keys: Sequence[str]) -> set[str]:
    """Those of these keys that are parked, or whose dead letter was discarded last."""
    wanted: dict[str, Any] = {
        "destination": destination,
        "topic__in": topics,
        "key__in": keys,
    }
    parked = Failure.objects.filter(parked_at__isnull=False, **wanted)
    given_up = Decision.objects.filter(action=Decision.Action.DISCARD, superseded_at=None, **wanted)
    return {*parked.values_list("key", flat=True), *given_up.values_list("key", flat=True)}


def dead_letter(failure_id: int) -> Failure:
    """A parked key; NoSuchDeadLetter when it is parked no longer, or never was."""
    found = dead_letters().filter(pk=failure_id).first()
    if found is None:
        raise NoSuchDeadLetter
    return found
