"""A whole evaluation on the real stores, on a data set of which the outcome is known."""

import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from apps.movies.models import Rating
from tests.factories import make_movie

pytestmark = pytest.mark.django_db
PEOPLE, FILMS, SEEN = 60, 24, 18


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two kinds of films; one half of the people sees the first kind, the other the second.

    A film has the same stars from everybody.
    """
    rows = ["userId,movieId,rating,timestamp"]
    for person in range(1, PEOPLE + 1):
        first = 1 + FILMS * (person % 2)
        seen = np.random.default_rng(person).permutation(FILMS)[:SEEN].tolist()
        rows += [
            f"{person},{first + film},{1 + film % 4}.5,{second}" for second, film in enumerate(seen)
        ]
    (tmp_path / "ratings.csv").write_text("\n".join(rows), encoding="utf-8")
    films = [
        f"{pk},Film {pk} (1990),{('War', 'Drama')[pk > FILMS]}" for pk in range(1, 2 * FILMS + 1)
    ]
    (tmp_path / "movies.csv").write_text(
        "\n".join(["movieId,title,genres", *films]), encoding="utf-8"
    )
    return tmp_path


def test_the_blend_finds_what_was_held_out_and_popularity_does_not(
    own_generations: None, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    call_command("evaluate", "--here", data=folder, only=["shown", "stars"], people=20, out=out)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert (report["people"], report["films"]) == (PEOPLE, 2 * FILMS)
    (split,) = report["shown"]
    assert (split["split"], split["people"]) == ("last", 20)

    # The stores never heard of what was asked for.
    assert Rating.objects.count() == split["known"] == PEOPLE * (SEEN - 1)

    hits = {name: figures["hit_rate_at_10"][0] for name, figures in split["systems"].items()}
    assert hits["blend"] == hits["collaborative alone"] == hits["EASE"] == 1
    assert hits["user-kNN (Pearson)"] >= 0.5
    assert hits["ALS"] > hits["popularity"]
    assert hits["popularity"] < 0.8
    assert split["systems"]["EASE"]["diversity_at_10"][0] < 0.6
    assert split["systems"]["popular alone"]["coverage_at_10"] <= 1

    assert report["stars"]["predicted_stars"]["rmse"] < 0.2
    assert report["stars"]["Surprise SVD"]["rmse"] > report["stars"]["predicted_stars"]["rmse"]

    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 6 + 2
    assert all(name in page for name in split["systems"])


def test_stores_that_are_in_use_are_left_alone(folder: Path) -> None:
    make_movie("Heat")
    with pytest.raises(CommandError, match="in use"):
        call_command("evaluate", "--here", data=folder)
