"""Reasons: each source's evidence as a sentence and as data, the strongest source first."""

from collections.abc import Callable, Sequence
from typing import Any

from apps.movies.models import Movie
from apps.recommendations.types import Evidence, Known, Scored, SourceName

MAX_NAMED = 3

Reason = dict[str, Any]


def reasons_of(film: Scored, known: Known) -> list[Reason]:
    """What led to a film, for one viewer. Names only what `known` holds, so what they may see."""
    sources: Sequence[SourceName] = sorted(
        film.shares, key=lambda source: (-film.shares[source], source)
    )
    reasons: list[Reason] = []
    for source in sources:
        told = _TELLERS[source](film.evidence[source], known.movies[film.movie_id], known)
        if told:
            reasons.append({"source": source, **told})
    return reasons


def _collaborative(evidence: Evidence, film: Any, known: Known) -> Reason | None:
    movies = known.titles(evidence.movie_ids, MAX_NAMED)
    if not movies:
        return None
    return {"text": f"Seen by those who see {_titles(movies)}", "movies": _named(movies)}


def _content(evidence: Evidence, film: Any, known: Known) -> Reason | None:
    movies = known.titles(evidence.movie_ids, MAX_NAMED)
    if not movies:
        return None
    return {"text": f"Like {_titles(movies)} in what it is about", "movies": _named(movies)}


def _social(evidence: Evidence, film: Any, known: Known) -> Reason | None:
    followed = known.names(evidence.followed_ids)
    agreeing = known.names(evidence.agreeing_ids)
    if followed:
        text = f"Liked by {_listed(_shortened(followed))}, whom you follow"
    elif agreeing:
        text = f"Liked by {_listed(_shortened(agreeing))}, who like what you like"
    else:
        return None
    return {"text": text, "users": followed or agreeing, "followed": bool(followed)}


def _people(evidence: Evidence, film: Any, known: Known) -> Reason | None:
    movies = known.titles(evidence.movie_ids, MAX_NAMED)
    if not movies:
        return None
    by = "Directed by" if evidence.role == "director" else "With"
    text = f"{by} {evidence.person_name}, like {_titles(movies)}"
    person = {"id": evidence.person_id, "name": evidence.person_name, "role": evidence.role}
    return {"text": text, "person": person, "movies": _named(movies)}


def _popular(evidence: Evidence, film: Any, known: Known) -> Reason | None:
    rated = film.statistics
    text = f"Well rated here: {rated.mean_stars:.1f} stars from {rated.ratings} members"
    return {"text": text}


_TELLERS: dict[SourceName, Callable[[Evidence, Any, Known], Reason | None]] = {
    "collaborative": _collaborative,
    "content": _content,
    "social": _social,
    "people": _people,
    "popular": _popular,
}


def _named(movies: Sequence[Movie]) -> list[dict[str, Any]]:
    return [{"id": movie.pk, "title": movie.title, "year": movie.year} for movie in movies]


def _titles(movies: Sequence[Movie]) -> str:
    return _listed([movie.title for movie in movies])


def _shortened(names: Sequence[str]) -> list[str]:
    more = len(names) - MAX_NAMED
    return [*names[:MAX_NAMED], *([f"{more} more"] if more > 0 else [])]


def _listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
