"""Who is who: the sample knows people by name alone.

A person is one spelling: white space and the composition of accents do not count, case does.
42 of the sample's 42,117 names differ from another in case alone (ZaSu and Zasu Pitts); one name
for both would unmask the other spelling in the plots of 53 films, whose texts mask exact names.
They are reported and stay apart.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from apps.movies.importers.reading import one_line
from apps.movies.importers.records import FilmRecord, Findings

SOURCE = "sample"
"""What `Person.source` says of them."""


def person_key(name: str) -> str:
    """What `Person.source_key` says of a credited name."""
    return one_line(name)


def credited_people(films: Iterable[FilmRecord]) -> dict[str, str]:
    """Every credited person's key with their name, in the order of their first credit."""
    return {person_key(name): name for film in films for name in (*film.directors, *film.cast)}


def note_spellings(films: Iterable[FilmRecord], findings: Findings) -> None:
    """Remember names that differ in case alone."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for film in films:
        for name in (*film.directors, *film.cast):
            spellings[name.casefold()][name] += 1
    twice = [names for names in spellings.values() if len(names) > 1]
    if twice:
        example = " and ".join(twice[0])
        findings.notes.append(
            f"{len(twice)} names are spelt in two ways that differ in case alone and stay two "
            f"people, e.g. {example}"
        )
