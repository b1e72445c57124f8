"""A page of somebody's feed: from their timeline, or pulled from Postgres when that must do.

Every page is checked in Postgres before it is shown, so privacy never waits for a projection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.common import prepared
from apps.common.errors import StoreUnavailable
from apps.feeds.timeline import Window, get_timelines
from apps.movies.selectors import activity
from apps.movies.selectors.activity import Fact, Position
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
class Stretch:
    """A part of a feed without a gap: what stands in it, where it ends, and whether more follows.

    `end` is the lowest position that was looked at, be there something or not.
    """

    facts: Sequence[Fact]
    end: Position | None
    more: bool


class Reader:
    """Where one member's feed comes from, during one request."""

    def __init__(self, user_id: int) -> None:
        """Reads how far they have seen, and which hubs they follow."""
        self.user_id = user_id
        self.seen_at, self.hubs = _reader(user_id)
        self.degraded: tuple[str, ...] = ()

    def stretch(self, before: Position | None, size: int) -> Stretch:
        """What stands in the feed before a position, looking at `size` entries.

        From the top, at all that is unread too, up to UNREAD_MOST.
        """
        limit = size if before else max(size, UNREAD_MOST)
        window = self._window(before, limit)
        if window is None or (window.is_cut and len(window.positions) < limit):
            facts = activity.newest_of_followees(self.user_id, before=before, limit=limit)
            positions = [fact.position for fact in facts]
            return self._cut(positions, facts, size, more=len(positions) == limit)
        return self._merged(window.positions, before, size, limit)

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

    def _merged(
        self, positions: Sequence[Position], before: Position | None, size: int, limit: int
    ) -> Stretch:
        more = len(positions) == limit
        if not self.hubs:
            kept = positions[: self._worth(positions, size)]
            facts = activity.facts_of_followees(self.user_id, kept)
            return self._cut(positions, facts, size, more=more)
        facts = activity.facts_of_followees(
            self.user_id, positions, pulled=self.hubs, before=before, limit=limit
        )
        both = sorted({*positions, *(fact.position for fact in facts)}, reverse=True)
        return self._cut(both[:limit], facts, size, more=len(both) >= limit)

    def _cut(
        self, positions: Sequence[Position], facts: Sequence[Fact], size: int, *, more: bool
    ) -> Stretch:
        kept = positions[: self._worth(positions, size)]
        end = kept[-1] if kept else None
        within = [fact for fact in facts if end and fact.position >= end]
        return Stretch(within, end, more or len(kept) < len(positions))

    def _worth(self, positions: Sequence[Position], size: int) -> int:
        unread = sum(self.is_unread(position) for position in positions)
        return max(size, min(unread, UNREAD_MOST))


def feed_page(user_id: int, *, before: Position | None = None, limit: int) -> FeedPage:
    """What those whom the member follows did, newest first, before a position.

    More is read than is shown, for entries that fall out; when it was not enough, once more. A
    page may still have fewer items than its limit and yet a next one.
    """
    reader = Reader(user_id)
    last = reader.stretch(before, limit + limit // 2 + 10)
    shown = visible_activities(user_id, last.facts, unasked=True)
    # Also for one more than is shown: whether there is a next page must not tell of hidden entries.
    if len(shown) <= limit and last.more:
        last = reader.stretch(last.end, REFILL)
        shown += visible_activities(user_id, last.facts, unasked=True)
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


def _next(shown: Sequence[Activity], last: Stretch, limit: int) -> Position | None:
    if len(shown) > limit or (len(shown) == limit and last.more):
        return shown[limit - 1].position
    return last.end if last.more else None


def _reader(user_id: int) -> tuple[datetime | None, list[int]]:
    ((seen_at, hubs),) = prepared.rows(READER, {"user_id": user_id})
    return seen_at, hubs
