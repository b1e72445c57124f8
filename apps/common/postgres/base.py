"""Django's backend for Postgres with a health check that asks nobody."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections that are checked before a request without a round trip.

    A server that ended a connection has said so: its words, or the end of the stream, wait to be
    read. In a silent one there is nothing to read. `SELECT 1`, which Django sends, took a tenth of
    the time of an answer.
    """

    def is_usable(self) -> bool:
        """Whether the next query can be sent; asks the server only where it has said something."""
        return self._is_silent() or super().is_usable()

    def _is_silent(self) -> bool:
        if self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)
