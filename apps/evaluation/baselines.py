"""Plain systems to compare with: from who rated what to scores of all films for some of the people.

Settings are those of their papers or the best of a small search on the second-last rating of the
sample. All of them see every rating alike, whenever it was made. None but EASE holds a matrix of
films × films or people × people, and that says how much it needs.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import implicit
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]
Matrix = Any
"""Stars, people by films, scipy's csr_matrix."""

Scorer = Callable[[Rows], Scores]
"""What was learned: from people, as rows of the matrix, to scores of all films for each."""

NEIGHBOURS = 100
"""Of a film in item-kNN, of a person in user-kNN."""

EASE_RIDGE = 250.0
SHRINKAGE = 10.0
"""Shared films at which a correlation of two people counts half."""

BLOCK = 256
"""People, or films, that are looked at together: 10 M ratings of 70,000 people take 2 GB so."""


def popularity(stars: Matrix) -> Scorer:
    """Films by how many rated them, the same for all."""
    raters = np.asarray((stars > 0).sum(axis=0), dtype=np.float32).ravel()
    return lambda rows: np.broadcast_to(raters, (len(rows), len(raters)))


def item_knn(stars: Matrix) -> Scorer:
    """Cosine of who rated the films, the nearest films only (Deshpande and Karypis 2004)."""
    seen = _seen(stars)
    norms = np.sqrt(np.asarray(seen.sum(axis=0))).ravel()
    raters = seen.T.tocsr()

    def nearest(films: Rows) -> Matrix:
        shared = (raters[films] @ seen).toarray()
        alike = (shared / np.outer(norms[films], norms).clip(1e-9)).astype(np.float32)
        alike[np.arange(len(films)), films] = 0
        return _nearest(alike)

    around = sparse.vstack([nearest(films) for films in blocks(np.arange(seen.shape[1]))])
    to_films = around.T.tocsr()
    return lambda rows: np.asarray((seen[rows] @ to_films).toarray())


def ease(stars: Matrix) -> Scorer:
    """Embarrassingly shallow autoencoders (Steck, WWW 2019), in closed form."""
    seen = _seen(stars)
    gram = (seen.T @ seen).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += EASE_RIDGE
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return lambda rows: np.asarray(seen[rows] @ weights)


def als(stars: Matrix) -> Scorer:
    """Implicit alternating least squares (Hu, Koren and Volinsky, ICDM 2008), by `implicit`."""
    with threadpool_limits(1, "blas"):  # as `implicit` asks for: its own threads share the work
        model = implicit.als.AlternatingLeastSquares(
            factors=64, regularization=0.05, alpha=5.0, iterations=15, random_state=7, num_threads=1
        )
        model.fit(_seen(stars), show_progress=False)
    return lambda rows: np.asarray(model.user_factors[rows] @ model.item_factors.T)


def user_knn(stars: Matrix) -> Scorer:
    """Pearson's correlation over shared films, shrunk, the nearest people only.

    Resnick et al., GroupLens, CSCW 1994; each adds their correlation for a film that they rated.
    """
    seen = _seen(stars)
    squared = stars.multiply(stars).tocsr()

    def scores(rows: Rows) -> Scores:
        shared = (seen[rows] @ seen.T).toarray()
        products = (stars[rows] @ stars.T).toarray()
        own, others = (stars[rows] @ seen.T).toarray(), (seen[rows] @ stars.T).toarray()
        own_spread = shared * (squared[rows] @ seen.T).toarray() - own**2
        others_spread = shared * (seen[rows] @ squared.T).toarray() - others**2
        scale = np.sqrt(np.maximum(own_spread * others_spread, 0))
        covariance = shared * products - own * others
        agreement = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 1e-6)
        agreement *= shared / (shared + SHRINKAGE)
        agreement[np.arange(len(rows)), rows] = 0
        near = _nearest(np.maximum(agreement, 0))
        return np.asarray((near @ seen).toarray(), dtype=np.float32)

    return scores


BASELINES: Mapping[str, Callable[[Matrix], Scorer]] = MappingProxyType(
    {
        "popularity": popularity,
        "item-kNN": item_knn,
        "user-kNN (Pearson)": user_knn,
        "ALS": als,
        "EASE": ease,
    }
)


def too_large(films: int) -> dict[str, str]:
    """The systems that this machine has too little memory for, and why: half of it is theirs."""
    needs = 4 * films * films * np.dtype(np.float32).itemsize
    has = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    if needs <= has:
        return {}
    told = (
        f"It needs {needs / 1e9:,.1f} GB for {films:,} films, here are {has / 1e9:,.1f} GB for it."
    )
    return {"EASE": told}


def blocks(rows: Rows) -> Iterator[Rows]:
    """These, so many at a time."""
    for start in range(0, len(rows), BLOCK):
        yield rows[start : start + BLOCK]


def _seen(stars: Matrix) -> Matrix:
    return (stars > 0).astype(np.float32)


def _nearest(alike: NDArray[Any]) -> Matrix:
    """The largest of each row, the others 0."""
    count = min(NEIGHBOURS, alike.shape[1] - 1)
    bound = np.partition(alike, -count, axis=1)[:, [-count]]
    return sparse.csr_matrix(np.where(alike >= bound, alike, 0))
