"""Reasons: each source's evidence as a sentence and as data, the strongest source first."""

from collections.abc import Callable, Sequence
from typing import Any

from apps.common.sentences import MOST_NAMED, listed, shortened
from apps.recommendations.types import Evidence, Known, ListedFilm, Scored, SourceName

WELL = 3.5
"""Stars from which members rate a film well, on the whole."""

Reason = dict[str, Any]
Teller = Callable[[Evidence, ListedFilm, Known], Reason | None]


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


def _led_by(words: str) -> Teller:
    """Tells the films that led there, after these words."""

    def told(evidence: Evidence, film: ListedFilm, known: Known) -> Reason | None:
        movies = known.titles(evidence.movie_ids, MOST_NAMED)
        if not movies:
            return None
        return {"text": f"{words} {_titles(movies)}", "movies": _named(movies)}

    return told


def _content(evidence: Evidence, film: ListedFilm, known: Known) -> Reason | None:
    movies = known.titles(evidence.movie_ids, MOST_NAMED)
    if not movies:
        return {"text": f"About “{evidence.text}”"} if evidence.text else None
    about = f", and about “{evidence.text}”" if evidence.text else ""
    return {"text": f"Like {_titles(movies)} in what it is about{about}", "movies": _named(movies)}


def _social(evidence: Evidence, film: ListedFilm, known: Known) -> Reason | None:
    followed = known.names(evidence.followed_ids)
    further = known.names(evidence.further_ids)
    agreeing = known.names(evidence.agreeing_ids)
    like = "likes" if len(agreeing) == 1 else "like"
    if followed:
        text = f"Liked by {shortened(followed)}, whom you follow"
    elif further:
        text = f"Liked by {shortened(further)}, whom people that you follow follow"
    elif agreeing:
        text = f"Liked by {shortened(agreeing)}, who {like} what you like"
    else:
        return None
    return {"text": text, "users": followed or further or agreeing, "followed": bool(followed)}


def _people(evidence: Evidence, film: ListedFilm, known: Known) -> Reason | None:
    movies = known.titles(evidence.movie_ids, MOST_NAMED)
    if not movies:
        return None
    by = "Directed by" if evidence.role == "director" else "With"
    text = f"{by} {evidence.person_name}, like {_titles(movies)}"
    person = {"id": evidence.person_id, "name": evidence.person_name, "role": evidence.role}
    return {"text": text, "person": person, "movies": _named(movies)}


def _popular(evidence: Evidence, film: ListedFilm, known: Known) -> Reason | None:
    words = "Well rated" if (film.mean_stars or 0) >= WELL else "Rated"
    return {"text": f"{words} here: {film.mean_stars:.1f} stars from {film.ratings} members"}


_TELLERS: dict[SourceName, Teller] = {
    "title": _title,
    "collaborative": _led_by("Seen by those who see"),
    "sequential": _led_by("Rated soon after"),
    "content": _content,
    "social": _social,
    "people": _people,
    "popular": _popular,
}


def _named(movies: Sequence[ListedFilm]) -> list[dict[str, Any]]:
    return [{"id": movie.pk, "title": movie.title, "year": movie.year} for movie in movies]


def _titles(movies: Sequence[ListedFilm]) -> str:
    return listed([movie.title for movie in movies])
