"""Beat begins again after a kill that tore its file."""

import dbm
from pathlib import Path

from celery_app.control import app
from celery_app.scheduler import MendingScheduler
from celery_app.schedules import SCHEDULE


def test_entries_that_do_not_load_are_made_anew(tmp_path: Path) -> None:
    file = str(tmp_path / "beat-schedule")
    MendingScheduler(app, schedule_filename=file).close()
    with dbm.open(file, "w") as torn:
        torn[b"entries"] = b""
    mended = MendingScheduler(app, schedule_filename=file)
    assert set(SCHEDULE) <= set(mended.schedule)
    mended.close()


def test_what_was_sent_is_remembered(tmp_path: Path) -> None:
    file = str(tmp_path / "beat-schedule")
    before = MendingScheduler(app, schedule_filename=file)
    name = next(iter(SCHEDULE))
    before.schedule[name] = next(before.schedule[name])
    before.close()
    after = MendingScheduler(app, schedule_filename=file)
    assert after.schedule[name].total_run_count == 1
    after.close()
