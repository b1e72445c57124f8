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
    scores: dict[int, float] = defaultdict(float)
    friends, further, others = _followed(found, known), _further(found, known), {}
    for film in found.followees:
        liking = friends.get(film.movie_id, ())
        stars = (friend.stars for friend in film.friends if friend.user_id in liking)
        scores[film.movie_id] += sum(mark - NEUTRAL_STARS for mark in stars)
    for movie_id, members in further.items():
        scores[movie_id] += FURTHER * len(members)
    for row in found.agreeing:
        seen = tuple(
            pk for pk in row.user_ids if pk in known.usernames and pk not in known.followed
        )
        others[row.movie_id] = seen
        scores[row.movie_id] += AGREEING * row.weight * len(seen) / len(row.user_ids)
    return [
        Candidate(
            pk,
            score,
            Evidence(
                followed_ids=friends.get(pk, ()),
                further_ids=further.get(pk, ()),
                agreeing_ids=others.get(pk, ()),
            ),
        )
        for pk, score in sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        if score > 0
    ]


def _followed(found: GraphEvidence, known: Known) -> dict[int, tuple[int, ...]]:
    return {
        film.movie_id: tuple(
            friend.user_id for friend in film.friends if friend.user_id in known.followed
        )
        for film in found.followees
    }


def _further(found: GraphEvidence, known: Known) -> dict[int, tuple[int, ...]]:
    """Those who may be seen, and to whom a member leads who is still followed."""
    return {
        film.movie_id: tuple(
            liker.user_id
            for liker in film.likers
            if liker.user_id in known.usernames
            and liker.user_id not in known.followed
            and not known.followed.isdisjoint(liker.through)
        )
        for film in found.further
    }
