"""Whatever arrives late, twice or in another order: in the end the graph says what was true last.

A history of facts; reads of it under fences that were drawn earlier; deliveries of those reads in
any order, any number of times. At the end every message is delivered as the relay would do it, then
everything once more, as a zombie would.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from apps.graph.store import GraphStore, get_graph
from apps.movies.selectors import Film, FilmCredit, PersonName, RatingFact
from apps.outbox.fences import Fence, draw
from apps.users.selectors import FollowEdge, Member

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PART = st.integers(0, 1)
KINDS = ["user", "movie", "person", "follow", "like"]
KINDS_READ = st.one_of(st.just(KINDS), st.lists(st.sampled_from(KINDS), min_size=1, unique=True))

_bases = count(2 * 10**12, 10)
_fences = (draw("graph").number for _ in count())

HELD = """
RETURN
    COLLECT { MATCH (n:User) WHERE n.id IN $ids RETURN [n.id, n.username] ORDER BY n.id } AS users,
    COLLECT { MATCH (n:Movie) WHERE n.id IN $ids RETURN [n.id, n.title] ORDER BY n.id } AS films,
    COLLECT { MATCH (n:Person) WHERE n.id IN $ids RETURN [n.id, n.name] ORDER BY n.id } AS people,
    COLLECT { MATCH (a:User)-[e:FOLLOWS]->(b) WHERE a.id IN $ids
        RETURN [a.id, b.id, e.since.epochSeconds] ORDER BY a.id, b.id } AS follows,
    COLLECT { MATCH (a:User)-[e:LIKED]->(b) WHERE a.id IN $ids
        RETURN [a.id, b.id, e.stars] ORDER BY a.id, b.id } AS likes,
    COLLECT { MATCH (a:Person)-[:DIRECTED]->(b) WHERE a.id IN $ids
        RETURN [b.id, a.id] ORDER BY b.id, a.id } AS credits
"""

Key = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Read:
    """What was true of some keys of one kind when it was read, under a fence drawn before."""

    fence: int
    kind: str
    facts: dict[tuple[int, ...], Any]


class History(RuleBasedStateMachine):
    """Two members, two films, two people, and all that can be between them."""

    def __init__(self) -> None:
        super().__init__()
        base = next(_bases)
        self.ids = [base, base + 1]
        self.members = {number: True for number in self.ids}
        self.films: dict[int, str] = {number: "film" for number in self.ids}
        self.people: set[int] = set(self.ids)
        self.credits: set[tuple[int, int]] = set()
        self.follows: dict[tuple[int, int], datetime] = {}
        self.ratings: dict[tuple[int, int], int] = {}
        self.pending: dict[Key, int] = {}
        self.drawn: list[int] = []
        self.reads: list[Read] = []
        for number in self.ids:
            self.publish("user", number)
            self.publish("movie", number)
            self.publish("person", number)
        self.read(KINDS, late=False)

    # Facts change, and each change publishes what it touches.

    @rule(one=PART)
    def leave_or_come_back(self, one: int) -> None:
        user = self.ids[one]
        self.members[user] = not self.members[user]
        self.publish("user", user)
        for pair in self.follows:
            self.publish("follow", *pair)
        for pair in self.ratings:
            self.publish("like", *pair)

    @rule(one=PART)
    def follow_or_not(self, one: int) -> None:
        pair = (self.ids[one], self.ids[1 - one])
        if not self.follows.pop(pair, None):
            self.follows[pair] = NOW + timedelta(seconds=next(_fences) % 10**6)
        self.publish("follow", *pair)

    @rule(one=PART, other=PART, half_stars=st.sampled_from([6, 8, 9]))
    def rate(self, one: int, other: int, half_stars: int) -> None:
        pair = (self.ids[one], self.ids[other])
        if pair[1] in self.films:
            self.ratings[pair] = half_stars
            self.publish("like", *pair)

    @rule(one=PART, other=PART)
    def credit_or_not(self, one: int, other: int) -> None:
        film, person = self.ids[one], self.ids[other]
        if film in self.films and person in self.people:
            self.credits ^= {(film, person)}
            self.publish("movie", film)

    @rule(one=PART)
    def remove_film(self, one: int) -> None:
        film = self.ids[one]
        if self.films.pop(film, None):
            for pair in [pair for pair in self.ratings if pair[1] == film]:
                del self.ratings[pair]
                self.publish("like", *pair)
            self.credits = {pair for pair in self.credits if pair[0] != film}
            self.publish("movie", film)

    @rule(one=PART)
    def remove_person(self, one: int) -> None:
        person = self.ids[one]
        for film in [film for film, other in self.credits if other == person]:
            self.credits.remove((film, person))
            self.publish("movie", film)
        self.people.discard(person)
        self.publish("person", person)

    @rule(one=PART, other=PART, half_stars=st.sampled_from([6, 8, 9]))
    def meet(self, one: int, other: int, half_stars: int) -> None:
        """A good deal happens, and is read, before the next step."""
        self.follow_or_not(one)
        self.rate(one, other, half_stars)
        self.credit_or_not(one, other)
        self.read(KINDS, late=False)

    # The relay: draws, reads and deliveries, each at its own time.

    @rule()
    def draw(self) -> None:
        self.drawn.append(next(_fences))

    @rule(kinds=KINDS_READ, late=st.booleans())
    def read(self, kinds: list[str], late: bool) -> None:
        """Under a fence of now, or the oldest that was drawn and not used yet."""
        fence = self.drawn.pop(0) if late and self.drawn else next(_fences)
        for kind in kinds:
            facts = {key: self.truth(kind, key) for key in self.keys(kind)}
            self.reads.append(Read(fence, kind, facts))

    @precondition(lambda self: self.reads)
    @rule(which=st.lists(st.integers(0, 30), min_size=1, max_size=6))
    def deliver(self, which: list[int]) -> None:
        for number in which:
            self.apply(self.reads[number % len(self.reads)])

    def teardown(self) -> None:
        late = list(self.reads)
        for _ in range(20):
            if not self.pending:
                break
            self.read(sorted({kind for kind, _ in self.pending}, key=KINDS.index), late=False)
            for read in self.reads[len(late) :]:
                self.apply(read)
            del self.reads[len(late) :]
        assert not self.pending
        for read in reversed(late):
            self.apply(read)
        assert self.held() == self.expected()

    # What the test knows.

    def publish(self, kind: str, *key: int) -> None:
        self.pending[kind, key] = next(_fences)

    def keys(self, kind: str) -> list[tuple[int, ...]]:
        one, other = self.ids
        if kind == "follow":
            return [(one, other), (other, one)]
        if kind == "like":
            return [(user, film) for user in self.ids for film in self.ids]
        return [(one,), (other,)]

    def truth(self, kind: str, key: tuple[int, ...]) -> Any:
        facts: dict[str, Callable[[], Any]] = {
            "user": lambda: Member(key[0], f"name-{key[0]}", False) if self.there(key[0]) else None,
            "movie": lambda: self.film(key[0]),
            "person": lambda: PersonName(key[0], "Name") if key[0] in self.people else None,
            "follow": lambda: (
                FollowEdge(*key, self.follows[key[0], key[1]])
                if key in self.follows and self.there(key[0]) and self.there(key[1])
                else None
            ),
            "like": lambda: self.like(key),
        }
        return facts[kind]()

    def there(self, user: int) -> bool:
        return self.members[user]

    def film(self, film: int) -> Film | None:
        if film not in self.films:
            return None
        directors = sorted(person for other, person in self.credits if other == film)
        made = tuple(FilmCredit(person, "Name", "director", 0) for person in directors)
        return Film(film, self.films[film], 1990, "", "", ("Drama",), (), made)

    def like(self, pair: tuple[int, ...]) -> RatingFact | None:
        half_stars = self.ratings.get((pair[0], pair[1]), 0)
        return (
            RatingFact(pair[0], pair[1], half_stars, NOW)
            if half_stars >= 8 and self.there(pair[0])
            else None
        )

    def apply(self, read: Read) -> None:
        again = set(put_and_drop(get_graph(), read))
        for key in read.facts:
            if key not in again and self.pending.get((read.kind, key), read.fence) < read.fence:
                del self.pending[read.kind, key]

    def held(self) -> dict[str, Any]:
        (row,) = get_graph().bolt.read_slowly(HELD, ids=self.ids)
        return row

    def expected(self) -> dict[str, Any]:
        follows = [pair for pair in self.follows if self.truth("follow", pair)]
        likes = [self.like(pair) for pair in sorted(self.ratings)]
        return {
            "users": [[user, f"name-{user}"] for user in self.ids if self.there(user)],
            "films": [[film, title] for film, title in sorted(self.films.items())],
            "people": [[person, "Name"] for person in sorted(self.people)],
            "follows": [[*pair, int(self.follows[pair].timestamp())] for pair in sorted(follows)],
            "likes": [[like.user_id, like.movie_id, like.stars] for like in likes if like],
            "credits": [list(pair) for pair in sorted(self.credits)],
        }


def put_and_drop(graph: GraphStore, read: Read) -> list[tuple[int, ...]]:
    """What a projector does with what it read; gives the keys to be read again."""
    fence = Fence(read.fence)
    there = [fact for fact in read.facts.values() if fact is not None]
    gone = [key for key, fact in read.facts.items() if fact is None]
    numbers = [key[0] for key in gone]
    pairs = [(key[0], key[-1]) for key in gone]
    if read.kind == "user":
        graph.put_users(there, fence)
        graph.drop_users(numbers, fence)
    elif read.kind == "person":
        graph.put_people(there, fence)
        graph.drop_people(numbers, fence)
    elif read.kind == "movie":
        again = graph.put_movies(there, fence)
        graph.drop_movies(numbers, fence)
        return [(film,) for film in again]
    elif read.kind == "follow":
        left = graph.put_follows(there, fence)
        graph.drop_follows(pairs, fence)
        return list(left)
    else:
        left = graph.put_likes(there, fence)
        graph.drop_likes(pairs, fence)
        return list(left)
    return []


def test_the_graph_ends_as_the_facts_did(graph: GraphStore) -> None:
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=60,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
