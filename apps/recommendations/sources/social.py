"""Films liked by those whom the viewer follows, by whom those follow, and by who agrees."""

from collections import defaultdict

from apps.graph.types import Evidence as GraphEvidence
from apps.recommendations.types import Candidate, Evidence, Known

FURTHER = 0.25
"""Someone whom a followed member follows, against a like of four stars by that member."""

AGREEING = 0.5
"""Someone who agrees weighs at most half of someone who was chosen."""

NEUTRAL_STARS = 3.0


def candidates(found: GraphEvidence, known: Known) -> list[Candidate]:
    """Films by who likes them, best first.

    Only members whom `known` names count, as Postgres has them now: neither a private profile nor
    an ended follow may show itself through a score.
    """
    evidence = _evidence(found, known)
    scores: dict[int, float] = defaultdict(float)
    for film in found.followees:
        liking = evidence[film.movie_id].followed_ids
        stars = (liker.stars for liker in film.friends if liker.user_id in liking)
        scores[film.movie_id] += sum(mark - NEUTRAL_STARS for mark in stars)
    for row in found.further:
        scores[row.movie_id] += FURTHER * len(evidence[row.movie_id].further_ids)
    for one in found.agreeing:
        told = evidence[one.movie_id].agreeing_ids
        agreements = (liker.agreement for liker in one.likers if liker.user_id in told)
        scores[one.movie_id] += AGREEING * sum(agreements)
    return [
        Candidate(pk, score, evidence[pk])
        for pk, score in sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        if score > 0
    ]


def _evidence(found: GraphEvidence, known: Known) -> dict[int, Evidence]:
    followed, further = _followed(found, known), _further(found, known)
    agreeing = _agreeing(found, known)
    return {
        pk: Evidence(
            followed_ids=followed.get(pk, ()),
            further_ids=further.get(pk, ()),
            agreeing_ids=agreeing.get(pk, ()),
        )
        for pk in {*followed, *further, *agreeing}
    }


def _followed(found: GraphEvidence, known: Known) -> dict[int, tuple[int, ...]]:
    return {
        film.movie_id: tuple(
            friend.user_id
            for friend in film.friends
            if friend.user_id in known.followed and known.likes(friend.user_id, film.movie_id)
        )
        for film in found.followees
    }


def _further(found: GraphEvidence, known: Known) -> dict[int, tuple[int, ...]]:
    """Those who may be seen, and to whom a member leads who is still followed and follows them."""
    return {
        film.movie_id: tuple(
            liker.user_id
            for liker in film.likers
            if known.likes(liker.user_id, film.movie_id)
            and liker.user_id not in known.followed
            and any(
                one in known.followed and (one, liker.user_id) not in known.unfollowed
                for one in liker.through
            )
        )
        for film in found.further
    }


def _agreeing(found: GraphEvidence, known: Known) -> dict[int, tuple[int, ...]]:
    """Those who may be seen; one who is followed counts as that."""
    return {
        film.movie_id: tuple(
            liker.user_id
            for liker in film.likers
            if known.likes(liker.user_id, film.movie_id) and liker.user_id not in known.followed
        )
        for film in found.agreeing
    }
