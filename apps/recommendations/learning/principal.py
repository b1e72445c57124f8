"""The directions in which a sparse matrix is widest."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

ROUNDS = 5
SPARE = 32


def principal(matrix: Any, rank: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The largest singular values of a sparse matrix, and the directions in its columns.

    Subspace iteration (Halko, Martinsson and Tropp 2011); exact where the rank allows no more.
    """
    rank = min(rank, *matrix.shape)
    wide = min(rank + SPARE, *matrix.shape)
    start = np.random.default_rng(7).standard_normal((matrix.shape[1], wide), dtype=np.float32)
    basis = start
    for _ in range(ROUNDS):
        basis, _ = linalg.qr(matrix.T @ (matrix @ basis), mode="economic", check_finite=False)
    image = matrix @ basis
    squares, turned = linalg.eigh(image.T @ image)
    strengths = np.sqrt(np.maximum(squares[::-1][:rank], 0.0))
    return strengths, basis @ turned[:, ::-1][:, :rank]
