"""Open-loop load: every request at its due time, whatever became of those before it."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedRWPair
from types import TracebackType
from typing import Any, Self

ANSWER_SECONDS = 30.0


@dataclass(frozen=True)
class Request:
    """A request; a write names the fact that it is about and the state that it makes of it."""

    token: str
    method: str
    path: str
    body: dict[str, Any] | None = None
    fact: tuple[Hashable, ...] = ()
    state: Hashable = None


@dataclass(frozen=True)
class Answer:
    """The status, 0 for no answer; seconds from the due time, so waiting behind others counts.

    `items` is how long its list is, if it has one.
    """

    status: int
    seconds: float
    is_degraded: bool
    items: int

    @property
    def is_good(self) -> bool:
        """Whether the request was done."""
        return 200 <= self.status < 300


class Load:
    """A context in which each stream sends its requests in order, `rate` a second in all.

    `states` holds what was acknowledged last of each fact, unless a later write had no good answer:
    then nobody knows. No two streams may write about one fact.
    """

    def __init__(
        self,
        port: int,
        streams: Sequence[Iterator[Request]],
        *,
        rate: float,
        root: str = "/api/v1/",
    ) -> None:
        """`port` is where the API answers, whose paths begin with `root`."""
        self.answers: list[Answer] = []
        self.states: dict[tuple[Hashable, ...], Hashable] = {}
        self._port = port
        self._root = root
        self._over = threading.Event()
        pause = len(streams) / rate
        self._threads = [
            threading.Thread(target=self._send_all, args=(stream, pause, number / rate))
            for number, stream in enumerate(streams)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    @property
    def failed(self) -> int:
        """How many requests had no good answer."""
        return sum(not answer.is_good for answer in self.answers)

    def _send_all(self, stream: Iterator[Request], pause: float, first: float) -> None:
        due = time.monotonic() + first
        line = _Line(self._port)
        for request in stream:
            asked = _as_bytes(request, self._root)
            if self._over.wait(max(0.0, due - time.monotonic())):
                break
            status, content = line.ask(asked)
            seconds = time.monotonic() - due
            found = json.loads(content) if content else {}
            items = len(found.get("items", ()))
            answer = Answer(status, seconds, bool(found.get("degraded")), items)
            self.answers.append(answer)
            if answer.is_good:
                self.states[request.fact] = request.state
            else:
                self.states.pop(request.fact, None)
            due += pause
        line.close()


class _Line:
    """A connection that is kept, and as much of HTTP/1.1 as our servers answer with.

    `http.client` took a millisecond of each answer that is measured.
    """

    def __init__(self, port: int) -> None:
        """Connects when it is first asked, and again after an error."""
        self._port = port
        self._file: BufferedRWPair | None = None

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer; 0 and nothing without one."""
        try:
            if self._file is None:
                self._file = _connected(self._port)
            self._file.write(request)
            self._file.flush()
            return _answer(self._file)
        except OSError:
            self.close()
            return 0, b""

    def close(self) -> None:
        """Let the connection go."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None


def _connected(port: int) -> BufferedRWPair:
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line.makefile("rwb")  # keeps the connection until it is closed itself


def _as_bytes(request: Request, root: str) -> bytes:
    body = b"" if request.body is None else json.dumps(request.body).encode()
    head = (
        f"{request.method} {root}{request.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {request.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _answer(file: BufferedRWPair) -> tuple[int, bytes]:
    """What comes next; OSError where the connection ends before its end."""
    first, length = file.readline(), 0
    while (header := file.readline()) not in (b"\r\n", b""):
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    content = file.read(length)
    if not header or len(content) < length:
        raise ConnectionError("The answer ends before its end.")
    return int(first.split()[1]), content
