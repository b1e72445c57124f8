"""Ids in paths: 63 bits; what is larger names nothing."""

MAX_ID = 2**63 - 1


class BigIdConverter:
    """`<bigid:movie_id>`: a number that Postgres can hold. Beyond it: not found."""

    regex = "[0-9]+"

    def to_python(self, value: str) -> int:
        """The number; ValueError makes Django answer 404."""
        if len(value) > 19 or int(value) > MAX_ID:
            raise ValueError("beyond 63 bits")
        return int(value)

    def to_url(self, value: int) -> str:
        """The number as text."""
        return str(value)
