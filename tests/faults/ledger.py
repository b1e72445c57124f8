"""The client that writes over REST and remembers what it was promised.

Each thread has members of its own and writes one thing at a time, so the states that Postgres may
be in are known for every key: one after an acknowledged write; after a write without an answer
both, as it may have been committed or not.
"""

import http.client
import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.bench.members import Member
from tests.faults.cluster import Cluster
from tests.faults.waiting import wait_until

ANSWER_SECONDS = 60.0
PAIR = ("follow", "unfollow", "block", "unblock")

State = Hashable
Key = tuple[Any, ...]

RATINGS = "SELECT user_id, movie_id, half_stars FROM movies_rating"
FOLLOWS = "SELECT 'follow', follower_id, followee_id FROM users_follow"
BLOCKS = "SELECT 'block', blocker_id, blocked_id FROM users_block"


@dataclass(frozen=True)
class Write:
    """A request, the key that it is about, and the state that it makes of a state.

    `effect` gives None for states in which the API refuses it.
    """

    member: Member
    method: str
    path: str
    body: dict[str, Any] | None
    key: Key
    effect: Callable[[Any], State | None]


@dataclass(frozen=True)
class Answered:
    """When a write was sent, how long its answer took, and its status; 0 for no answer."""

    at: float
    seconds: float
    status: int


class Ledger:
    """Threads of members that write at random, and what follows from the answers."""

    def __init__(self, cluster: Cluster, log: Path, *, seed: int) -> None:
        """`log` gets a line for each write that was acknowledged."""
        self.members = [Member(**member) for member in cluster.cast["members"]]
        self.films: list[int] = cluster.cast["films"]
        self.answers: list[Answered] = []
        self.statuses: Counter[int] = Counter()
        """How often there was each answer; 0 means none."""
        self.impossible: list[str] = []
        """Answers that contradict what was acknowledged before."""
        self._cluster = cluster
        self._legal: dict[Key, set[State]] = defaultdict(lambda: {None})
        self._log, self._seed = log, seed
        self._over = threading.Event()
        self._lock = threading.Lock()

    @property
    def acknowledged(self) -> int:
        """Writes that were answered with 2xx."""
        return sum(count for status, count in self.statuses.items() if 200 <= status < 300)

    @contextmanager
    def writing(self, *, threads: int = 4, rate: float = 0.0) -> Iterator[None]:
        """Write meanwhile; `rate` limits the writes per second of all threads."""
        self._over.clear()
        shares = [self.members[number::threads] for number in range(threads)]
        running = [
            threading.Thread(target=self._act, args=(share, number, rate / threads))
            for number, share in enumerate(shares)
        ]
        for thread in running:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in running:
                thread.join()

    def lost(self) -> list[str]:
        """Keys whose state in Postgres is none that the answers allow."""
        found: dict[Key, State] = defaultdict(lambda: None)
        for user, film, stars in self._cluster.rows(RATINGS):
            found[user, film] = stars
        pairs = defaultdict(set)
        for fact in self._cluster.rows(FOLLOWS) + self._cluster.rows(BLOCKS):
            pairs[_pair(*fact[1:])].add(fact)
        found |= {key: frozenset(facts) for key, facts in pairs.items()}
        return [
            f"{key}: {found[key]}, not {legal}"
            for key, legal in self._legal.items()
            if found[key] not in legal
        ]

    def _act(self, members: Sequence[Member], number: int, rate: float) -> None:
        choose = random.Random(f"{self._seed} {number} {len(self.answers)}")  # noqa: S311
        client = _Client(self._cluster)
        due = time.monotonic()
        with self._log.open("a", encoding="utf-8", buffering=1) as log:
            while not self._over.is_set():
                write = self._choose(choose, members)
                answered = client.send(write)
                with self._lock:
                    self.answers.append(answered)
                    self.statuses[answered.status] += 1
                if 200 <= answered.status < 300:
                    log.write(f"{answered.at:.3f} {write.member.name} {write.method} ")
                    log.write(f"{write.path} {json.dumps(write.body)}\n")
                self._conclude(write, answered.status)
                due = max(due + 1 / rate, time.monotonic() - 1) if rate else 0.0
                self._over.wait(max(0.0, due - time.monotonic()))
        client.close()

    def _conclude(self, write: Write, status: int) -> None:
        before = self._legal[write.key]
        after = {state for legal in before if (state := write.effect(legal)) is not _REFUSED}
        if 200 <= status < 300:
            self._legal[write.key] = after
            if not after:
                self.impossible.append(f"{write.method} {write.path}: {status} in {before}")
        elif not 400 <= status < 500:
            self._legal[write.key] = before | after

    def _choose(self, choose: random.Random, members: Sequence[Member]) -> Write:
        member = choose.choice(members)
        if choose.random() < 0.7:
            return _rating(member, choose.choice(self.films), choose.choice([*range(1, 11), 0, 0]))
        other = choose.choice([one for one in members if one is not member])
        (verb,) = choose.choices(PAIR, weights=(6, 3, 1, 2))
        return _pairing(member, other, verb)


class _Client:
    """One connection to the API, made anew when it breaks."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._connect()

    def send(self, write: Write) -> Answered:
        headers = {"Authorization": f"Bearer {write.member.token}"}
        body = None
        if write.body is not None:
            body = json.dumps(write.body)
            headers["Content-Type"] = "application/json"
        at = time.time()
        try:
            self._http.request(write.method, f"/api/v1/{write.path}", body, headers)
            response = self._http.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            seconds = time.time() - at
            self.close()
            self._connect()
            return Answered(at, seconds, 0)
        return Answered(at, time.time() - at, response.status)

    def close(self) -> None:
        self._http.close()

    def _connect(self) -> None:
        """A connection that is refused is no answer to a write: it waits for one that is not."""
        port = self._cluster.web_port
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
        wait_until(self._connects, "a web process that listens", seconds=ANSWER_SECONDS)

    def _connects(self) -> bool:
        try:
            self._http.connect()
        except OSError:
            return False
        return True


_REFUSED = object()


def _rating(member: Member, film: int, half_stars: int) -> Write:
    path, key = f"movies/{film}/rating/", (member.id, film)
    if half_stars:
        body = {"stars": half_stars / 2}
        return Write(member, "PUT", path, body, key, lambda _: half_stars)
    return Write(member, "DELETE", path, None, key, lambda _: None)


def _pairing(member: Member, other: Member, verb: str) -> Write:
    kind = verb.removeprefix("un")
    fact = (kind, member.id, other.id)

    def effect(before: frozenset[Any] | None) -> State:
        facts = before or frozenset()
        blocks = {one for one in facts if one[0] == "block"}
        if verb.startswith("un"):
            return frozenset(facts - {fact}) or None
        if verb == "block":
            return frozenset(blocks | {fact})
        return _REFUSED if blocks else frozenset(facts | {fact})

    method = "DELETE" if verb.startswith("un") else "PUT"
    path = f"users/{other.name}/{kind}/"
    return Write(member, method, path, None, _pair(member.id, other.id), effect)


def _pair(one: int, other: int) -> Key:
    return ("pair", *sorted((one, other)))
