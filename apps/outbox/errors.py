"""What can be wrong with a question to the ledger, with a rebuild, and with the ledger itself."""

from apps.common.errors import CinemeshError, Conflict, InvalidInput, NotFound


class NoSuchDeadLetter(NotFound):
    """There is no such dead letter. It may have been replayed, discarded or delivered meanwhile."""


class InvalidSyncToken(InvalidInput):
    """The Sync-Token header is not one that this server gave."""

    code = "invalid_sync_token"


class AnotherRebuild(Conflict):
    """A rebuild of this store is under way already."""

    code = "another_rebuild"


class GivenUp(Conflict):
    """The new generation could not be written and was given up; the log says why."""

    code = "generation_given_up"


class NotEqual(Conflict):
    """The new generation is not what Postgres says, and was given up."""

    code = "generation_not_equal"


class NoPrevious(Conflict):
    """There is no previous generation."""

    code = "no_previous_generation"


class SetBack(CinemeshError):
    """Postgres is older than its stores: it was restored. Run: manage.py after_restore"""

    code = "set_back"
    status = 503
