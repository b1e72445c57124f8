"""Reasons: each source's evidence as a sentence and as data, the strongest source first."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.movies.models import Movie
from apps.recommendations.types import Evidence, Scored, SourceName

MAX_NAMED = 3


def reasons_of(
    film: Scored, titles: Mapping[int, Movie], usernames: Mapping[int, str], shown: Any
) -> list[dict[str, Any]]:
    """What led to a film, for one viewer; `usernames` holds only whom they may see."""
    sources: Sequence[SourceName] = sorted(
        film.shares, key=lambda source: (-film.shares[source], source)
    )
    told = (_TELLERS[source](film.evidence[source], titles, usernames, shown) for source in sources)
    return [reason for reason in told if reason is not None]


def _content(
    evidence: Evidence, titles: Mapping[int, Movie], usernames: Mapping[int, str], shown: Any
) -> dict[str, Any] | None:
    movies = [titles[pk] for pk in evidence.movie_ids if pk in titles][:MAX_NAMED]
    if not movies:
        return None
    text = f"Like {_listed([movie.title for movie in movies])} in what it is about"
    return {"source": "content", "text": text, "movies": [_title(movie) for movie in movies]}


def _social(
    evidence: Evidence, titles: Mapping[int, Movie], usernames: Mapping[int, str], shown: Any
) -> dict[str, Any] | None:
    names = [usernames[pk] for pk in evidence.user_ids if pk in usernames]
    if not names:
        return None
    more = len(names) - MAX_NAMED
    listed = _listed(names[:MAX_NAMED] + ([f"{more} more"] if more > 0 else []))
    text = f"Liked by {listed}, whom you follow"
    return {"source": "social", "text": text, "users": names}


def _people(
    evidence: Evidence, titles: Mapping[int, Movie], usernames: Mapping[int, str], shown: Any
) -> dict[str, Any] | None:
    movies = [titles[pk] for pk in evidence.movie_ids if pk in titles][:MAX_NAMED]
    if not movies:
        return None
    by = "Directed by" if evidence.role == "director" else "With"
    text = f"{by} {evidence.person_name}, as {_listed([movie.title for movie in movies])}"
    person = {"id": evidence.person_id, "name": evidence.person_name, "role": evidence.role}
    return {
        "source": "people",
        "text": text,
        "person": person,
        "movies": [_title(movie) for movie in movies],
    }


def _popular(
    evidence: Evidence, titles: Mapping[int, Movie], usernames: Mapping[int, str], shown: Any
) -> dict[str, Any] | None:
    statistics = shown.statistics
    text = f"Well rated here: {statistics.mean_stars:.1f} stars from {statistics.ratings} members"
    return {"source": "popular", "text": text}


_TELLERS = {"content": _content, "social": _social, "people": _people, "popular": _popular}


def _title(movie: Movie) -> dict[str, Any]:
    return {"id": movie.pk, "title": movie.title, "year": movie.year}


def _listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
