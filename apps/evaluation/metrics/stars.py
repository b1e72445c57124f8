"""RMSE and MAE: how far predicted stars are from given ones, the root of the mean square and the
mean of the distance.

Herlocker, Konstan, Terveen and Riedl, Evaluating collaborative filtering recommender systems, ACM
TOIS 22(1), 2004.
"""

import numpy as np
from numpy.typing import NDArray


def rmse(off: NDArray[np.float64]) -> float:
    """`off` is predicted minus given, in stars."""
    return float(np.sqrt(np.mean(off**2)))


def mae(off: NDArray[np.float64]) -> float:
    """`off` is predicted minus given, in stars."""
    return float(np.mean(np.abs(off)))
