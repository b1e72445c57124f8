"""The application behind HTTP, in this process, in the transaction of the test."""

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
        """The answer, whole; the body is read whole, for a view may refuse without reading it."""
        connections["default"] = self._connection  # of this thread
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)

        def start(status: str, *rest: Any) -> Any:
            self.statuses[status] += 1
            return start_response(status, *rest)

        with transaction.atomic():
            answer = self._answer(environ, start)
            content = b"".join(answer)
            answer.close()
            transaction.set_rollback(self._undo)
        return [content]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Thousands of requests are no news."""


@contextmanager
def serving(*, undo: bool) -> Iterator[tuple[Application, str]]:
    """The application and its address.

    Not as WSGI, which schemathesis takes too: its check of ignored_auth fails there (4.32.5).
    """
    application = Application(undo=undo)
    connection = connections["default"]
    connection.inc_thread_sharing()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # this one is in a transaction, and must stay
    try:
        with make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield application, f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        connection.dec_thread_sharing()
