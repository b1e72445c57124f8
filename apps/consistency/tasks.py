"""Celery's part: the runs of the checker."""

from celery import shared_task

from apps.consistency import runs


@shared_task(soft_time_limit=3_500, time_limit=3_600)
def do_requested_run() -> int | None:
    """Do a run that somebody asked for. By hand: `manage.py reconcile`."""
    return runs.do_requested_run()


@shared_task
def request_nightly_run() -> int:
    """Ask for the run of this night. By hand: `manage.py reconcile`.

    It repairs nothing: drift is a fault that someone must see.
    """
    return int(runs.request_run(by="every night").pk)
