"""How a changed fact reaches the other stores."""

from django.apps import AppConfig
from django.conf import settings
from django.db import connection

from apps.common import health


class OutboxConfig(AppConfig):
    """The ledger, the relay, and the probe of the store that both live in."""

    name = "apps.outbox"

    def ready(self) -> None:
        """Register Postgres as the one store without which nothing is ready, and the metrics."""
        from apps.outbox import checks, failpoints, metrics  # noqa: F401 - registers the system check

        failpoints.follow(settings.ENVIRONMENT.failpoints)  # type: ignore[misc]  # typed in config.env
        metrics.register()
        health.register(health.Probe("postgres", _ping, required=True))


def _ping() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
