"""Building timelines anew from Postgres, while they serve: reads pull meanwhile."""

import logging
import time
from datetime import timedelta

from django.utils import timezone

from apps.common.errors import StoreUnavailable
from apps.feeds.audience import demote_hubs
from apps.feeds.scripts import KEEP_SECONDS, KEPT
from apps.feeds.selectors import hubs_followed
from apps.feeds.timeline import Finish, Timelines, get_timelines
from apps.movies.selectors import activity
from apps.outbox import fences
from apps.outbox.projections import Progress
from apps.users.models import User
from apps.users.selectors import members

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""How often a rebuild reads again when writers come in between."""


def rebuild_timeline(user_id: int) -> bool:
    """Build one timeline; False when writers never let it finish, or when its owner is gone.

    The fence is drawn before the read, so whatever a writer with a lower one knew is in the read;
    a writer with a higher one makes it read again.
    """
    timelines = get_timelines()
    for _ in range(ATTEMPTS):
        fence = fences.draw("feeds")
        timelines.begin(user_id, fence)
        if user_id not in members([user_id]):
            break
        newest = activity.newest_of_followees(
            user_id, without=hubs_followed(user_id), limit=KEPT + 1
        )
        ended = timelines.finish(user_id, fence, [fact.position for fact in newest])
        if ended != Finish.RACED:
            return ended == Finish.DONE
    timelines.drop([user_id])
    return False


def warm_timelines(*, seconds: float = 10.0) -> int:
    """Build the cold timelines that somebody wanted to read; gives how many."""
    end = time.monotonic() + seconds
    built = 0
    try:
        while time.monotonic() < end and (ids := get_timelines().take_cold(100)):
            built += sum(rebuild_timeline(user_id) for user_id in ids)
    except StoreUnavailable as error:
        logger.warning("No timeline is built: %s", error.reason or error.detail)
    return built


def rebuild(progress: Progress) -> None:
    """Build the timelines of everyone who has one, or who signed in of late."""
    demote_hubs()
    ids = sorted(_active_readers(get_timelines()))
    for done, user_id in enumerate(ids):
        progress("timelines", done, len(ids))
        rebuild_timeline(user_id)
    progress("timelines", len(ids), len(ids))


def _active_readers(timelines: Timelines) -> set[int]:
    since = timezone.now() - timedelta(seconds=KEEP_SECONDS)
    recent = User.objects.filter(is_active=True, last_login__gte=since)
    return {*timelines.owners(), *recent.values_list("pk", flat=True)}
