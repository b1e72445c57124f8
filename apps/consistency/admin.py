"""Runs of the checker, to look at."""

from django.contrib import admin

from apps.consistency.models import Run
from apps.outbox.admin import ReadOnly


@admin.register(Run)
class RunAdmin(ReadOnly):
    """What was compared, when, and with what result. `POST ops/reconcile/` asks for one."""

    list_display = ("id", "state", "requested_by", "repair", "started_at", "finished_at", "error")
    ordering = ("-id",)
