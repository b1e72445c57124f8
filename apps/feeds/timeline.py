"""The home timelines in Valkey: all access to them, in the words of feeds."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any, TypeVar

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry

from apps.common.breaker import Breaker
from apps.common.errors import StoreUnavailable
from apps.feeds import scripts
from apps.movies.selectors.activity import Position
from apps.outbox.failpoints import failpoint
from apps.outbox.fences import Fence

T = TypeVar("T")

READ_SECONDS = 0.15
"""How long a reader waits for Valkey before it goes on without."""

WRITE_SECONDS = 2.0
PIPELINE = 500
"""Commands that are sent together."""

COLD = "feeds:cold"
"""The members whose timeline somebody missed."""

MARK = "feeds:mark"
"""The highest fence that a writer came with."""

_TROUBLE = ("MISCONF ", "BUSY ", "NOREPLICAS ")
"""What Valkey says of itself, not of a command: its disk is full, a script runs on. Of a pipeline
the driver puts the command before it."""

_AWAY = (NoConnection, NoAnswer, OutOfMemoryError, ReadOnlyError, OSError)


@dataclass(frozen=True)
class Change:
    """News of one author for one timeline: entries to put, entries to drop.

    With `whole`, what is put is all that the timeline shall hold of the author.
    """

    user_id: int
    author_id: int
    put: Sequence[Position] = ()
    drop: Sequence[str] = ()
    whole: bool = False


@dataclass(frozen=True)
class Window:
    """A part of a ready timeline, from the top down; `is_cut` when older ones were cut off it."""

    positions: list[Position]
    is_cut: bool


class Finish(StrEnum):
    """How a rebuild ended: installed, overtaken by a writer, or its timeline no longer wanted."""

    DONE = "done"
    RACED = "raced"
    GONE = "gone"


class Timelines:
    """The timelines of all members. Every method raises StoreUnavailable when Valkey is away."""

    def __init__(self, url: str) -> None:
        """Readers and writers have connections of their own, with their own patience."""
        self._reads = _connect(url, READ_SECONDS)
        self._writes = _connect(url, WRITE_SECONDS)
        self._breaker = Breaker("feeds", errors=(RedisError, OSError), deadline=READ_SECONDS)
        self._read = self._reads.register_script(scripts.READ)
        self._apply = self._writes.register_script(scripts.APPLY)
        self._raise_mark = self._writes.register_script(scripts.RAISE_MARK)
        self._begin = self._writes.register_script(scripts.BEGIN)
        self._finish = self._writes.register_script(scripts.FINISH)

    def window(self, user_id: int, *, before: Position | None, limit: int) -> Window | None:
        """The newest entries before a position; None when the timeline cannot be served.

        Answers within READ_SECONDS. A cold timeline is put down for `take_cold`.
        """
        top = str(before.at) if before else ""
        args: list[int | str] = [user_id, top, limit, scripts.KEEP_SECONDS]
        found: Any = self._breaker.call(lambda: self._read([*_keys(user_id), COLD], args))
        if not found:
            return None
        floor, ties, rest = found
        positions = [Position(before.at, entry) for entry in ties] if before else []
        positions = [position for position in positions if before and position < before]
        pairs = zip(rest[::2], rest[1::2], strict=True)
        positions += [Position(int(float(score)), entry) for entry, score in pairs]
        return Window(positions[:limit], is_cut=bool(floor))

    def warm(self, user_ids: Iterable[int]) -> set[int]:
        """Those of these members whose timeline is ready or being rebuilt."""
        ids = list(user_ids)
        commands = [(lambda pipe, i=i: pipe.exists(_keys(i)[2])) for i in ids]
        return {i for i, found in zip(ids, self._pipelined(commands), strict=True) if found}

    def apply(self, changes: Iterable[Change], fence: Fence) -> set[int]:
        """Bring news into warm timelines; cold ones are rebuilt before they are served.

        Gives the authors whose news a timeline refused, because a higher fence had written there:
        they must be read again, for the higher fence need not have brought the same entries.
        """
        failpoint("after_read")
        refused: set[int] = set()
        for chunk in _chunks(changes):
            commands = [(lambda pipe, c=c: self._send(pipe, c, fence)) for c in chunk]
            _, *answers = self._pipelined([partial(self._mark, fence=fence), *commands])
            refused |= {c.author_id for c, ok in zip(chunk, answers, strict=True) if not int(ok)}
        return refused

    def begin(self, user_id: int, fence: Fence) -> None:
        """Start a rebuild; whatever was there is gone, and reads do without until it is done."""
        args = [fence.number, scripts.BUILD_SECONDS]
        begin = partial(self._begin, _keys(user_id), args)
        self._pipelined([partial(self._mark, fence=fence), lambda pipe: begin(client=pipe)])

    def finish(self, user_id: int, fence: Fence, newest: Sequence[Position]) -> Finish:
        """Install what a rebuild read: the newest KEPT, and one more when there are more."""
        kept, cut = newest[: scripts.KEPT], newest[scripts.KEPT :]
        floor = f"{cut[0].at} {cut[0].entry}" if cut else ""
        args = [fence.number, scripts.KEEP_SECONDS, floor, *_pairs(kept)]
        return Finish(str(_wrapped(lambda: self._finish(_keys(user_id), args))))

    def drop(self, user_ids: Iterable[int]) -> None:
        """Make timelines cold, as if they had never been built."""
        commands = [(lambda pipe, i=i: pipe.delete(*_keys(i))) for i in user_ids]
        self._pipelined(commands)

    def put_down(self, user_ids: Iterable[int]) -> None:
        """Remember that these timelines are missed."""
        ids = list(user_ids)
        if ids:
            _wrapped(lambda: self._writes.sadd(COLD, *ids))

    def take_cold(self, limit: int) -> list[int]:
        """Members whose timeline was missed, at most `limit`; each is given once."""
        found: Any = _wrapped(lambda: self._writes.spop(COLD, limit))
        return [int(user_id) for user_id in found or ()]

    def owners(self) -> Iterator[int]:
        """Everyone who has a timeline, some perhaps twice."""
        cursor = 0
        while True:
            found: Any = _wrapped(partial(self._writes.scan, cursor, "feed:*:epoch", 1000))
            cursor, keys = found
            yield from (int(key.split(":")[1]) for key in keys)
            if not cursor:
                return

    def highest_fence(self) -> int:
        """The high-water mark: no draw may be at or below it."""
        return int(_wrapped(lambda: self._writes.get(MARK)) or 0)

    def ping(self) -> None:
        """A sign of life within 200 ms."""
        _wrapped(self._reads.ping)

    def _mark(self, pipe: Any, fence: Fence) -> None:
        """First in the pipeline: Valkey takes its commands in order."""
        self._raise_mark([MARK], [fence.number], client=pipe)

    def _send(self, pipe: Any, change: Change, fence: Fence) -> None:
        args = [fence.number, change.author_id, int(change.whole)]
        args += [scripts.KEPT, scripts.KEEP_SECONDS]
        dropped = [word for entry in change.drop for word in ("", entry)]
        self._apply([*_keys(change.user_id)], [*args, *dropped, *_pairs(change.put)], client=pipe)

    def _pipelined(self, commands: Sequence[Callable[[Any], object]]) -> list[Any]:
        answers: list[Any] = []
        for start in range(0, len(commands), PIPELINE):
            pipe = self._writes.pipeline(transaction=False)
            for command in commands[start : start + PIPELINE]:
                command(pipe)
            answers += _wrapped(pipe.execute)
        return answers


@lru_cache(maxsize=1)
def get_timelines() -> Timelines:
    """The timelines of this installation."""
    return Timelines(settings.ENVIRONMENT.redis.url)  # type: ignore[misc]  # typed in config.env


def _connect(url: str, seconds: float) -> "Redis":
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
    )


def _wrapped(work: Callable[[], T]) -> T:
    try:
        return work()
    except _AWAY as error:
        raise StoreUnavailable("feeds", type(error).__name__) from error
    except ResponseError as error:
        if any(code in str(error) for code in _TROUBLE):
            raise StoreUnavailable("feeds", str(error)) from error
        raise


def _keys(user_id: int) -> tuple[str, str, str, str]:
    return (
        f"feed:{user_id}:entries",
        f"feed:{user_id}:fences",
        f"feed:{user_id}:epoch",
        f"feed:{user_id}:floor",
    )


def _pairs(positions: Iterable[Position]) -> list[int | str]:
    return [word for position in positions for word in (position.at, position.entry)]


def _chunks(changes: Iterable[Change], weight: int = 20_000) -> Iterator[list[Change]]:
    """Changes that are sent together with their mark: not too many, nor too many entries."""
    chunk: list[Change] = []
    left = weight
    for change in changes:
        chunk.append(change)
        left -= 1 + len(change.put) + len(change.drop)
        if left <= 0 or len(chunk) == PIPELINE - 1:
            yield chunk
            chunk, left = [], weight
    if chunk:
        yield chunk
