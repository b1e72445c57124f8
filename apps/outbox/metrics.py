"""The ledger for Prometheus, read from Postgres at each scrape and the same in every process."""

from collections.abc import Iterator

from django.db import Error
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from apps.common.metrics import REGISTRY
from apps.outbox.selectors import DestinationStatus, destination_status

LABELS = ["destination"]
GAUGES = (
    ("depth", "Messages that wait."),
    ("oldest_seconds", "Age of the oldest message that waits."),
    ("dead_letters", "Keys that were parked after errors."),
    ("circuit_open", "1 while the store was last seen not to answer."),
)
COUNTERS = (
    ("applied", "Messages that the store has applied."),
    ("coalesced", "Applied messages that shared one write with another of the same key."),
)
"""Each is an attribute of DestinationStatus and part of a metric's name."""


class OutboxCollector:
    """How far each destination is behind. Without Postgres there are no series, and no error."""

    def describe(self) -> list[Metric]:
        """Nothing in advance: the default would read Postgres when the process starts."""
        return []

    def collect(self) -> Iterator[Metric]:
        """One series per figure and destination."""
        try:
            found = destination_status()
        except Error:
            return
        for name, text in GAUGES:
            family = GaugeMetricFamily(f"cinemesh_outbox_{name}", text, labels=LABELS)
            yield _filled(family, name, found)
        for name, text in COUNTERS:
            counter = CounterMetricFamily(
                f"cinemesh_outbox_{name}_messages_total", text, labels=LABELS
            )
            yield _filled(counter, name, found)


def register() -> None:
    """Part of `/metrics` from here on; called once, when the app is ready."""
    REGISTRY.register(OutboxCollector())


def _filled(
    family: GaugeMetricFamily | CounterMetricFamily, name: str, found: list[DestinationStatus]
) -> Metric:
    for status in found:
        family.add_metric([status.destination], float(getattr(status, name)))
    return family
