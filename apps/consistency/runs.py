"""Runs of the checker beside the command: asked for by operators and every night."""

import logging
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.consistency.models import Run

if TYPE_CHECKING:
    from apps.consistency.comparison import Comparison

logger = logging.getLogger(__name__)

LOST_AFTER = timedelta(hours=1)
"""A run that takes longer has lost its worker, and is done anew."""


def report_of(found: "Iterable[Comparison]") -> dict[str, Any]:
    """What was found, as JSON can carry it: totals, and every kind with its counts and examples."""
    rows = list(found)
    return {
        "drift": sum(row.drifted for row in rows),
        "messages_published": sum(row.published for row in rows),
        "kinds": [asdict(row) for row in rows],
    }


def request_run(*, by: str, repair: bool = False) -> Run:
    """Ask for a run. Whoever asks while one waits gets that one, unless it does less."""
    waiting = Run.objects.filter(started_at=None, repair=repair).order_by("id").first()
    return waiting or Run.objects.create(requested_by=by, repair=repair)


def do_requested_run() -> int | None:
    """Do the oldest run that waits, unless one is under way; gives its id."""
    run = _take()
    if run is None:
        return None
    from apps.consistency.reconciling import reconcile  # loads every driver: seldom needed

    try:
        run.report = report_of(reconcile(repair=run.repair))
    except Exception as error:
        logger.exception("Run %d of the checker failed", run.pk)
        run.error = f"{type(error).__name__}: {error}"[:2000]
    if run.report.get("drift"):
        logger.error("%d facts drifted; see run %d of the checker", run.report["drift"], run.pk)
    run.finished_at = timezone.now()
    run.save()
    return int(run.pk)


@transaction.atomic
def _take() -> Run | None:
    now = timezone.now()
    open_runs = Run.objects.filter(finished_at=None)
    if open_runs.filter(started_at__gt=now - LOST_AFTER).exists():
        return None
    free = Q(started_at=None) | Q(started_at__lte=now - LOST_AFTER)
    run = open_runs.filter(free).select_for_update(skip_locked=True).order_by("id").first()
    if run is not None:
        run.started_at = now
        run.save(update_fields=["started_at"])
    return run
