"""Runs of the checker that somebody asked for, and what they found."""

from django.db import models
from django.db.models.functions import Now


class Run(models.Model):
    """One comparison of all stores. It waits until `started_at`, and is done at `finished_at`.

    `report` is what `manage.py reconcile --json` prints; `error` says why there is none.
    """

    id = models.BigAutoField(primary_key=True)
    requested_at = models.DateTimeField(db_default=Now())
    requested_by = models.TextField()
    repair = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict, blank=True)
    error = models.TextField(default="", blank=True)

    class Meta:
        db_table = "consistency_run"

    def __str__(self) -> str:
        return f"run {self.pk} of {self.requested_at}"

    @property
    def state(self) -> str:
        """Where it stands, in a word."""
        if self.finished_at is None:
            return "waiting" if self.started_at is None else "running"
        return "failed" if self.error else "done"
