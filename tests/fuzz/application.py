"""The application in this process, without a server, in the transaction of the test."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connections, transaction


class Application:
    """A WSGI application that counts its answers.

    With `undo`, what a request has changed is undone after it: a member who has left is there
    again for the next one, and one seed gives one run.
    """

    def __init__(self, *, undo: bool) -> None:
        """Part of one test."""
        self.statuses: Counter[str] = Counter()
        self._undo = undo
        self._answer = WSGIHandler()
        self._connection = connections["default"]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """The answer, whole."""
        connections["default"] = self._connection  # requests come from threads of schemathesis

        def start(status: str, *rest: Any) -> Any:
            self.statuses[status] += 1
            return start_response(status, *rest)

        with transaction.atomic():
            answer = self._answer(environ, start)
            content = b"".join(answer)
            answer.close()
            transaction.set_rollback(self._undo)
        return [content]


@contextmanager
def serving(*, undo: bool) -> Iterator[Application]:
    """The application, for as long as other threads may use the test's connection."""
    connection = connections["default"]
    connection.inc_thread_sharing()
    try:
        yield Application(undo=undo)
    finally:
        connection.dec_thread_sharing()
