"""Reasons: each source's evidence as a sentence and as data, the strongest source first."""

from collections.abc import Callable, Sequence
from typing import Any

from apps.recommendations.types import Evidence, Known, ListedFilm, Scored, SourceName

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


def _title(evidence: Evidence, film: ListedFilm, known: Known) -> Reason | None:
    return {"text": f"Its title is “{evidence.text}”"}


def _collaborative(evidence: Evidence, film: ListedFilm, known: Known) -> Reason | None:
    movies = known.titles(evidence.movie_ids, MAX_NAMED)
    if not movies:
        return None
    return {"text": f"Seen by those who see {_titles(movies)}", "movies": _named(movies)}


def _content(evidence: Evidence, film: ListedFilm, known: Known) -> Reason | None:
    movies = known.titles(evidence.movie_ids, MAX_NAMED)
    if not movies:
        return {"text": f"About “{evidence.text}”"} if evidence.text else None
    about = f", and about “{evidence.text}”" if evidence.text else ""
    return {"text": f"Like {_titles(movies)} in what it is about{about}", "movies": _named(movies)}


def _social(evidence: Evidence, film: ListedFilm, known: Known) -> Reason | None:
    followed = known.names(evidence.followed_ids)
    further = known.names(evidence.further_ids)
    agreeing = known.names(evidence.agreeing_ids)
    if followed:
        text = f"Liked by {_listed(_shortened(followed))}, whom you follow"
    elif further:
        text = f"Liked by {_listed(_shortened(further))}, whom people that you follow follow"
    elif agreeing:
        text = f"Liked by {_listed(_shortened(agreeing))}, who like what you like"
    else:
        return None
    return {"text": text, "users": followed or further or agreeing, "followed": bool(followed)}


def _people(evidence: Evidence, film: ListedFilm, known: Known) -> Reason | None:
    movies = known.titles(evidence.movie_ids, MAX_NAMED)
    if not movies:
        return None
    by = "Directed by" if evidence.role == "director" else "With"
    text = f"{by} {evidence.person_name}, like {_titles(movies)}"
    person = {"id": evidence.person_id, "name": evidence.person_name, "role": evidence.role}
    return {"text": text, "person": person, "movies": _named(movies)}


def _popular(evidence: Evidence, film: ListedFilm, known: Known) -> Reason | None:
    text = f"Well rated here: {film.mean_stars:.1f} stars from {film.ratings} members"
    return {"text": text}


_TELLERS: dict[SourceName, Callable[[Evidence, ListedFilm, Known], Reason | None]] = {
    "title": _title,
    "collaborative": _collaborative,
    "content": _content,
    "social": _social,
    "people": _people,
    "popular": _popular,
}


def _named(movies: Sequence[ListedFilm]) -> list[dict[str, Any]]:
    return [{"id": movie.pk, "title": movie.title, "year": movie.year} for movie in movies]


def _titles(movies: Sequence[ListedFilm]) -> str:
    return _listed([movie.title for movie in movies])


def _shortened(names: Sequence[str]) -> list[str]:
    more = len(names) - MAX_NAMED
    return [*names[:MAX_NAMED], *([f"{more} more"] if more > 0 else [])]


def _listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
