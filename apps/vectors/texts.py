"""The text of a film that is embedded: what it is about, with the names of its people masked.

The graph knows who acted in and directed what. A text that names them would make "similar"
mean "the same people" a second time, so a name becomes its role and the sentence stays.
"""

import re
from collections.abc import Sequence

MAX_TAGS = 12
"""Tags beyond the twelve most used say little and push the plot out of the model's window."""

_ACTOR_RUN = re.compile(r"an actor(?:(?:,? and|,| &) an actor)+")
_DIRECTOR_RUN = re.compile(r"the director(?:(?:,? and|,| &) the director)+")
_SPACE = re.compile(r"\s+")


def film_text(
    *,
    title: str,
    year: int | None,
    genres: Sequence[str],
    tags: Sequence[str],
    plot: str,
    directors: Sequence[str],
    cast: Sequence[str],
) -> str:
    """One line of text for a film: title, year, genres, tags, and its plot with masked names.

    A tag that is a credited person's name is left out.
    """
    people = {name.lower() for name in (*directors, *cast)}
    traits = [tag for tag in tags if tag.lower() not in people][:MAX_TAGS]
    head = f"{title} ({year})" if year else title
    parts = [head, ", ".join(genres), ", ".join(traits), masked(plot, directors, cast)]
    return ". ".join(part for part in parts if part)


def masked(plot: str, directors: Sequence[str], cast: Sequence[str]) -> str:
    """The plot with each director's and actor's full name replaced by the role.

    Names of a single word stay: in this data they are as often a topic or a character.
    """
    roles = {name: "an actor" for name in cast} | {name: "the director" for name in directors}
    names = sorted((name for name in roles if " " in name), key=lambda name: (-len(name), name))
    text = _SPACE.sub(" ", plot).strip()
    if names and text:
        pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})(?!\w)")
        text = pattern.sub(lambda match: roles[match.group()], text)
    return _DIRECTOR_RUN.sub("the directors", _ACTOR_RUN.sub("actors", text))
