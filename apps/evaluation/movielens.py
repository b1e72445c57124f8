"""MovieLens' files in each of their layouts. What is wrong is told by file and line.

Lines are UTF-8 or, as in old releases, latin-1; a BOM, CRLF and blank lines are nothing. What the
database would refuse is refused here: hours pass before a row of it is written.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.common.errors import Conflict
from apps.evaluation.log import Log, Mask

LARGEST_ID = 2**31 - 1
LATEST = 253_402_300_799
"""The last second of the year 9999, behind which no date is; milliseconds since 1970 lie there."""

LONGEST_TITLE = 300

HALF_STARS = {number / 2: number for number in range(1, 11)}

FLAGS = (
    "unknown", "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
"""The genres of `u.item`, by the place of their flags, which are its last columns."""

BEFORE_FLAGS = 5


class NoMovieLens(Conflict):
    """The folder holds no MovieLens data set: ratings.csv with movies.csv, ratings.dat with
    movies.dat, or u.data with u.item. Name the folder in which these lie."""

    code = "no_movielens"


class Row(NamedTuple):
    """A film as MovieLens has it: the title with the year behind it."""

    id: int
    name: str
    genres: Sequence[str]


Cells = tuple[int, Sequence[str]]
"""The number of a line, from 1, and what stands in its columns."""

Table = NDArray[np.int64]
"""Ratings as rows of person, film, half stars and seconds."""


def read_folder(folder: Path) -> tuple[Log, list[Row]]:
    """Ratings and films of a folder in one of the layouts; NoMovieLens says what is wrong.

    Of several ratings of one film by one person the newest counts, as it does here for members.
    """
    for names, cells_of in _LAYOUTS.items():
        ratings, films = (folder / name for name in names)
        if ratings.is_file() and films.is_file():
            return _log(ratings, cells_of[0](ratings)), _films(films, cells_of[1](films))
    raise NoMovieLens


def _log(path: Path, lines: Iterable[Cells]) -> Log:
    rows = (_rating(path, number, cells) for number, cells in lines)
    table = np.fromiter(chain.from_iterable(rows), dtype=np.int64).reshape(-1, 4)
    if not len(table):
        raise NoMovieLens(f"{path.name} holds no rating. Take the whole file of the data set.")
    return Log.of(*_newest(table).T)


def _rating(path: Path, number: int, cells: Sequence[str]) -> tuple[int, int, int, int]:
    person, movie, stars, when = cells
    half_stars = _half_stars(stars)
    if half_stars is None:
        raise _wrong(path, number, f"the rating {stars!r} is none of 0.5, 1.0 … 5.0")
    return (
        _whole(path, number, "the user's id", person),
        _whole(path, number, "the film's id", movie),
        half_stars,
        _whole(path, number, "the time in seconds since 1970", when, least=0, most=LATEST),
    )


def _half_stars(text: str) -> int | None:
    try:
        return HALF_STARS.get(float(text))
    except ValueError:
        return None


def _newest(table: Table) -> Table:
    """Of rows of one person and film the newest, of one second the one that stands last."""
    person, movie, _, when = table.T
    ordered: Table = table[np.lexsort((when, movie, person))]  # which is stable
    is_last: Mask = np.append((ordered[1:, :2] != ordered[:-1, :2]).any(axis=1), True)
    return ordered[is_last]


def _films(path: Path, lines: Iterable[Cells]) -> list[Row]:
    films: dict[int, Row] = {}
    for number, (pk, title, genres) in lines:
        film = Row(_whole(path, number, "the film's id", pk), _name(title), genres.split("|"))
        if film.id in films:
            raise _wrong(path, number, f"the film {film.id} stands there for the second time")
        if not film.name or len(film.name) > LONGEST_TITLE or "\0" in film.name:
            raise _wrong(path, number, f"the title {film.name[:40]!r} has no 1 to 300 letters")
        films[film.id] = film
    return list(films.values())


def _name(title: str) -> str:
    return " ".join(title.split())


def _whole(
    path: Path, number: int, what: str, text: str, *, least: int = 1, most: int = LARGEST_ID
) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise _wrong(
            path, number, f"{what} is {text[:40]!r}, no whole number from {least} to {most}"
        )
    return value


def _comma(*columns: str) -> Callable[[Path], Iterator[Cells]]:
    """A file of which the first line names the columns."""

    def cells_of(path: Path) -> Iterator[Cells]:
        lines = _lines(path)
        names = _split(path, *next(lines, (1, "")))
        if missing := [name for name in columns if name not in names]:
            raise NoMovieLens(
                f"{path.name} has no column {' and no '.join(missing)}. Its first line must name "
                f"{','.join(columns)}, and each line after it hold them."
            )
        wanted = itemgetter(*map(names.index, columns))
        for number, line in lines:
            cells = _split(path, number, line)
            yield number, wanted(_as_many(path, number, cells, len(names)))

    return cells_of


def _split(path: Path, number: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise _wrong(path, number, f"{error}") from error


def _apart(by: str | None, columns: int) -> Callable[[Path], Iterator[Cells]]:
    """A file with so many columns and this between them; by None, any space."""

    def cells_of(path: Path) -> Iterator[Cells]:
        for number, line in _lines(path):
            yield number, _as_many(path, number, line.split(by), columns)

    return cells_of


def _flags(path: Path) -> Iterator[Cells]:
    """`u.item`."""
    for number, cells in _apart("|", BEFORE_FLAGS + len(FLAGS))(path):
        flags = zip(FLAGS, cells[BEFORE_FLAGS:], strict=True)
        yield number, (*cells[:2], "|".join(genre for genre, flag in flags if flag == "1"))


def _as_many(path: Path, number: int, cells: Sequence[str], columns: int) -> Sequence[str]:
    if len(cells) != columns:
        raise _wrong(path, number, f"it has {len(cells)} columns, not {columns}")
    return cells


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that hold something. Only LF ends one: titles may hold other breaks of Unicode."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            text = _text(line)
            if text.strip():
                yield number, text.rstrip("\r\n")


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _wrong(path: Path, number: int, what: str) -> NoMovieLens:
    return NoMovieLens(f"{path.name}, line {number}: {what}. Mend the line or take it out.")


_LAYOUTS = {
    ("ratings.csv", "movies.csv"): (
        _comma("userId", "movieId", "rating", "timestamp"),
        _comma("movieId", "title", "genres"),
    ),
    ("ratings.dat", "movies.dat"): (_apart("::", 4), _apart("::", 3)),
    ("u.data", "u.item"): (_apart(None, 4), _flags),
}
