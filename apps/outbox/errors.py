"""What can be wrong with a question to the ledger."""

from apps.common.errors import InvalidInput, NotFound


class NoSuchDeadLetter(NotFound):
    """There is no such dead letter. It may have been replayed, discarded or delivered meanwhile."""


class InvalidSyncToken(InvalidInput):
    """The Sync-Token header is not one that this server gave."""

    code = "invalid_sync_token"
