"""How a run of the checker looks."""

from typing import Any

from rest_framework import serializers

from apps.consistency.models import Run


class RunOutput(serializers.Serializer[Run]):
    """A run of the checker."""

    id = serializers.IntegerField()
    state = serializers.CharField(help_text="`waiting`, `running`, `done` or `failed`.")
    requested_at = serializers.DateTimeField()
    requested_by = serializers.CharField()
    repair = serializers.BooleanField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    drift = serializers.IntegerField(
        allow_null=True, help_text="Facts that differ and that no message explains."
    )
    error = serializers.CharField()


class RunReportOutput(RunOutput):
    """A run with all that it found."""

    report = serializers.JSONField(help_text="What `manage.py reconcile --json` prints.")


class RunPageOutput(serializers.Serializer[Run]):
    """A page of runs."""

    items = RunOutput(many=True)
    next = serializers.CharField(allow_null=True)


def run_of(run: Run) -> dict[str, Any]:
    """RunOutput."""
    shown = {name: getattr(run, name) for name in RunOutput().get_fields() if name != "drift"}
    return {**shown, "drift": run.report.get("drift")}


def report_of(run: Run) -> dict[str, Any]:
    """RunReportOutput."""
    return {**run_of(run), "report": run.report}
