"""Who is leaving or has left, and the exports that members asked for."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Departure(models.Model):
    """A member leaves: until `due_at` they may come back, then everything else of them goes.

    What stays is the receipt: a number that was theirs, when, and how much was removed. The address
    goes with the mail that brings the receipt.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    member_id = models.BigIntegerField()
    email = models.EmailField(max_length=254, blank=True)
    asked_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    erased_at = models.DateTimeField(null=True, blank=True)
    receipted_at = models.DateTimeField(null=True, blank=True)
    removed = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member_id"], name="departure_member_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], name="departure_open", condition=Q(receipted_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} of member {self.member_id}"


class Export(models.Model):
    """All that is stored of a member, as a file that they fetch; without a `file` it waits."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey("users.User", models.CASCADE, related_name="exports")
    asked_at = models.DateTimeField(db_default=Now())
    attempts = models.SmallIntegerField(default=0)
    file = models.CharField(max_length=60, blank=True, default="")
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user"], condition=Q(file=""), name="export_one_waits")
        ]

    def __str__(self) -> str:
        return f"{self.id} for {self.user_id}"
