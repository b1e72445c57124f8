"""Open-loop load: every request at its due time, whatever became of those before it."""

import http.client
import json
import threading
import time
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
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
        client = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_SECONDS)
        for request in stream:
            if self._over.wait(max(0.0, due - time.monotonic())):
                break
            status, found = _send(client, request, self._root)
            seconds = time.monotonic() - due
            items = len(found.get("items", ()))
            answer = Answer(status, seconds, bool(found.get("degraded")), items)
            self.answers.append(answer)
            if answer.is_good:
                self.states[request.fact] = request.state
            else:
                self.states.pop(request.fact, None)
            due += pause
        client.close()


def _send(
    client: http.client.HTTPConnection, request: Request, root: str
) -> tuple[int, dict[str, Any]]:
    """The status, and what the answer says."""
    headers = {"Authorization": f"Bearer {request.token}", "Content-Type": "application/json"}
    body = None if request.body is None else json.dumps(request.body)
    try:
        client.request(request.method, f"{root}{request.path}", body, headers)
        response = client.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException):
        client.close()
        return 0, {}
    return response.status, json.loads(content) if content else {}
