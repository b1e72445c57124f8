"""One fact in a hundred cannot be delivered: each is parked alone, and all else arrives."""

import json
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from apps.movies.topics import RATING
from infra.embedded.processes import WORKERS
from tests.embedding import HashedWords
from tests.faults.cluster import Cluster
from tests.faults.conftest import Say
from tests.faults.ledger import Ledger
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.timeout(1_200)

GOOD = 990
PARKED_WITHIN_SECONDS = 60.0

RAISE, EXIT = "graph", "feeds"
"""Into which destination the projector raises, or ends its process."""

FILMS = """
import json
from apps.movies.actions import create_movie
titles = "no number 1", "no number 2", "too short 1", "too short 2"
films = {title: create_movie(title=title).pk for title in titles}
films["long"] = create_movie(title="long", plot="word " * 2_000_000).pk
print(json.dumps(films))
"""


class BadModel(HashedWords):
    """Gives vectors of NaN, or of another dimension, for some texts."""

    def embed(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """The vectors of texts."""
        vectors = super().embed(texts)
        return [self._spoilt(*pair) for pair in zip(texts, vectors, strict=True)]

    def _spoilt(self, text: str, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        if text.startswith("too short"):
            return vector[1:] / np.linalg.norm(vector[1:])
        return vector * np.float32("nan") if text.startswith("no number") else vector


@pytest.fixture
def poison(cluster: Cluster, ledger: Ledger) -> Iterator[dict[str, set[tuple[int, int]]]]:
    """Ratings that cannot be delivered, by destination, until the test has mended the cause."""
    keys = [(member.id, film) for member, film in zip(ledger.members, ledger.films, strict=False)]
    found = {RAISE: set(keys[:4]), EXIT: set(keys[4:6])}
    actions = {RAISE: "raise", EXIT: "exit"}
    cluster.environment["CINEMESH_FAILPOINTS"] = ",".join(
        f"after_draw={actions[into]} for {into} {RATING.name} {RATING.encode(key)}"
        for into, some in found.items()
        for key in some
    )
    cluster.model.server.model = BadModel()
    cluster.restart(*WORKERS)
    yield found
    mend(cluster)


def mend(cluster: Cluster) -> None:
    """Take the causes away."""
    cluster.environment["CINEMESH_FAILPOINTS"] = ""
    cluster.model.server.model = HashedWords()
    cluster.restart(*WORKERS)


def test_each_poison_is_parked_alone(
    cluster: Cluster,
    ledger: Ledger,
    poison: dict[str, set[tuple[int, int]]],
    settled: Callable[[], None],
    say: Say,
) -> None:
    films = json.loads(cluster.run("manage.py", "shell", "-v0", "-c", FILMS))
    parked = {f"vectors movies.movie {pk}" for title, pk in films.items() if title != "long"}
    for into, keys in poison.items():
        cluster.publish(RATING, keys, into=into)
        parked |= {f"{into} {RATING.name} {RATING.encode(key)}" for key in keys}
    since = len(ledger.answers)
    with ledger.writing():
        wait_until(lambda: len(ledger.answers) >= since + GOOD, "the writes", seconds=300)

    seconds = PARKED_WITHIN_SECONDS
    wait_until(lambda: cluster.waiting() == parked, "nothing but poison waits", seconds=seconds)
    wait_until(lambda: cluster.parked() == parked, "each is parked", seconds=seconds)
    say("parked", len(parked), "of", GOOD + len(parked))

    mend(cluster)
    for into in ("vectors", *poison):
        cluster.run("manage.py", "dead_letters", "replay", "--destination", into)
    settled()
    assert cluster.parked() == set()
