"""The whole beat table. What it does can be done by hand: the command is in the task's docstring.

But for `warm-graph`, which only keeps a server awake.
"""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-outbox": {
        "task": "apps.outbox.tasks.sweep",
        "schedule": timedelta(seconds=2),
        "options": {"expires": 10},
    },
    "send-mail": {
        "task": "apps.users.tasks.send_mail",
        "schedule": timedelta(seconds=2),
        "options": {"expires": 10},
    },
    "forget-answers": {
        "task": "apps.users.tasks.forget_answers",
        "schedule": timedelta(hours=1),
    },
    "warm-graph": {
        "task": "apps.graph.tasks.keep_warm",
        "schedule": timedelta(seconds=10),
        "options": {"queue": "sync.graph", "expires": 10},
    },
    "warm-timelines": {
        "task": "apps.feeds.tasks.warm_timelines",
        "schedule": timedelta(seconds=2),
        "options": {"queue": "sync.feeds", "expires": 10},
    },
    "check-stores-every-night": {
        "task": "apps.consistency.tasks.request_nightly_run",
        "schedule": crontab(hour="3", minute="30"),
    },
    "purge-slates-every-night": {
        "task": "apps.recommendations.tasks.purge_slates",
        "schedule": crontab(hour="4", minute="30"),
    },
    "train-every-night-if-due": {
        "task": "apps.recommendations.tasks.train_if_due",
        "schedule": crontab(hour="5", minute="15"),
    },
    "make-exports": {
        "task": "apps.privacy.tasks.make_exports",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
    "erase-who-left": {
        "task": "apps.privacy.tasks.erase_who_left",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "purge-files-every-night": {
        "task": "apps.privacy.tasks.purge_files",
        "schedule": crontab(hour="4", minute="45"),
    },
    "purge-security-events-every-night": {
        "task": "apps.users.tasks.purge_security_events",
        "schedule": crontab(hour="4", minute="15"),
    },
    "check-stores": {
        "task": "apps.consistency.tasks.do_requested_run",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
}
