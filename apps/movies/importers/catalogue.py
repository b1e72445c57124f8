"""Rows about films become records: MovieLens' and Wikipedia's halves of a film are put together."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.movies.importers.genres import MOVIELENS_GENRES, movielens_genres
from apps.movies.importers.reading import (
    FILMS,
    MOVIES,
    DataFile,
    Row,
    distinct,
    number_of,
    one_line,
    parts,
    rows,
)
from apps.movies.importers.records import FilmRecord, Findings
from apps.movies.models import Movie, Person
from apps.movies.models.catalogue import FIRST_YEAR, LAST_YEAR

_IMDB_ID = re.compile(r"tt\d{7,8}\Z")
_TITLE_LENGTH = Movie._meta.get_field("title").max_length or 0
_ORIGIN_LENGTH = Movie._meta.get_field("origin").max_length or 0
_PLOT_SOURCE_LENGTH = Movie._meta.get_field("plot_source").max_length or 0
_URL_LENGTH = Movie._meta.get_field("source_url").max_length or 0
_NAME_LENGTH = Person._meta.get_field("name").max_length or 0
_PAIRS_SHOWN = 5


def read_films(folder: Path, findings: Findings, *, films_only: bool) -> list[FilmRecord]:
    """All films by id, each once: those of `films/`, and those that MovieLens alone has."""
    known = {} if films_only else _movielens(folder, findings)
    films: dict[int, FilmRecord] = {}
    for number, row in rows(folder, FILMS, findings):
        source = _Source(FILMS, number, row, findings)
        film = source.film(known)
        if film and film.id in films:
            source.skip("the same film_id twice", row["film_id"])
        elif film:
            films[film.id] = film
    for film_id, half in known.items():
        films.setdefault(film_id, half)
    found = [films[film_id] for film_id in sorted(films)]
    _note_same_titles(found, findings)
    return found


def _movielens(folder: Path, findings: Findings) -> dict[int, FilmRecord]:
    found: dict[int, FilmRecord] = {}
    imdb_ids: set[str] = set()
    for number, row in rows(folder, MOVIES, findings):
        source = _Source(MOVIES, number, row, findings)
        film_id, title = source.id("movie_id"), source.title()
        if film_id is None or not title:
            continue
        if film_id in found:
            source.skip("the same movie_id twice", row["movie_id"])
            continue
        found[film_id] = FilmRecord(
            film_id,
            title,
            source.year(),
            imdb_id=source.imdb_id(imdb_ids),
            tmdb_id=source.tmdb_id(),
            genres=source.known_genres(),
        )
    return found


def _note_same_titles(films: list[FilmRecord], findings: Findings) -> None:
    counts = Counter((film.title, film.year) for film in films)
    pairs = [f"{title} ({year})" for (title, year), count in counts.items() if count > 1]
    if pairs:
        shown = ", ".join(pairs[:_PAIRS_SHOWN]) + (", …" if len(pairs) > _PAIRS_SHOWN else "")
        findings.notes.append(f"{len(pairs)} titles stand twice in one year: {shown}")


@dataclass(frozen=True)
class _Source:
    """One row, asked for one value at a time; what it cannot give is left out and remembered."""

    file: DataFile
    number: int
    row: Row
    findings: Findings

    def skip(self, reason: str, value: str = "") -> None:
        self.findings.skip(self.file.name, self.number, reason, value)

    def film(self, known: dict[int, FilmRecord]) -> FilmRecord | None:
        film_id, title = self.id("film_id"), self.title()
        if film_id is None or not title:
            return None
        if self.row["movielens_id"] not in ("", self.row["film_id"]):
            self.skip("film_id is not the movielens_id", self.row["movielens_id"])
            return None
        half = known.get(film_id) if self.row["movielens_id"] else None
        return FilmRecord(
            film_id,
            title,
            self.year(),
            origin=self.short("origin", _ORIGIN_LENGTH),
            plot=self.row["text"],
            plot_source=self.short("text_source", _PLOT_SOURCE_LENGTH),
            source_url=self.short("wiki_url", _URL_LENGTH),
            imdb_id=half.imdb_id if half else "",
            tmdb_id=half.tmdb_id if half else None,
            genres=half.genres if half else self.mapped_genres(),
            directors=self.names("directors"),
            cast=self.names("cast"),
        )

    def id(self, column: str) -> int | None:
        found = number_of(self.row[column])
        if found is None:
            self.skip(f"bad {column}", self.row[column])
        return found

    def title(self) -> str:
        title = self.row["title"].strip()
        if not title:
            self.skip("empty title")
        elif len(title) > _TITLE_LENGTH:
            self.skip("title too long", title)
            return ""
        return title

    def year(self) -> int | None:
        """None also where the source has none: 12 films of MovieLens."""
        value = self.row["year"].strip()
        year = number_of(value, low=FIRST_YEAR, high=LAST_YEAR)
        if year is None:
            self.skip("bad year, film kept without" if value else "no year, film kept", value)
        return year

    def short(self, column: str, length: int) -> str:
        value = self.row[column].strip()
        if len(value) > length:
            self.skip(f"{column} too long, film kept without", value)
            return ""
        return value

    def imdb_id(self, taken: set[str]) -> str:
        value = self.row["imdb_id"].strip()
        if value and not _IMDB_ID.match(value):
            self.skip("bad imdb_id, film kept without", value)
            return ""
        if value in taken:
            self.skip("imdb_id of another film, film kept without", value)
            return ""
        taken.update({value} - {""})
        return value

    def tmdb_id(self) -> int | None:
        value = self.row["tmdb_id"].strip()
        found = number_of(value)
        if value and found is None:
            self.skip("bad tmdb_id, film kept without", value)
        return found

    def known_genres(self) -> tuple[str, ...]:
        labels = parts(self.row["genres"])
        self.findings.unmapped_genres.update(set(labels) - set(MOVIELENS_GENRES))
        return tuple(sorted(set(labels) & set(MOVIELENS_GENRES)))

    def mapped_genres(self) -> tuple[str, ...]:
        found: set[str] = set()
        for label in parts(self.row["genres"]):
            genres = movielens_genres(label)
            found.update(genres)
            if not genres:
                self.findings.unmapped_genres[label] += 1
        return tuple(sorted(found))

    def names(self, column: str) -> tuple[str, ...]:
        return distinct(self._sound_names(column))

    def _sound_names(self, column: str) -> Iterator[str]:
        seen: set[str] = set()
        for piece in self.row[column].split("|") if self.row[column] else ():
            name = one_line(piece)
            if not name:
                self.skip(f"empty name in {column}")
            elif len(name) > _NAME_LENGTH:
                self.skip(f"name too long in {column}", name)
            elif name in seen:
                self.skip(f"the same name twice in {column}", name)
            else:
                seen.add(name)
                yield name
