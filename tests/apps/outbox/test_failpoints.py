"""Failpoints do what their plan says, where it says so, and not at all without one."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.outbox.claims import Seen
from apps.outbox.failpoints import FailpointError, failpoint, follow
from config import env
from infra.embedded.layout import ROOT

FACT = [Seen(1, "movies.rating", "3:17")]


@pytest.fixture(autouse=True)
def _no_plan_stays() -> Iterator[None]:
    yield
    follow("")


def test_without_a_plan_nothing_happens() -> None:
    failpoint("after_draw", "graph", FACT)


def test_it_raises_for_one_key_of_one_destination() -> None:
    follow("after_draw=raise for graph movies.rating 3:17")
    failpoint("after_draw", "graph", [Seen(1, "movies.rating", "3:1")])
    failpoint("after_draw", "vectors", FACT)
    failpoint("after_read", "graph", FACT)
    with pytest.raises(FailpointError):
        failpoint("after_draw", "graph", FACT)


def test_once_is_for_the_first_who_comes_by(tmp_path: Path) -> None:
    arm = tmp_path / "arm"
    follow(f"after_claim=raise once {arm}, after_apply=raise once {arm}")
    failpoint("after_claim")
    arm.touch()
    with pytest.raises(FailpointError):
        failpoint("after_apply")
    failpoint("after_claim")
    failpoint("after_apply")


def test_a_pause_lasts_until_its_file_is_removed(tmp_path: Path) -> None:
    arm, taken = tmp_path / "arm", tmp_path / "arm.taken"
    follow(f"after_read=pause once {arm}")
    arm.touch()
    held = threading.Thread(target=failpoint, args=("after_read",), daemon=True)
    held.start()
    while not taken.exists():
        held.join(0.01)
    failpoint("after_read")
    assert held.is_alive()
    taken.unlink()
    held.join(10)
    assert not held.is_alive()


@pytest.mark.parametrize(("action", "status"), [("kill", -9), ("exit", 1)])
def test_a_process_ends_without_any_clean_up(tmp_path: Path, action: str, status: int) -> None:
    arm = tmp_path / "arm"
    arm.touch()
    code = (
        "from apps.outbox.failpoints import failpoint, follow\n"
        f"follow('after_draw={action} once {arm}')\n"
        "try:\n    failpoint('after_draw')\n"
        "finally:\n    print('cleaned up')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (status, "")
    assert ended.stderr == "failpoint after_draw\n"


@pytest.mark.parametrize(
    "plan",
    [
        "after_draw=kill",
        "after_draw=kill once",
        "nowhere=kill once /tmp/arm",
        "after_draw=explode once /tmp/arm",
        "after_draw=kill sometimes /tmp/arm",
        "after_draw=pause for graph movies.rating 3:17",
    ],
)
def test_a_plan_that_is_not_understood_is_refused(plan: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="CINEMESH_FAILPOINTS"):
        follow(plan)


def test_production_does_not_start_with_a_plan() -> None:
    source = {"CINEMESH_FAILPOINTS": "after_draw=kill once /tmp/arm"}
    with pytest.raises(ImproperlyConfigured, match="CINEMESH_FAILPOINTS"):
        env.read(
            {
                **source,
                "SECRET_KEY": "x" * 60,
                "JWT_PRIVATE_KEY": "a PEM",
                "ALLOWED_HOSTS": "films.example.org",
                "WEB_URL": "https://films.example.org/",
                "DATABASE_URL": "postgres://cinemesh:secret@127.0.0.1:1/cinemesh",
                "REDIS_URL": "redis://:secret@127.0.0.1:1/0",
                "NEO4J_URI": "bolt://127.0.0.1:1",
                "NEO4J_PASSWORD": "secret",
                "QDRANT_URL": "http://127.0.0.1:1",
            }
        )
