"""Every listing, count and reason in random worlds, against the plain model of the policy.

Only rows of Postgres are made: what the projections hold, or do not yet hold, must not matter.
"""

from collections.abc import Callable, Iterator
from itertools import count, permutations, product
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from rest_framework.test import APIClient

from apps.common.errors import CinemeshError
from apps.feeds.selectors import feed_page
from apps.graph import suggesting
from apps.graph.types import Acquaintance, SameDirectors, Suggestions, TasteAlike
from apps.movies.models import Movie, Rating
from apps.movies.selectors import opinions
from apps.movies.selectors.activity_details import Activity, activities_of
from apps.movies.selectors.matching import match
from apps.recommendations.selectors import known, liked_by_following
from apps.users import selectors
from apps.users.models import Block, Follow, Mute, User, Visibility
from apps.users.selectors import Listed
from tests.apps.privacy.policy import FILMS, PEOPLE, Person, Policy, World

ALL = 100
LEVELS = Visibility.values
Question = tuple[str, Any]
FURTHER: tuple[tuple[Question, ...], ...] = (
    (("feed", None),),
    (("named", None), ("liked", None), ("suggested", None)),
    (("own", "requested"), ("own", "block"), ("own", "mute")),
)
"""What concerns nobody in particular; one part of it is asked in each world."""

FOR_EACH = ("profile", "followers", "following", "activity", "match")
MEMBERS_ONLY = {"friends", "feed", "liked", "own", "match", "suggested"}
WITHOUT_A_PATH = {"named", "liked", "suggested"}

PAIRS = tuple(permutations(PEOPLE, 2))
TIES = ("", "accepted", "accepted", "accepted", "requested", "accepted mute", "mute", "block")
persons = st.sampled_from(
    [
        Person(*settings)
        for settings in product(
            LEVELS, LEVELS, (True, True, False), (True, True, True, False), ((0, 0), (9, 2), (0, 8))
        )
    ]
)
worlds = st.builds(
    lambda viewer, people, ties: World((viewer, *people), dict(zip(PAIRS, ties, strict=True))),
    persons.filter(lambda person: person.is_active),
    st.lists(persons, min_size=len(PEOPLE) - 1, max_size=len(PEOPLE) - 1),
    st.lists(st.sampled_from(TIES), min_size=len(PAIRS), max_size=len(PAIRS)),
)
_numbers = count(1)


class Rows:
    """A world in Postgres, under ids of its own."""

    def __init__(self, world: World) -> None:
        base = 10_000_000 + 1_000 * next(_numbers)
        self.ids = [base + person for person in PEOPLE]
        self.films = [base + film for film in FILMS]
        self.people = {pk: person for person, pk in enumerate(self.ids)}
        self.users = User.objects.bulk_create(map(self._user, world.people, self.ids))
        Movie.objects.bulk_create(Movie(pk=pk, title=f"Film {pk}") for pk in self.films)
        Follow.objects.bulk_create(
            Follow(follower_id=one, followee_id=other, state=state)
            for state in Follow.State.values
            for one, other in self._pairs(world, state)
        )
        Block.objects.bulk_create(
            Block(blocker_id=one, blocked_id=other) for one, other in self._pairs(world, "block")
        )
        Mute.objects.bulk_create(
            Mute(muter_id=one, muted_id=other) for one, other in self._pairs(world, "mute")
        )
        Rating.objects.bulk_create(
            Rating(user_id=pk, movie_id=movie_id, half_stars=mark)
            for person, pk in zip(world.people, self.ids, strict=True)
            for mark, movie_id in zip(person.half_stars, self.films, strict=True)
            if mark
        )

    @staticmethod
    def _user(person: Person, pk: int) -> User:
        return User(
            pk=pk,
            username=f"p{pk}",
            email=f"p{pk}@example.com",
            avatar=f"{pk:064}",
            visibility=person.visibility,
            ratings_visibility=person.ratings,
            used_for_others=person.used_for_others,
            is_active=person.is_active,
        )

    def _pairs(self, world: World, word: str) -> Iterator[tuple[int, int]]:
        return ((self.ids[one], self.ids[other]) for one, other in world.all_ties(word))


class Reader:
    """What one viewer is given, in the words of the model: people and films by their number."""

    def __init__(self, rows: Rows, viewer: int | None) -> None:
        self.rows = rows
        self.viewer = None if viewer is None else rows.users[viewer]
        self.viewer_id = self.viewer and self.viewer.pk

    def see(self, kind: str, what: Any) -> Any:
        raise NotImplementedError

    def name(self, person: int) -> str:
        return f"p{self.rows.ids[person]}"

    def person(self, username: str) -> int:
        return self.rows.people[int(username[1:])]


class BySelectors(Reader):
    """Asks what the views ask."""

    def see(self, kind: str, what: Any) -> Any:
        try:
            return getattr(self, kind)(what)
        except CinemeshError as error:
            return error.code

    def profile(self, person: int) -> Any:
        found = selectors.profile(self.name(person), self.viewer_id)
        return [
            *(found.is_open, found.shows_avatar, found.you_follow, found.follows_you),
            *(found.you_mute, found.followers, found.following),
        ]

    def followers(self, person: int) -> set[int]:
        user = selectors.open_profile(self.name(person), self.viewer_id)
        return self.listed(selectors.followers_page(user, self.viewer_id, after=None, limit=ALL))

    def following(self, person: int) -> set[int]:
        user = selectors.open_profile(self.name(person), self.viewer_id)
        return self.listed(selectors.following_page(user, self.viewer_id, after=None, limit=ALL))

    def own(self, word: str) -> set[int]:
        pages = {
            "requested": selectors.follow_requests_page,
            "block": selectors.blocks_page,
            "mute": selectors.mutes_page,
        }
        return self.listed(pages[word](self.viewer, after=None, limit=ALL))

    def activity(self, person: int) -> set[Any]:
        profile = selectors.opened(self.name(person), self.viewer_id)
        return self.done(activities_of(profile, self.viewer_id, before=None, limit=ALL))

    def match(self, person: int) -> tuple[set[int], set[int]]:
        other = selectors.open_opinions(self.name(person), self.viewer_id, "ratings")
        found = match(self.viewer_id, other.pk)
        alike, apart = (
            {self.rows.films.index(film.movie_id) for film in films}
            for films in (found.alike, found.apart)
        )
        assert (found.agreed, found.shared) == (len(alike), len(alike) + len(apart))
        return alike, apart

    def suggested(self, _: None) -> dict[int, dict[str, set[int]]]:
        ids = [pk for pk in self.rows.ids if pk != self.viewer_id]
        everybody = Suggestions(
            tuple(Acquaintance(pk, tuple(i for i in ids if i != pk)) for pk in ids),
            tuple(TasteAlike(pk, 1, 1.0) for pk in ids),
            tuple(SameDirectors(pk, 1, ("Ida Lupino",)) for pk in ids),
        )
        _, without = suggesting.standing(self.viewer_id)
        return {
            self.rows.people[one.user.pk]: {
                reason.kind: set(map(self.person, reason.users)) for reason in one.reasons
            }
            for one in suggesting.suggestable(self.viewer_id, everybody)
            if one.user.pk not in without
        }

    def feed(self, _: None) -> set[Any]:
        page = feed_page(self.viewer_id, limit=ALL)
        assert page.unread == len(page.items)
        return self.done(page.items)

    def friends(self, film: int) -> set[int]:
        films = self.rows.films
        found = opinions.friends_opinions(films[film], self.viewer_id, after=None, limit=ALL)
        return {self.person(rating.user.username) for rating in found}

    def named(self, _: None) -> tuple[set[int], set[int]]:
        found = known(
            self.viewer_id,
            [self.rows.films[0]],
            likes=[(pk, self.rows.films[0]) for pk in self.rows.ids],
        )
        names = {self.person(username) for username in found.usernames.values()}
        return names, {self.rows.people[pk] for pk in found.followed}

    def liked(self, _: None) -> set[int]:
        return {self.rows.films.index(pk) for pk in liked_by_following(self.viewer_id)}

    def listed(self, page: list[Listed]) -> set[int]:
        found = {self.person(row.user.username) for row in page}
        assert len(found) == len(page)
        return found

    def done(self, items: Any) -> set[Any]:
        return {self._did(item) for item in items}

    def _did(self, item: Activity) -> tuple[str, int, int]:
        thing = self.rows.films.index(item.movie.id) if item.movie else 0
        if item.user:
            thing = self.person(item.user.username)
        return (str(item.kind), self.person(item.actor.username), thing)


class ByApi(Reader):
    """Asks over HTTP; of what has no path of its own it sees nothing."""

    paths = {
        "profile": "users/{}/",
        "followers": "users/{}/followers/",
        "following": "users/{}/following/",
        "activity": "users/{}/activity/",
        "match": "users/{}/match/",
        "friends": "movies/{}/friends/",
        "feed": "feed/",
        "requested": "me/follow-requests/",
        "block": "me/blocks/",
        "mute": "me/mutes/",
    }

    def see(self, kind: str, what: Any) -> Any:
        subject = self.rows.films[what] if kind == "friends" else what
        if kind in {"profile", "followers", "following", "activity", "match"}:
            subject = self.name(what)
        client = APIClient()
        client.force_authenticate(self.viewer)
        path = self.paths[what if kind == "own" else kind].format(subject)
        body = client.get(f"/api/v1/{path}").json()
        return body.get("code") or getattr(self, f"_{kind}", self._names)(body)

    def _profile(self, body: Any) -> Any:
        hidden = {body[name] is None for name in ("bio", "joined_at", "followers", "following")}
        assert len(hidden) == 1
        names = ("you_follow", "follows_you", "you_mute", "followers", "following")
        return [True not in hidden, body["avatar"] is not None, *(body[name] for name in names)]

    def _names(self, body: Any) -> set[int]:
        return {self.person(item["username"]) for item in body["items"]}

    def _match(self, body: Any) -> tuple[set[int], set[int]]:
        alike, apart = (
            {self.rows.films.index(film["movie"]["id"]) for film in body[name]}
            for name in ("alike", "apart")
        )
        assert (body["agreed"], body["shared"]) == (len(alike), len(alike) + len(apart))
        return alike, apart

    def _feed(self, body: Any) -> set[Any]:
        assert body["unread"] == len(body["items"])
        return self._activity(body)

    def _activity(self, body: Any) -> set[Any]:
        return {
            (
                item["kind"],
                self.person(item["actor"]["username"]),
                self.rows.films.index(item["movie"]["id"])
                if item["movie"]
                else self.person(item["user"]["username"]),
            )
            for item in body["items"]
        }


def expected(policy: Policy, kind: str, what: Any) -> Any:
    """What the model says."""
    if kind in {"followers", "following"}:
        return policy.listing(kind, what)
    ask: Callable[..., Any] = getattr(policy, kind)
    return ask() if what is None else ask(what)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.django_db
@settings(
    max_examples=1_000,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    world=worlds,
    viewer=st.sampled_from((0, 0, 0, None)),
    person=st.sampled_from(PEOPLE),
    further=st.sampled_from(FURTHER),
    reader=st.sampled_from((*(BySelectors,) * 9, ByApi)),
)
def test_all_that_anybody_is_given_is_what_the_policy_allows(
    world: World,
    viewer: int | None,
    person: int,
    further: tuple[Question, ...],
    reader: type[Reader],
) -> None:
    policy, given_to = Policy(world, viewer), reader(Rows(world), viewer)
    about = [(kind, person) for kind in FOR_EACH]
    for kind, what in (*about, ("friends", person % len(FILMS)), *further):
        if viewer is None and kind in MEMBERS_ONLY:
            continue
        if reader is ByApi and kind in WITHOUT_A_PATH:
            continue
        assert given_to.see(kind, what) == expected(policy, kind, what), (kind, what)
