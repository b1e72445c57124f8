"""Figures as a table."""

from collections.abc import Sequence


def quantile(values: Sequence[float], part: float) -> float:
    """The smallest value with at least this part of all at or below it."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def row(title: str, seconds: Sequence[float]) -> str:
    """A line with count, median, 99th percentile and maximum, in milliseconds."""
    if not seconds:
        return f"{title:<28}{0:>8}"
    p50, p99, most = (1000 * quantile(seconds, part) for part in (0.5, 0.99, 1))
    return f"{title:<28}{len(seconds):>8}{p50:>10.0f}{p99:>10.0f}{most:>10.0f}"


HEAD = f"{'':<28}{'n':>8}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}"
