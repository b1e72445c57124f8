"""Names in paths."""


class UsernameConverter:
    """`<username:name>`: what can be a username, in any case; all else is not found."""

    regex = "[A-Za-z0-9_-]{3,30}"

    def to_python(self, value: str) -> str:
        """In lower case, as it is kept."""
        return value.lower()

    def to_url(self, value: str) -> str:
        """As it is."""
        return value
