"""A whole evaluation on the real stores, on a data set of which the outcome is known."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from apps.movies.importers.sample import sample_films
from apps.movies.models import Movie, Rating
from apps.outbox.models import Generation
from apps.vectors.embedding_cache import EmbeddingCache
from apps.vectors.management.commands.build_embedding_cache import fill
from apps.vectors.projectors import text_of
from apps.vectors.stored_vectors import stored_vectors
from tests.embedding import IDENTITY, HashedWords
from tests.factories import make_movie

pytestmark = pytest.mark.django_db
PEOPLE, FILMS, SEEN = 60, 24, 18


def written(folder: Path, films: Sequence[str]) -> Path:
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
    (folder / "ratings.csv").write_text("\n".join(rows), encoding="utf-8")
    told = [f'{pk},"{name}",{("War", "Drama")[pk > FILMS]}' for pk, name in enumerate(films, 1)]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *told]), encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data set of films that the sample does not have."""
    return written(tmp_path, [f"Film {pk} (1990)" for pk in range(1, 2 * FILMS + 1)])


def out_with(texts: Iterable[str], folder: Path) -> Path:
    """Where a report goes, with what an evaluation before has embedded; so no model is loaded."""
    cache = folder / "data" / "embeddings" / "all-MiniLM-L6-v2.npz"
    fill(EmbeddingCache(cache, IDENTITY), texts, HashedWords())
    return folder


def test_the_blend_finds_what_was_held_out_and_popularity_does_not(
    own_generations: None, folder: Path, tmp_path: Path
) -> None:
    texts = [f"Film {pk} (1990). {('War', 'Drama')[pk > FILMS]}" for pk in range(1, 2 * FILMS + 1)]
    out = out_with(texts, tmp_path / "out")
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


def test_masked_texts_are_compared_with_raw_ones(own_generations: None, tmp_path: Path) -> None:
    films = [film for film in islice(sample_films(), 400) if film.plot][: 2 * FILMS]
    known = [
        replace(film, tags=(), genres=(("War", "Drama")[place >= FILMS],))
        for place, film in enumerate(films)
    ]
    masked = [text_of(film) for film in known]
    raw = [text_of(replace(film, credits=())) for film in known]
    assert sum(one != other for one, other in zip(masked, raw, strict=True)) > FILMS
    folder = written(tmp_path, [f"{film.title} ({film.year})" for film in known])
    out = out_with({*masked, *raw}, tmp_path / "out")
    call_command("evaluate", "--here", data=folder, only=["texts"], people=20, out=out)

    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    (split,) = report["shown"]
    assert split["split"] == "texts, last"
    systems = split["systems"]
    assert [*systems] == [
        "content alone, masked",
        "blend, masked",
        "content alone, raw",
        "blend, raw",
    ]
    assert systems["content alone, masked"] != systems["content alone, raw"]
    for ahead, name in zip(split["ahead"], ["content alone", "blend"], strict=True):
        one, other = systems[f"{name}, masked"], systems[f"{name}, raw"]
        difference = one["ndcg_at_10"][0] - other["ndcg_at_10"][0]
        assert ahead["ndcg_at_10"][0] == pytest.approx(difference)

    # The last that the stores held were vectors of raw texts, made by the code that serves.
    live = Generation.objects.get(destination="vectors", state=Generation.State.LIVE).name
    ids = range(1, 2 * FILMS + 1)
    vectors = stored_vectors.of(live, ids)
    wanted = HashedWords().embed(raw)
    assert all(
        vectors[pk] == pytest.approx(vector, abs=2e-3)
        for pk, vector in zip(ids, wanted, strict=True)
    )


def test_nobody_to_test_is_told_before_anything_is_filled(tmp_path: Path) -> None:
    folder = written(tmp_path, [f"Film {pk} (1990)" for pk in range(1, 2 * FILMS + 1)])
    text = "userId,movieId,rating,timestamp\n1,1,4.5,100\n2,2,4.5,100\n"
    (folder / "ratings.csv").write_text(text, encoding="utf-8")
    for part, told in (("shown", "last"), ("time", "time 80%"), ("stars", "5 folds")):
        with pytest.raises(CommandError, match=f"^{part}: .*{told}"):
            call_command("evaluate", "--here", data=folder, only=[part], out=tmp_path / "out")
    assert not Movie.objects.exists()


@pytest.mark.parametrize("people", ["0", "-3", "x"])
def test_a_number_of_people_is_from_1(people: str) -> None:
    with pytest.raises(CommandError, match="is no number of people"):
        call_command("evaluate", "--here", f"--people={people}")


def test_what_is_wrong_with_a_folder_is_told_without_a_traceback(tmp_path: Path) -> None:
    folder = written(tmp_path, ["Film 1 (1990)"])
    (folder / "ratings.csv").write_text("userId,movieId,rating\n1,1,4.5\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"ratings\.csv has no column timestamp"):
        call_command("evaluate", "--here", data=folder, out=tmp_path / "out")


def test_stores_that_are_in_use_are_left_alone(folder: Path, tmp_path: Path) -> None:
    make_movie("Heat")
    with pytest.raises(CommandError, match="in use"):
        call_command("evaluate", "--here", data=folder, out=tmp_path / "out")
