"""The ledger of what the stores have not seen yet."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Message(models.Model):
    """A fact changed, and one destination has not seen it yet. Inserted, then deleted."""

    id = models.BigAutoField(primary_key=True)
    destination = models.TextField()
    topic = models.TextField()
    key = models.TextField()
    lane = models.SmallIntegerField()
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "outbox_message"
        indexes: ClassVar = [
            models.Index(fields=["destination", "lane", "id"], name="outbox_message_lane"),
            models.Index(fields=["destination", "topic", "key"], name="outbox_message_key"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key} into {self.destination}"


class Lane(models.Model):
    """Who delivers a lane of a destination, until when, and what that delivery holds.

    A lease that ran out with keys in flight means that the holder died with them: then the lane
    goes on cautiously, in small batches, through the last message that the dead delivery held.
    `applied` counts the messages that were ever done with, `coalesced` those of them that another
    message of the same key in the same delivery made superfluous.
    """

    id = models.BigAutoField(primary_key=True)
    destination = models.TextField()
    number = models.SmallIntegerField()
    leased_until = models.DateTimeField()
    claimed_at = models.DateTimeField()
    fence = models.BigIntegerField(default=0)
    in_flight = models.IntegerField(default=0)
    in_flight_key = models.TextField(default="", blank=True)
    in_flight_through = models.BigIntegerField(default=0)
    cautious_limit = models.IntegerField(default=1)
    cautious_through = models.BigIntegerField(default=0)
    applied = models.BigIntegerField(db_default=0)
    coalesced = models.BigIntegerField(db_default=0)

    class Meta:
        db_table = "outbox_lane"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["destination", "number"], name="outbox_lane_unique")
        ]

    def __str__(self) -> str:
        return f"{self.destination}/{self.number}"


class Failure(models.Model):
    """A key whose delivery failed: waiting for its next attempt, or parked as a dead letter.

    A parked key's messages up to `parked_through` rest; a newer one is tried, and its success
    resolves the dead letter.
    """

    id = models.BigAutoField(primary_key=True)
    destination = models.TextField()
    topic = models.TextField()
    key = models.TextField()
    attempts = models.IntegerField(default=0)
    crashes = models.IntegerField(default=0)
    error_class = models.TextField(default="", blank=True)
    error = models.TextField(default="", blank=True)
    first_failed_at = models.DateTimeField(db_default=Now())
    last_failed_at = models.DateTimeField(db_default=Now())
    next_at = models.DateTimeField(db_default=Now())
    parked_at = models.DateTimeField(null=True, blank=True)
    parked_through = models.BigIntegerField(default=0)

    class Meta:
        db_table = "outbox_failure"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["destination", "topic", "key"], name="outbox_failure_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key} into {self.destination}: {self.error_class}"


class Decision(models.Model):
    """What someone decided about a dead letter, and which it was. Rows are only ever added.

    A discard explains why a store differs from Postgres, until a delivery that read the facts
    after it, hence with a higher fence, succeeds: that sets `superseded_at`.
    """

    class Action(models.TextChoices):
        """Try again, or give up."""

        REPLAY = "replay"
        DISCARD = "discard"

    id = models.BigAutoField(primary_key=True)
    action = models.TextField(choices=Action.choices)
    decided_at = models.DateTimeField(db_default=Now())
    decided_by = models.TextField()
    reason = models.TextField(blank=True)
    destination = models.TextField()
    topic = models.TextField()
    key = models.TextField()
    error_class = models.TextField()
    error = models.TextField(blank=True)
    parked_through = models.BigIntegerField()
    fence = models.BigIntegerField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "outbox_decision"
        indexes: ClassVar = [
            models.Index(
                fields=["destination", "topic", "key"],
                name="outbox_decision_standing",
                condition=Q(action="discard", superseded_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.topic} {self.key} into {self.destination}"


class Circuit(models.Model):
    """A destination whose store does not answer: nothing is claimed for it until `open_until`."""

    destination = models.TextField(primary_key=True)
    failures = models.IntegerField(default=0)
    open_until = models.DateTimeField()
    reason = models.TextField(default="", blank=True)

    class Meta:
        db_table = "outbox_circuit"

    def __str__(self) -> str:
        return f"{self.destination} until {self.open_until}"


class Generation(models.Model):
    """A version of a whole projection. Every living one is written to; the live one is read.

    `made_with` is what its store must know to write to it, such as the model of its vectors.
    """

    class State(models.TextChoices):
        """`previous` is kept in step until it is retired, so that going back is one update."""

        BUILDING = "building"
        LIVE = "live"
        PREVIOUS = "previous"
        RETIRED = "retired"

    id = models.BigAutoField(primary_key=True)
    destination = models.TextField()
    name = models.TextField()
    state = models.TextField(choices=State.choices, default=State.BUILDING)
    made_with = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "outbox_generation"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["destination", "name"], name="outbox_generation_name_once"
            ),
            models.UniqueConstraint(
                fields=["destination"], condition=Q(state="live"), name="outbox_generation_one_live"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.destination} {self.name} ({self.state})"


class Epoch(models.Model):
    """One row: how often Postgres was restored. The high bits of every fence."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)

    class Meta:
        db_table = "outbox_epoch"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="outbox_epoch_single_row")
        ]

    def __str__(self) -> str:
        return str(self.number)
