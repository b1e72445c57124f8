"""The checker: reads each store with its own eyes and compares it with Postgres."""

from django.apps import AppConfig


class ConsistencyConfig(AppConfig):
    """Shares no code with projectors and stores; an import contract says so."""

    name = "apps.consistency"
