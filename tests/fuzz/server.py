"""The application behind HTTP, in this process; what a request changes is undone after it.

So a member who has left is there again for the next request, and one seed gives one run.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, transaction

SIGNALS = (request_started, request_finished)


class Application:
    """Answers in the test's own transaction, and counts."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self._answer = WSGIHandler()
        self._connection = connections["default"]

    @property
    def requests(self) -> int:
        """How many were answered."""
        return self.statuses.total()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """The answer whole; the body is read whole, for a view may refuse without reading it."""
        connections["default"] = self._connection  # of this thread
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            self.statuses[status] += 1
            return start_response(status, headers, *rest)

        with transaction.atomic():
            content = b"".join(self._answer(environ, start))
            transaction.set_rollback(True)
        return [content]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Thousands of requests are no news."""


@contextmanager
def serving() -> Iterator[tuple[Application, str]]:
    """The application and its address."""
    application = Application()
    connection = connections["default"]
    for signal in SIGNALS:  # it would close the connection that the test is in a transaction of
        signal.disconnect(close_old_connections)
    connection.inc_thread_sharing()
    try:
        with make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            yield application, f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
            thread.join()
    finally:
        connection.dec_thread_sharing()
        for signal in SIGNALS:
            signal.connect(close_old_connections)
