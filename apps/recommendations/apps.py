"""The app `recommendations`."""

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """See the package's modules."""

    name = "apps.recommendations"
