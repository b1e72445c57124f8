"""Plain systems to compare with: from who rated what to a score for each person and film.

Settings are those of their papers or the best of a small search on the second-last rating of the
sample. All of them see every rating alike, whenever it was made.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import implicit
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

Scores = NDArray[np.float32]
Matrix = Any
"""Stars, people by films, scipy's csr_matrix."""

NEIGHBOURS = 100
"""Of a film in item-kNN, of a person in user-kNN."""

EASE_RIDGE = 250.0
SHRINKAGE = 10.0
"""Shared films at which a correlation of two people counts half."""


def popularity(stars: Matrix) -> Scores:
    """Films by how many rated them, the same for all."""
    raters = np.asarray((stars > 0).sum(axis=0), dtype=np.float32).ravel()
    return np.broadcast_to(raters, stars.shape)


def item_knn(stars: Matrix) -> Scores:
    """Cosine of who rated the films, the nearest films only (Deshpande and Karypis 2004)."""
    seen = _seen(stars)
    norms = np.sqrt(np.asarray(seen.sum(axis=0))).ravel()
    alike = ((seen.T @ seen).toarray() / np.outer(norms, norms).clip(1e-9)).astype(np.float32)
    np.fill_diagonal(alike, 0)
    return np.asarray((seen @ _nearest(alike).T).toarray())


def ease(stars: Matrix) -> Scores:
    """Embarrassingly shallow autoencoders (Steck, WWW 2019), in closed form."""
    seen = _seen(stars)
    gram = (seen.T @ seen).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += EASE_RIDGE
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return np.asarray(seen @ weights)


def als(stars: Matrix) -> Scores:
    """Implicit alternating least squares (Hu, Koren and Volinsky, ICDM 2008), by `implicit`."""
    with threadpool_limits(1, "blas"):  # as `implicit` asks for: its own threads share the work
        model = implicit.als.AlternatingLeastSquares(
            factors=64, regularization=0.05, alpha=5.0, iterations=15, random_state=7, num_threads=1
        )
        model.fit(_seen(stars), show_progress=False)
    return np.asarray(model.user_factors @ model.item_factors.T)


def user_knn(stars: Matrix) -> Scores:
    """Pearson's correlation over shared films, shrunk, the nearest people only.

    Resnick et al., GroupLens, CSCW 1994; each adds their correlation for a film that they rated.
    """
    seen = _seen(stars)
    shared = (seen @ seen.T).toarray()
    products = (stars @ stars.T).toarray()
    sums = (stars @ seen.T).toarray()
    squares = (stars.multiply(stars) @ seen.T).toarray()
    spread = shared * squares - sums**2
    scale = np.sqrt(np.maximum(spread * spread.T, 0))
    covariance = shared * products - sums * sums.T
    agreement = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 1e-6)
    agreement *= shared / (shared + SHRINKAGE)
    np.fill_diagonal(agreement, 0)
    return np.asarray((_nearest(np.maximum(agreement, 0)) @ seen).toarray(), dtype=np.float32)


BASELINES: Mapping[str, Callable[[Matrix], Scores]] = MappingProxyType(
    {
        "popularity": popularity,
        "item-kNN": item_knn,
        "user-kNN (Pearson)": user_knn,
        "ALS": als,
        "EASE": ease,
    }
)


def _seen(stars: Matrix) -> Matrix:
    return (stars > 0).astype(np.float32)


def _nearest(alike: NDArray[Any]) -> Matrix:
    """The largest of each row, the others 0."""
    count = min(NEIGHBOURS, alike.shape[1] - 1)
    bound = np.partition(alike, -count, axis=1)[:, [-count]]
    return sparse.csr_matrix(np.where(alike >= bound, alike, 0))
