"""How sure a mean over people is: percentile bootstrap (Efron 1979; Sakai, SIGIR 2006)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

RESAMPLES = 5_000
SEED = 7


class Interval(NamedTuple):
    """A mean, and the bounds that 95 % of the means of resampled people lie between."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float]) -> Interval:
    """Of one value a person. Differences of two systems, person by person, give the paired one."""
    given = np.asarray(values, dtype=np.float64)
    draw = np.random.default_rng(SEED)
    means = [given[draw.integers(len(given), size=len(given))].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(given.mean()), float(low), float(high))
