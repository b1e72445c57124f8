"""The ledger for Prometheus, read from Postgres at each scrape and the same in every process."""

from collections.abc import Iterator

from django.db import Error
from prometheus_client.core import GaugeMetricFamily, Metric

from apps.common.metrics import REGISTRY
from apps.outbox.selectors import DestinationStatus, destination_status

GAUGES = (
    ("depth", "Messages that wait."),
    ("oldest_seconds", "Age of the oldest message that waits."),
    ("dead_letters", "Keys that were parked after errors."),
    ("circuit_open", "1 while the store was last seen not to answer."),
)
"""Each is an attribute of DestinationStatus and the end of a metric's name."""


class OutboxCollector:
    """How far each destination is behind. Without Postgres there are no series, and no error."""

    def describe(self) -> list[Metric]:
        """Nothing in advance: the default would read Postgres when the process starts."""
        return []

    def collect(self) -> Iterator[Metric]:
        """One gauge per figure, labelled by destination."""
        try:
            found = destination_status()
        except Error:
            return
        for name, text in GAUGES:
            yield _gauge(name, text, found)


def register() -> None:
    """Part of `/metrics` from here on; called once, when the app is ready."""
    REGISTRY.register(OutboxCollector())


def _gauge(name: str, text: str, found: list[DestinationStatus]) -> Metric:
    family = GaugeMetricFamily(f"cinemesh_outbox_{name}", text, labels=["destination"])
    for status in found:
        family.add_metric([status.destination], float(getattr(status, name)))
    return family
