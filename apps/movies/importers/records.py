"""What the sample says, row by row, once it has been read: typed, clean and without a database."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FilmRecord:
    """A film with all that belongs to it. Names are in the order of the source."""

    id: int
    title: str
    year: int | None
    origin: str = ""
    plot: str = ""
    plot_source: str = ""
    source_url: str = ""
    imdb_id: str = ""
    tmdb_id: int | None = None
    genres: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RatingRecord:
    """What one rater of the sample thinks of a film, in half stars from 1 to 10."""

    rater: int
    movie_id: int
    half_stars: int
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class TagRecord:
    """A rater put a tag on a film; it is in lower case, with single spaces."""

    rater: int
    movie_id: int
    tag: str
    tagged_at: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something of a row that was left out, and why. `row` counts from 1 after the header."""

    file: str
    row: int
    reason: str
    value: str = ""


@dataclass
class Findings:
    """What reading met: rows by file, what was left out, and what deserves a look."""

    read: Counter[str] = field(default_factory=Counter)
    skipped: list[Skipped] = field(default_factory=list)
    unmapped_genres: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def skip(self, file: str, row: int, reason: str, value: str = "") -> None:
        """Leave something out."""
        self.skipped.append(Skipped(file, row, reason, value[:80]))


@dataclass(frozen=True)
class Sample:
    """A whole data folder in memory (about 120 MB for the sample that the project ships)."""

    films: Sequence[FilmRecord]
    ratings: Sequence[RatingRecord]
    tags: Sequence[TagRecord]
    findings: Findings
