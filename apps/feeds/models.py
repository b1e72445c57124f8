"""What feeds keep in Postgres: how far members have read, and who is too widely followed."""

from django.db import models
from django.db.models.functions import Now


class Seen(models.Model):
    """Up to when a member has seen their feed; nobody's row: they have seen nothing yet."""

    user = models.OneToOneField(
        "users.User", models.CASCADE, primary_key=True, related_name="feed_seen"
    )
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "feeds_seen"

    def __str__(self) -> str:
        return f"{self.user_id} until {self.seen_at}"


class Hub(models.Model):
    """A member with so many followers that their activities are pulled and not pushed.

    A row stays when followers leave, because their timelines miss what was not pushed; only a
    rebuild of the timelines takes it away.
    """

    user = models.OneToOneField(
        "users.User", models.CASCADE, primary_key=True, related_name="feed_hub"
    )
    since = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "feeds_hub"

    def __str__(self) -> str:
        return f"{self.user_id} since {self.since}"
