"""What is read of MovieLens' files, and what is told of odd ones."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.evaluation.movielens import FLAGS, LARGEST_ID, NoMovieLens, Row, read_folder
from tests.apps.evaluation.test_data import CSV, DAT, OLD

BOM = "\ufeff"
LAYOUTS: list[tuple[str, str]] = [tuple(files) for files in (CSV, DAT, OLD)]  # type: ignore[misc]

ids = st.integers(1, LARGEST_ID)
names = st.text(st.characters(exclude_characters='\0|"', exclude_categories=["Cs"]), min_size=1)
titles = names.map(lambda text: " ".join(text.replace("::", " ").split())).filter(
    lambda title: title and not title.startswith((BOM, ":")) and not title.endswith(":")
)
ratings = st.tuples(ids, ids, st.integers(1, 10), st.integers(0, 2_000_000_000))


def written(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def refusal(folder: Path, files: Mapping[str, str | bytes]) -> str:
    with pytest.raises(NoMovieLens) as error:
        read_folder(written(folder, files))
    return error.value.detail


def as_csv(rows: list[tuple[int, int, int, int]], films: list[Row]) -> dict[str, str]:
    lines = [f"{person},{movie},{half / 2},{when}" for person, movie, half, when in rows]
    told = [f'{film.id},"{film.name}",{"|".join(film.genres)}' for film in films]
    return {
        "ratings.csv": "\n".join(["userId,movieId,rating,timestamp", *lines]),
        "movies.csv": "\n".join(["movieId,title,genres", *told]),
    }


def as_dat(rows: list[tuple[int, int, int, int]], films: list[Row]) -> dict[str, str]:
    lines = [f"{person}::{movie}::{half / 2}::{when}" for person, movie, half, when in rows]
    told = [f"{film.id}::{film.name}::{'|'.join(film.genres)}" for film in films]
    return {"ratings.dat": "\n".join(lines), "movies.dat": "\n".join(told)}


def as_data(rows: list[tuple[int, int, int, int]], films: list[Row]) -> dict[str, str]:
    lines = [f"{person}\t{movie}\t{half / 2}\t{when}" for person, movie, half, when in rows]
    told = [
        f"{film.id}|{film.name}|||http|{'|'.join(str(int(g in film.genres)) for g in FLAGS)}"
        for film in films
    ]
    return {"u.data": "\n".join(lines), "u.item": "\n".join(told)}


films_of_any_kind = st.lists(
    st.builds(Row, ids, titles, st.lists(st.sampled_from(FLAGS), min_size=1, unique=True)),
    unique_by=lambda film: film.id,
)


@pytest.mark.parametrize("written_as", [as_csv, as_dat, as_data])
@given(st.lists(ratings, min_size=1, unique_by=lambda row: row[:2]), films_of_any_kind, st.data())
def test_what_is_written_is_read(
    written_as, rows: list[tuple[int, int, int, int]], films: list[Row], data: st.DataObject
) -> None:
    break_ = data.draw(st.sampled_from(["\n", "\r\n", "\n\n", "\r\n \r\n"]))
    end = data.draw(st.sampled_from(["", break_, break_ * 2]))
    bom = data.draw(st.sampled_from(["", BOM]))
    with TemporaryDirectory() as folder:
        files = {
            name: f"{bom}{text.replace(chr(10), break_)}{end}"
            for name, text in written_as(rows, films).items()
        }
        log, told = read_folder(written(Path(folder), files))
    columns = (log.person, log.movie, log.half_stars, log.when)
    assert sorted(zip(*(column.tolist() for column in columns), strict=True)) == sorted(rows)
    assert [film.name for film in told] == [film.name for film in films]
    assert [set(film.genres) for film in told] == [set(film.genres) for film in films]


@pytest.mark.parametrize("layout", LAYOUTS, ids=["csv", "dat", "data"])
@given(data=st.data())
def test_whatever_stands_there_is_read_or_refused_with_its_file(
    layout: tuple[str, str], data: st.DataObject
) -> None:
    good = next(files for files in (CSV, DAT, OLD) if tuple(files) == layout)
    spoilt = data.draw(st.sampled_from(layout))
    content = bytearray(good[spoilt].encode())
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    content[start:end] = data.draw(st.binary(max_size=20))
    with TemporaryDirectory() as folder:
        try:
            log, films = read_folder(written(Path(folder), {**good, spoilt: bytes(content)}))
        except NoMovieLens as error:
            refused = error.detail
        else:
            refused = ""
    if refused:
        assert refused.startswith(spoilt)
    else:
        assert set(log.half_stars.tolist()) <= set(range(1, 11))
        assert all(film.name for film in films)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("1,8,0,50", "rating '0'"),
        ("1,8,6,50", "rating '6'"),
        ("1,8,3.7,50", "rating '3.7'"),
        ("1,8,nan,50", "rating 'nan'"),
        ("1,8,3.0", "3 columns, not 4"),
        ("1,8,3.0,", "the time in seconds since 1970 is ''"),
        ("1,8,3.0,1700000000000", "the time in seconds since 1970 is '1700000000000'"),
        ("0,8,3.0,50", "the user's id is '0'"),
        ("1,x,3.0,50", "the film's id is 'x'"),
        (f"1,{2**31},3.0,50", f"the film's id is '{2**31}'"),
        ('1,"8,3.0,50', "unexpected end of data"),
    ],
)
def test_a_rating_that_is_none_is_told_with_its_line(row: str, told: str, tmp_path: Path) -> None:
    text = f"userId,movieId,rating,timestamp\n1,7,4.5,100\n\n{row}\n"
    detail = refusal(tmp_path, {**CSV, "ratings.csv": text})
    assert detail.startswith("ratings.csv, line 4: ")
    assert told in detail
    assert detail.endswith("Mend the line or take it out.")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({**CSV, "movies.csv": "movieId,title,genres\n7,,War\n"}, "movies.csv, line 2: the title"),
        ({**CSV, "movies.csv": f"movieId,title,genres\n7,{'a' * 301},W\n"}, "movies.csv, line 2"),
        ({**DAT, "movies.dat": "7::A::War\n\n7::B::War\n"}, "movies.dat, line 3: the film 7"),
        ({**DAT, "movies.dat": "7::A\n"}, "movies.dat, line 1: it has 2 columns, not 3"),
        ({**OLD, "u.item": "7|A|||http|0|1\n"}, "u.item, line 1: it has 7 columns, not 24"),
    ],
)
def test_a_film_that_is_none_is_told_with_its_line(
    files: dict[str, str], told: str, tmp_path: Path
) -> None:
    assert refusal(tmp_path, files).startswith(told)


def test_a_missing_column_is_named_with_what_must_be_there(tmp_path: Path) -> None:
    files = {**CSV, "ratings.csv": "userId,movieId,rating\n1,7,4.5\n"}
    detail = refusal(tmp_path, files)
    assert "ratings.csv has no column timestamp." in detail
    assert "userId,movieId,rating,timestamp" in detail


def test_columns_may_stand_in_another_order(tmp_path: Path) -> None:
    text = "timestamp,rating,extra,movieId,userId\n100,4.5,x,7,1\n"
    log, _ = read_folder(written(tmp_path, {**CSV, "ratings.csv": text}))
    row = (log.person[0], log.movie[0], log.half_stars[0], log.when[0])
    assert row == (1, 7, 9, 100)


@pytest.mark.parametrize(
    ("name", "text"),
    [("ratings.csv", "userId,movieId,rating,timestamp\n"), ("ratings.dat", ""), ("u.data", "\n")],
)
def test_a_file_without_ratings_is_told(name: str, text: str, tmp_path: Path) -> None:
    good = next(files for files in (CSV, DAT, OLD) if name in files)
    assert refusal(tmp_path, {**good, name: text}).startswith(f"{name} holds no rating.")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize(
    ("layout", "film"),
    [(DAT, "9::Amélie\u0085 (2001)::War\n"), (OLD, f"9|Amélie\u0085 (2001)|||http|{'0|' * 18}1\n")],
    ids=["dat", "data"],
)
def test_films_are_read_as_utf_8_or_latin_1_and_only_lf_ends_a_line(
    layout: dict[str, str], film: str, encoding: str, tmp_path: Path
) -> None:
    ratings, films = layout
    files = {ratings: layout[ratings], films: (layout[films] + film).encode(encoding)}
    _, rows = read_folder(written(tmp_path, files))
    assert rows[-1].name == "Amélie (2001)"


def test_of_two_ratings_of_one_film_by_one_person_the_newest_counts(tmp_path: Path) -> None:
    rows = ["1,7,5.0,200", "1,7,1.0,100", "2,7,2.0,100", "2,7,3.0,100", "1,8,4.0,100"]
    text = "\n".join(["userId,movieId,rating,timestamp", *rows])
    log, _ = read_folder(written(tmp_path, {**CSV, "ratings.csv": text}))
    told = zip(log.person.tolist(), log.movie.tolist(), log.half_stars.tolist(), strict=True)
    assert sorted(told) == [(1, 7, 10), (1, 8, 8), (2, 7, 6)]


def test_large_ids_cost_nothing(tmp_path: Path) -> None:
    text = f"userId,movieId,rating,timestamp\n{LARGEST_ID},7,5.0,200\n{LARGEST_ID},8,5.0,100\n"
    log, _ = read_folder(written(tmp_path, {**CSV, "ratings.csv": text}))
    assert np.array_equal(log.age, [0, 1])
