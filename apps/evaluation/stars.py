"""Stars: how far predicted ones are from those that people gave, in five random folds."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import surprise
from numpy.typing import NDArray
from tqdm import tqdm

from apps.evaluation.log import Log
from apps.evaluation.metrics.stars import mae, rmse
from apps.evaluation.splits import folds
from apps.recommendations import fold_in, training
from apps.recommendations.learning.ratings import in_order

FOLDS = 5

Stars = NDArray[np.float64]


def served(known: Log, asked: Log) -> Stars:
    """What a member would be told, after a training on what is known.

    For a film that it did not know the member is told nothing: here their own mean stands for it.
    """
    learned = training.learn(in_order(known.person, known.movie, known.half_stars, known.when))
    predicted: list[float] = []
    for person in np.unique(asked.person).tolist():
        own = known.only(known.person == person)
        rated = list(zip(own.movie.tolist(), own.half_stars.tolist(), strict=True))
        films = asked.movie[asked.person == person].tolist()
        told = fold_in.predicted_stars(learned, rated, films)
        mean = float(own.half_stars.mean()) / 2 if rated else float(learned.mean)
        predicted += [told.get(film, mean) for film in films]
    return np.array(predicted)


def by_surprise(model: Callable[[], Any]) -> Callable[[Log, Log], Stars]:
    """A model of the library Surprise (Hug, JOSS 5(52), 2020), with its own settings."""

    def predict(known: Log, asked: Log) -> Stars:
        rows = zip(known.person.tolist(), known.movie.tolist(), known.half_stars / 2, strict=True)
        reader = surprise.Reader(rating_scale=(0.5, 5))
        learnable = surprise.dataset.Dataset(reader).construct_trainset([(*row, 0) for row in rows])
        fitted = model().fit(learnable)
        pairs = zip(asked.person.tolist(), asked.movie.tolist(), strict=True)
        return np.array([fitted.predict(*pair).est for pair in pairs])

    return predict


PREDICTORS: Mapping[str, Callable[[Log, Log], Stars]] = MappingProxyType(
    {
        "predicted_stars": served,
        "Surprise SVD": by_surprise(lambda: surprise.SVD(random_state=7)),
        "Surprise SVD++": by_surprise(lambda: surprise.SVDpp(random_state=7)),
        "Surprise item KNNBaseline": by_surprise(
            lambda: surprise.KNNBaseline(
                sim_options={"name": "pearson_baseline", "user_based": False}, verbose=False
            )
        ),
    }
)


def measured(log: Log) -> dict[str, dict[str, float]]:
    """RMSE and MAE of every system, the means over the folds."""
    off: dict[str, list[Stars]] = {name: [] for name in PREDICTORS}
    for held_out in tqdm(folds(log, FOLDS), desc="folds", total=FOLDS):
        known, asked = log.only(~held_out), log.only(held_out)
        for name, predict in PREDICTORS.items():
            off[name].append(predict(known, asked) - asked.half_stars / 2)
    return {
        name: {
            "rmse": float(np.mean([rmse(fold) for fold in of_folds])),
            "mae": float(np.mean([mae(fold) for fold in of_folds])),
        }
        for name, of_folds in off.items()
    }
