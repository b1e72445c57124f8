"""Films like some films or about a text (Qdrant), and by the same people (Neo4j).

Of those, the ones that are seen by the same members gain: texts and people alone may lead to films
that share no more than a word or a studio.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from apps.graph.store import get_graph
from apps.graph.types import ByPerson
from apps.movies.selectors import catalogue
from apps.recommendations import ranking, selectors
from apps.recommendations.errors import refuse_unknown
from apps.recommendations.pipeline import or_without
from apps.recommendations.sources import collaborative, content, people
from apps.recommendations.types import Candidate, Candidates, Evidence, Slate
from apps.vectors.filters import FilmFilter
from apps.vectors.points import FilmQuery, Hit
from apps.vectors.store import get_vectors

LEAST, PER_FILM = 30, 3
"""Candidates of a source, and for each film that is shown: as many as diversity chooses from."""

TEXT = 0
"""The text's place among the films to be like: no film has this id."""


@dataclass(frozen=True)
class Wish:
    """What to find films for: like some, unlike others, about a text; all within the filters.

    `unseen` and `liked_by_following` are filters that stand on who asks.
    """

    like: Sequence[int] = ()
    dislike: Sequence[int] = ()
    text: str = ""
    filters: FilmFilter = FilmFilter()
    unseen: bool = False
    liked_by_following: bool = False
    diversity: float = 0.0
    limit: int = 20

    @property
    def named(self) -> frozenset[int]:
        """The films that it names; none of them is an answer."""
        return frozenset((*self.like, *self.dislike))

    @property
    def candidates(self) -> int:
        """How many a source proposes."""
        return max(LEAST, PER_FILM * self.limit)


def similar(wish: Wish, viewer_id: int | None) -> Slate:
    """Films for a wish, best first: exact titles before all.

    UnknownMovie, with the place in the wish, when it names a film that there is not.
    """
    filters = _filters(wish, viewer_id)
    slate, proposed = _found(wish, filters, viewer_id)
    is_full = len(slate.films) == wish.limit
    if viewer_id is None or wish.unseen or slate.degraded or is_full:
        return slate
    # Dismissed films may have stood where others could; `unseen` has left them out already.
    dismissed = selectors.dismissed_by(viewer_id)
    if dismissed.isdisjoint(proposed):
        return slate
    slate, _ = _found(wish, replace(filters, without_ids=dismissed), viewer_id)
    return slate


def _found(wish: Wish, filters: FilmFilter, viewer_id: int | None) -> tuple[Slate, set[int]]:
    """The slate, and all films that were proposed for it."""
    degraded: list[str] = []
    alike, sharing = _ask_stores(wish, filters, degraded)
    titled = catalogue.movies_titled(wish.text) if wish.text else []
    found: Candidates = {
        "title": [Candidate(pk, 1.0, Evidence(text=wish.text)) for pk in titled],
        "content": alike,
        "people": people.candidates(sharing),
    }
    proposed: Candidates = {
        source: [candidate for candidate in candidates if candidate.movie_id not in wish.named]
        for source, candidates in found.items()
    }
    ids = {candidate.movie_id for candidates in proposed.values() for candidate in candidates}
    known = selectors.passing(viewer_id, ids, filters, besides=wish.named)
    refuse_unknown({"like": wish.like, "dislike": wish.dislike}, known.movies)
    fused = [film for film in ranking.fuse(proposed) if film.movie_id in known.movies]
    fused_ids = [film.movie_id for film in fused]
    nothing: list[Candidate] = []
    seen = or_without(lambda: collaborative.among(wish.like, fused_ids), nothing, degraded)
    ranking.lift_what_the_same_see(fused, seen)
    ranked = ranking.doubt_the_unrated(fused, known.movies)
    chosen = ranking.diversify(ranked, known.movies, wish.limit, diversity=wish.diversity)
    return Slate(chosen, known, tuple(degraded)), ids


def _filters(wish: Wish, viewer_id: int | None) -> FilmFilter:
    """The wish's filters with what the viewer's own rows add to them, as ids."""
    without = frozenset[int]()
    only = wish.filters.only_ids
    if viewer_id is not None:
        if wish.unseen:
            without = selectors.query_of(viewer_id).unwanted
        if wish.liked_by_following:
            only = selectors.liked_by_following(viewer_id)
    return replace(wish.filters, without_ids=without, only_ids=only)


def _ask_stores(
    wish: Wish, filters: FilmFilter, degraded: list[str]
) -> tuple[list[Candidate], Sequence[ByPerson]]:
    """What Qdrant and Neo4j know, asked side by side."""
    questions = _questions(wish, filters)
    answer = or_without(lambda: get_vectors().start_batch([*questions.values()]), None, degraded)
    if answer is None and wish.text and wish.like:
        # Nothing embeds the text now: the films to be like are still there.
        del questions[TEXT]
        answer = or_without(
            lambda: get_vectors().start_batch([*questions.values()]), None, degraded
        )
    sharing = or_without(
        lambda: get_graph().sharing_people(wish.like, wish.candidates) if wish.like else (),
        tuple[ByPerson, ...](),
        degraded,
    )
    nothing: list[list[Hit]] = [[] for _ in questions]
    hits = or_without(answer.result, nothing, degraded) if answer else nothing
    found = content.gather(dict.fromkeys(questions, 1.0), hits)
    return [_told(candidate, wish.text) for candidate in found], sharing


def _questions(wish: Wish, filters: FilmFilter) -> dict[int, FilmQuery]:
    """One for each film to be like, so that a candidate knows which led to it, and the text's.

    Each finds the named films too, but for those that it names itself: so many more are asked for.
    """
    count = len(wish.like) + bool(wish.text)
    wanted = max(wish.limit, wish.candidates // count) + len(wish.named)
    plain = FilmQuery(negative_ids=wish.dislike, filters=filters, limit=wanted)
    questions = {pk: replace(plain, positive_ids=(pk,)) for pk in wish.like}
    return {**questions, TEXT: replace(plain, text=wish.text)} if wish.text else questions


def _told(candidate: Candidate, text: str) -> Candidate:
    """The candidate with the text in place of the number that stood for it."""
    seeds = candidate.evidence.movie_ids
    if TEXT not in seeds:
        return candidate
    evidence = Evidence(movie_ids=tuple(pk for pk in seeds if pk != TEXT), text=text)
    return candidate._replace(evidence=evidence)
