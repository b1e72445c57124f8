"""The whole product as `make up` starts it, once per session, in its own folder and ports."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.demo import Demo, Member
from infra.embedded.free_ports import free_port_base
from infra.embedded.layout import ROOT, Layout
from infra.embedded.supervisor import Supervisor
from tests import stores as plugin

PATIENCE_SECONDS = 20.0
"""Times are gated by `make demo` on a quiet machine; here only what shows is tested."""


class Product:
    """A running stack: its API, its mail, and the switches of its processes."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.url = f"http://127.0.0.1:{layout.web_port}"
        assert plugin.stores is not None
        of_the_tests = {*plugin.stores.environment, "MAIL_DIR", "DJANGO_SETTINGS_MODULE"}
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in of_the_tests},
            "CINEMESH_VAR": str(layout.var),
            "PORT_BASE": str(layout.port_base),
            "RATE_LIMITS": "false",  # a test's members write faster than people do
        }
        self.supervisor = Supervisor(layout)
        self.demo = Demo(self.url, layout.mail, say=print, within=PATIENCE_SECONDS)
        self.http = httpx.Client(base_url=f"{self.url}/api/v1", timeout=10)

    def command(self, *arguments: str) -> str:
        """Run a command of the stack, which must succeed; gives what it printed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the stack, however it ends."""
        return subprocess.run(
            [sys.executable, "-m", "infra.embedded", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def addresses(self) -> dict[str, str]:
        """What `make env` tells."""
        lines = (line.split("=", 1) for line in shlex.split(self.command("env")) if "=" in line)
        return {name: value for name, value in lines}

    def member(self, name: str) -> Member:
        """A new member, signed in."""
        return self.demo.sign_up(name)

    def stop(self, name: str) -> None:
        """Stop a process; the supervisor does not start it again."""
        self.supervisor.stop([name])

    def start(self, name: str) -> None:
        """Start a stopped process."""
        self.supervisor.start(name)

    def depth(self) -> int:
        """Messages that some store has not seen yet."""
        rows = self.http.get("/sync/status/").json()["destinations"]
        return sum(row["depth"] for row in rows)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product with the whole sample; the embedding packages' process is left out."""
    layout = Layout(var=tmp_path_factory.mktemp("product"), port_base=free_port_base())
    running = Product(layout)
    try:
        running.command("up", "--no-embedding")
        yield running
    finally:
        running.http.close()
        running.demo.close()
        running.command("down")


@pytest.fixture
def ana(product: Product) -> Iterator[Member]:
    """Someone with likes and a follow, so that every source has something to say."""
    member = product.member("ana")
    for film in member.get("movies/?ordering=-ratings&limit=5")["items"]:
        member.call("PUT", f"movies/{film['id']}/rating/", {"stars": 5})
    member.call("PUT", "users/rater-0414/follow/")
    yield member
    member.http.close()


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """Look until there is something, and give it; fails when the time is over."""

    def look(see: Callable[[], Any], what: str, *, seconds: float = PATIENCE_SECONDS) -> Any:
        end = time.monotonic() + seconds
        while True:
            seen = see()
            if seen:
                return seen
            if time.monotonic() > end:
                pytest.fail(f"not within {seconds:.0f} s: {what}")
            time.sleep(0.05)

    return look


@pytest.fixture(scope="session")
def mail_folder(product: Product) -> Path:
    """Where the product's mail lies."""
    return product.layout.mail
