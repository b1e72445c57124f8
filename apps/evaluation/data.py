"""A data set to measure on: the sample that the project ships, or any folder of MovieLens."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from apps.common.errors import Conflict
from apps.evaluation.log import Log
from apps.movies.importers.genres import MOVIELENS_GENRES
from apps.movies.importers.records import FilmRecord, RatingRecord, TagRecord
from apps.movies.importers.sample import SHIPPED_DATA, read_sample

_TITLE = re.compile(r"(?P<title>.*?)\s*(?:\((?P<year>\d{4})\))?\s*")
_ARTICLE = re.compile(r"(.*), (The|A|An|Le|La|Les|Il|El|Der|Die|Das)")
_FLAGS = (
    "unknown", "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
"""The genres of `u.item`, by the place of their flags."""


class NoMovieLens(Conflict):
    """The folder holds none of ratings.csv, ratings.dat and u.data with its file of films."""

    code = "no_movielens"


@dataclass(frozen=True, eq=False)
class Data:
    """Ratings, the films that they are of, and the tags on these."""

    name: str
    log: Log
    films: Sequence[FilmRecord]
    tags: Sequence[TagRecord]


def read(folder: Path | None) -> Data:
    """The folder in one of MovieLens' layouts, or the shipped sample; NoMovieLens for another.

    A film of a folder gets its plot and people from the sample's of the same title and year.
    """
    sample = read_sample(SHIPPED_DATA)
    if folder is None:
        return _data("the sample", _log_of(sample.ratings), sample.films, sample.tags)
    for ratings, films, layout in _LAYOUTS:
        if (folder / ratings).exists() and (folder / films).exists():
            log, rows = layout(folder / ratings, folder / films)
            told = {(film.title, film.year): film for film in sample.films if film.plot}
            return _data(folder.name, log, [_film(row, told) for row in rows], ())
    raise NoMovieLens


def _data(name: str, log: Log, films: Sequence[FilmRecord], tags: Sequence[TagRecord]) -> Data:
    rated = set(log.movie.tolist())
    told = [film for film in films if film.id in rated]
    ids = [film.id for film in told]
    return Data(
        name,
        log.only(np.isin(log.movie, ids)),
        told,
        [tag for tag in tags if tag.movie_id in rated],
    )


def _log_of(records: Sequence[RatingRecord]) -> Log:
    rows = [(r.rater, r.movie_id, r.half_stars, int(r.rated_at.timestamp())) for r in records]
    return Log.of(*np.array(rows, dtype=np.int64).T)


Row = tuple[int, str, Sequence[str]]
"""Film id, title with the year behind it, genres."""


def _film(row: Row, told: Mapping[tuple[str, int | None], FilmRecord]) -> FilmRecord:
    pk, name, genres = row
    found = _TITLE.fullmatch(name)
    assert found
    title = _ARTICLE.sub(r"\2 \1", found["title"])
    year = int(found["year"]) if found["year"] else None
    known = sorted({"Children" if genre == "Children's" else genre for genre in genres})
    plain = FilmRecord(pk, title, year, genres=tuple(g for g in known if g in MOVIELENS_GENRES))
    other = told.get((title, year))
    if other is None:
        return plain
    return replace(plain, plot=other.plot, directors=other.directors, cast=other.cast)


def _comma(ratings: Path, films: Path) -> tuple[Log, Iterator[Row]]:
    columns = np.loadtxt(ratings, delimiter=",", skiprows=1, ndmin=2)
    with films.open(encoding="utf-8", newline="") as lines:
        rows = [
            (int(pk), title, genres.split("|")) for pk, title, genres in list(csv.reader(lines))[1:]
        ]
    return _log(columns), iter(rows)


def _colons(ratings: Path, films: Path) -> tuple[Log, Iterator[Row]]:
    text = ratings.read_text(encoding="ascii").replace("::", " ")
    lines = [line.split("::") for line in films.read_text(encoding="latin-1").splitlines()]
    rows = ((int(pk), title, genres.split("|")) for pk, title, genres in lines)
    return _log(np.loadtxt(io.StringIO(text), ndmin=2)), rows


def _flags(ratings: Path, films: Path) -> tuple[Log, Iterator[Row]]:
    lines = [line.split("|") for line in films.read_text(encoding="latin-1").splitlines()]
    rows = (
        (
            int(line[0]),
            line[1],
            [g for g, flag in zip(_FLAGS, line[5:], strict=True) if flag == "1"],
        )
        for line in lines
    )
    return _log(np.loadtxt(ratings, ndmin=2)), rows


def _log(columns: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> Log:
    person, movie, stars, when = columns.T
    whole = [column.astype(np.int64) for column in (person, movie, stars * 2, when)]
    return Log.of(*whole)


_LAYOUTS = (
    ("ratings.csv", "movies.csv", _comma),
    ("ratings.dat", "movies.dat", _colons),
    ("u.data", "u.item", _flags),
)
