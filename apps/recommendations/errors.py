"""What can be wrong about recommendations."""

from apps.common.errors import NotFound


class UnknownSlate(NotFound):
    """You were shown no such film in a slate with this id."""

    code = "unknown_slate"
