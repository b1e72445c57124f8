"""Words of answers that are sentences."""

from collections.abc import Sequence

MOST_NAMED = 3


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def shortened(names: Sequence[str]) -> str:
    """The first three of these names, and how many more: `a, b, c and 4 more`."""
    more = len(names) - MOST_NAMED
    return listed([*names[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])])
