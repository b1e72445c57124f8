"""Odd rows: what is kept of them, and what is said of the rest."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.movies.importers.checksums import SampleError
from apps.movies.importers.reading import FILMS, RATINGS, number_of
from apps.movies.importers.records import Sample
from apps.movies.importers.sample import read_sample
from tests.apps.movies.importers.folder import (
    Line,
    film,
    movie,
    rating,
    seal,
    tag,
    write_bytes,
    write_folder,
)


def reasons(sample: Sample) -> list[tuple[str, int, str]]:
    """File, row and reason of everything that was left out."""
    return [
        (skip.file.split("/")[1][:-7], skip.row, skip.reason) for skip in sample.findings.skipped
    ]


@pytest.mark.parametrize(
    "year", ["199", "1995 (?)", "-1995", "²", "1869", "2101", "1995.0", "٣٤٥٦"]
)
def test_film_with_a_bad_year_is_kept_without(tmp_path: Path, year: str) -> None:
    sample = read_sample(write_folder(tmp_path, films=[film(year=year)]))
    assert [found.year for found in sample.films] == [None]
    assert reasons(sample) == [("films", 1, "bad year, film kept without")]


def test_year_may_be_missing(tmp_path: Path) -> None:
    sample = read_sample(write_folder(tmp_path, films=[film(year=" ")]))
    assert sample.films[0].year is None
    assert reasons(sample) == [("films", 1, "no year, film kept")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (film(""), "bad film_id"),
        (film("0"), "bad film_id"),
        (film("-7"), "bad film_id"),
        (film("12a"), "bad film_id"),
        (film("99999999999999999999"), "bad film_id"),
        (film(7, "  "), "empty title"),
        (film(7, "x" * 301), "title too long"),
        (film(7, "nul \0 inside"), "NUL character"),
        (film(7, movielens_id=8), "film_id is not the movielens_id"),
        (["7", "", "Heat"], "wrong number of columns"),
        (["7", "", "Heat", *[""] * 9], "wrong number of columns"),
        ([], "wrong number of columns"),
    ],
)
def test_film_that_cannot_be_kept_is_named(tmp_path: Path, line: Line, reason: str) -> None:
    sample = read_sample(write_folder(tmp_path, films=[film(5), line]))
    assert [found.id for found in sample.films] == [5]
    assert reasons(sample) == [("films", 2, reason)]
    assert sample.findings.read["films/films.csv.gz"] == 2


def test_second_row_of_a_film_is_left_out(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path,
        films=[film(5, "First"), film(5, "Second")],
        movies=[movie(3, "First"), movie(3, "Second")],
    )
    sample = read_sample(folder)
    assert [found.title for found in sample.films] == ["First", "First"]
    assert {reason for _, _, reason in reasons(sample)} == {
        "the same film_id twice",
        "the same movie_id twice",
    }


def test_names_are_cleaned_and_come_once_in_their_order(tmp_path: Path) -> None:
    cast = " Zoë  Kravitz|Al Pacino||Al  Pacino| |Zoe\u0308 Kravitz|" + "x" * 201
    sample = read_sample(write_folder(tmp_path, films=[film(cast=cast, directors="Michael Mann")]))
    assert sample.films[0].cast == ("Zoë Kravitz", "Al Pacino")
    assert sample.films[0].directors == ("Michael Mann",)
    assert sorted(reason for _, _, reason in reasons(sample)) == [
        "empty name in cast",
        "empty name in cast",
        "name too long in cast",
        "the same name twice in cast",
        "the same name twice in cast",
    ]


def test_quotes_line_breaks_and_other_scripts_survive(tmp_path: Path) -> None:
    plot = 'He says "no",\nthen \\N and \\. and\ttabs; 七人の侍 🎬'
    sample = read_sample(write_folder(tmp_path, films=[film(title=' "七人の侍" ', text=plot)]))
    assert sample.films[0].title == '"七人の侍"'
    assert sample.films[0].plot == plot
    assert not sample.findings.skipped


def test_genre_labels_are_mapped_and_the_rest_is_counted(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path,
        films=[
            film(5, genres="Romantic Comedy|Silent|Sci-Fi"),
            film(6, genres="Silent"),
            film(2, genres="Western", movielens_id=2),
        ],
        movies=[movie(2, genres="Drama|Crime|(no genres listed)")],
    )
    sample = read_sample(folder)
    assert [found.genres for found in sample.films] == [
        ("Crime", "Drama"),
        ("Comedy", "Romance", "Sci-Fi"),
        (),
    ]
    assert sample.findings.unmapped_genres == {"Silent": 2, "(no genres listed)": 1}


def test_halves_of_a_film_are_put_together(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path,
        films=[film(2, movielens_id=2, text="A heist.", text_source="wikipedia_plot", cast="Al")],
        movies=[movie(2, imdb_id="tt0113277", tmdb_id=949, genres="Crime"), movie(3, "Casino")],
    )
    heat, casino = read_sample(folder).films
    assert (heat.imdb_id, heat.tmdb_id, heat.genres) == ("tt0113277", 949, ("Crime",))
    assert (heat.plot, heat.plot_source, heat.cast) == ("A heist.", "wikipedia_plot", ("Al",))
    assert (casino.id, casino.plot, casino.cast) == (3, "", ())


def test_bad_ids_of_other_catalogues_are_left_out(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path,
        movies=[
            movie(1, imdb_id="tt0000001", tmdb_id="x"),
            movie(2, imdb_id="tt0000001"),
            movie(3, imdb_id="nm0000001"),
        ],
    )
    sample = read_sample(folder)
    assert [found.imdb_id for found in sample.films] == ["tt0000001", "", ""]
    assert [reason for _, _, reason in reasons(sample)] == [
        "bad tmdb_id, film kept without",
        "imdb_id of another film, film kept without",
        "bad imdb_id, film kept without",
    ]


def test_overlong_fields_are_left_out_and_the_film_stays(tmp_path: Path) -> None:
    line = film(origin="x" * 41, text_source="x" * 21, wiki_url="https://x/" + "x" * 500)
    sample = read_sample(write_folder(tmp_path, films=[line]))
    assert (sample.films[0].origin, sample.films[0].plot_source) == ("", "")
    assert sample.films[0].source_url == ""
    assert len(sample.findings.skipped) == 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (rating(1, 2, "0.0"), "bad rating"),
        (rating(1, 2, "5.5"), "bad rating"),
        (rating(1, 2, "3.7"), "bad rating"),
        (rating(1, 2, "nan"), "bad rating"),
        (rating(1, 2, ""), "bad rating"),
        (rating("x", 2), "bad user_id"),
        (rating(10**9 + 1, 2), "bad user_id"),
        (rating(1, 99), "unknown film"),
        (rating(1, "x"), "unknown film"),
        (rating(1, 2, at="yesterday"), "bad timestamp"),
        (rating(1, 2, at=-1), "bad timestamp"),
        (rating(1, 2, at=10**12), "bad timestamp"),
        (rating(9, 2, "1.0", at=7000), "film rated twice by one rater"),
        (["1", "2", "4.0"], "wrong number of columns"),
    ],
)
def test_rating_that_cannot_be_kept_is_named(tmp_path: Path, line: Line, reason: str) -> None:
    folder = write_folder(tmp_path, films=[film(2)], ratings=[rating(9, 2, "3.5"), line])
    sample = read_sample(folder)
    assert [(kept.rater, kept.half_stars) for kept in sample.ratings] == [(9, 7)]
    assert reasons(sample) == [("ratings", 2, reason)]


def test_tags_are_cleaned_and_come_once(tmp_path: Path) -> None:
    lines = [
        tag(1, 2, " Film   Noir "),
        tag(1, 2, "film noir"),
        tag(1, 2, "  "),
        tag(2, 2, "x" * 101),
    ]
    sample = read_sample(write_folder(tmp_path, films=[film(2)], tags=lines))
    assert [kept.tag for kept in sample.tags] == ["film noir"]
    assert [reason for _, _, reason in reasons(sample)] == [
        "the same tag twice by one rater",
        "empty tag",
        "tag too long",
    ]


def test_what_deserves_a_look_is_noted(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path, films=[film(5, "Emma", cast="ZaSu Pitts"), film(6, "Emma", cast="Zasu Pitts")]
    )
    same_title, two_spellings = read_sample(folder).findings.notes
    assert "Emma (1995)" in same_title
    assert "ZaSu Pitts and Zasu Pitts" in two_spellings


def _remove(folder: Path) -> None:
    (folder / RATINGS.name).unlink()


def _change(folder: Path) -> None:
    write_bytes(folder, RATINGS, gzip.compress(b"user_id,movie_id,rating,timestamp\n"))


def _no_readme(folder: Path) -> None:
    (folder / "README.md").unlink()


def _empty_readme(folder: Path) -> None:
    (folder / "README.md").write_text("Data.\n", encoding="utf-8")


def _sealed(content: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        write_bytes(folder, FILMS, content)
        seal(folder)

    return write


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_remove, "ratings.csv.gz cannot be read"),
        (_change, "its sha256 differs"),
        (_no_readme, "README.md cannot be read"),
        (_empty_readme, "has no checksum of films/films.csv.gz"),
        (_sealed(b"not gzip"), "films.csv.gz cannot be read"),
        (_sealed(gzip.compress(b"x" * 1000)[:20]), "films.csv.gz cannot be read"),
        (_sealed(gzip.compress(b"")), "has no column film_id"),
        (_sealed(gzip.compress(b"film_id,title\n1,Heat\n")), "has no column movielens_id"),
        (_sealed(gzip.compress(b"film_id,\xff\n")), "is not UTF-8"),
        (
            _sealed(gzip.compress((",".join(FILMS.columns) + '\n1,"open').encode())),
            "films.csv.gz cannot be read",
        ),
    ],
)
def test_unsound_folder_is_refused_with_a_sentence(
    tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    harm(write_folder(tmp_path, films=[film()]))
    with pytest.raises(SampleError, match=said):
        read_sample(tmp_path)


def test_numbers_are_plain_digits_within_bounds() -> None:
    assert number_of("42") == 42
    assert number_of("9223372036854775807") == 2**63 - 1
    for value in ("", "0", "-1", "1_000", " 1", "１", "9223372036854775808"):
        assert number_of(value) is None
