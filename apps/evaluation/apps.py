"""How good the recommendations are, measured on the serving pipeline. Nothing imports this app."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """Splits, baselines, metrics and the report; no rows of its own."""

    name = "apps.evaluation"
