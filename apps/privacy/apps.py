"""What is kept of a member: given to them, and erased when they leave."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """Above every store that holds something of members."""

    name = "apps.privacy"
