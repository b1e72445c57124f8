"""A page of somebody's feed: from their timeline, or pulled from Postgres when that must do.

Every page is checked in Postgres before it is shown, so privacy never waits for a projection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from apps.common.errors import StoreUnavailable
from apps.feeds.timeline import Window, get_timelines
from apps.movies.selectors import activity
from apps.movies.selectors.activity import Position
from apps.movies.selectors.activity_details import Activity, visible_activities

UNREAD_MOST = 100
"""Up to where unread activities are counted: this number means so many or more."""

REFILL = 400
"""Activities that are looked through once more when a page did not fill."""

READER = """
SELECT (SELECT seen.seen_at FROM feeds_seen AS seen WHERE seen.user_id = %(user_id)s),
    ARRAY(
        SELECT hub.user_id FROM feeds_hub AS hub
        JOIN users_follow AS follow ON follow.followee_id = hub.user_id
        WHERE follow.follower_id = %(user_id)s AND follow.state = 'accepted'
    )
"""


@dataclass(frozen=True)
class FeedPage:
    """Some activities, where the next ones are, and how many are unread.

    `unread` is counted on the first page alone. `degraded` names the stores that did not answer.
    """

    items: Sequence[Activity]
    next: Position | None
    unread: int | None
    degraded: tuple[str, ...]


@dataclass(frozen=True)
class Candidates:
    """Positions from the top down without a gap; `more` when there may be others below."""

    positions: Sequence[Position]
    more: bool


class Reader:
    """Where one member's feed comes from, during one request."""

    def __init__(self, user_id: int) -> None:
        """Reads how far they have seen, and which hubs they follow."""
        self.user_id = user_id
        self.seen_at, self.hubs = _reader(user_id)
        self.degraded: tuple[str, ...] = ()

    def candidates(self, before: Position | None, limit: int) -> Candidates:
        """What may stand in the feed before a position."""
        window = self._window(before, limit)
        if window is None or (window.is_cut and len(window.positions) < limit):
            found = activity.newest_of_followees(self.user_id, before=before, limit=limit)
        elif self.hubs:
            pulled = activity.newest_of(self.hubs, before=before, limit=limit)
            found = sorted({*window.positions, *pulled}, reverse=True)[:limit]
        else:
            found = window.positions
        return Candidates(found, more=len(found) == limit)

    def visible(self, positions: Sequence[Position]) -> list[Activity]:
        """Those activities that are still true and may be shown."""
        return visible_activities(self.user_id, positions, of_followees=True)

    def is_unread(self, position: Position) -> bool:
        """Whether an activity is newer than what they have seen."""
        return self.seen_at is None or position.moment > self.seen_at

    def _window(self, before: Position | None, limit: int) -> Window | None:
        if self.degraded:
            return None
        try:
            return get_timelines().window(self.user_id, before=before, limit=limit)
        except StoreUnavailable as error:
            self.degraded = (error.store,)
            return None


def feed_page(user_id: int, *, before: Position | None = None, limit: int) -> FeedPage:
    """What those whom the member follows did, newest first, before a position.

    More is read than is shown, for entries that fall out; when it was not enough, once more. A
    page may still have fewer items than its limit and yet a next one.
    """
    reader = Reader(user_id)
    size = limit + limit // 2 + 10
    read = reader.candidates(before, size if before else max(size, UNREAD_MOST))
    first = _first(reader, read, before, size)
    shown = reader.visible(first.positions)
    last = first
    if len(shown) < limit and first.more:
        last = reader.candidates(first.positions[-1], REFILL)
        shown += reader.visible(last.positions)
    unread = sum(reader.is_unread(found.position) for found in shown)
    return FeedPage(
        items=shown[:limit],
        next=_next(shown, last, limit),
        unread=None if before else min(unread, UNREAD_MOST),
        degraded=reader.degraded,
    )


def hubs_followed(user_id: int) -> list[int]:
    """The hubs whom a member follows."""
    return _reader(user_id)[1]


def _first(reader: Reader, read: Candidates, before: Position | None, size: int) -> Candidates:
    """The part of what was read that must be checked: the page, and on the first what is unread."""
    if before is None:
        unread = sum(reader.is_unread(position) for position in read.positions)
        size = max(size, min(unread, UNREAD_MOST))
    return Candidates(read.positions[:size], read.more or len(read.positions) > size)


def _next(shown: Sequence[Activity], last: Candidates, limit: int) -> Position | None:
    if len(shown) > limit or (len(shown) == limit and last.more):
        return shown[limit - 1].position
    return last.positions[-1] if last.more else None


def _reader(user_id: int) -> tuple[datetime | None, list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(READER, {"user_id": user_id})
        seen_at, hubs = cursor.fetchone()
    return seen_at, hubs
