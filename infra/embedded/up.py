"""`up`: from nothing, or from whatever was left, to a stack that answers."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from infra.embedded.embedding import install_embedding_packages
from infra.embedded.errors import DOWN, EmbeddedError, NotReadyError
from infra.embedded.layout import Layout
from infra.embedded.leftovers import end_leftovers, remove_stale_files
from infra.embedded.neo4j.archive import make_archive
from infra.embedded.neo4j.planning import plan_questions
from infra.embedded.neo4j.service import archive_files, neo4j_uri
from infra.embedded.ports import refuse_taken_ports
from infra.embedded.processes import EMBEDDER, WEB
from infra.embedded.services import Service, wait_ready
from infra.embedded.settled import is_settled, note_settled
from infra.embedded.setup_steps import SetupSteps
from infra.embedded.stack import Stack
from infra.embedded.supervisor import Supervisor

_READY_SECONDS = 120.0
_ROOM_FIRST = 1_200_000_000
_ROOM_LATER = 100_000_000


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Print what was done and how long it took."""
    started = time.monotonic()
    yield
    print(f"{title}: {time.monotonic() - started:.1f} s", flush=True)


@contextlib.contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """Refuse to work on a stack while another `up` or `down` does."""
    with (layout.run / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(
                "Another `make up` works on this stack at this moment; wait until it is done."
            ) from None
        yield


def up(*, stores_only: bool = False) -> None:
    """Start what does not run but the embedder, wait until it answers, and say where."""
    started = time.monotonic()
    stack = Stack.wanted(os.environ, stores_only=stores_only)
    with _alone(stack.layout):
        supervisor = Supervisor(stack.layout)
        if supervisor.alive():
            stack = _same_stack(stack)
            if _all_running(stack, supervisor):
                print("The stack is already up.")
                print_addresses(stack)
                return
        _start(stack, supervisor)
        print_addresses(stack)
        print(f"ready: {time.monotonic() - started:.1f} s", flush=True)


def complete() -> None:
    """What a stack that is ready may still lack: quicker starts from now on, and the embedder.

    It runs in a process of its own, which does not hold what the import of the sample took.
    """
    stack = Stack.started(os.environ)
    if stack is None or not (supervisor := Supervisor(stack.layout)).alive():
        raise EmbeddedError(DOWN)
    with _alone(stack.layout):
        if "neo4j" in stack.stores:
            _prepare_quicker_starts()
        _start_embedder(stack, supervisor)


def _same_stack(wanted: Stack) -> Stack:
    """The running stack, unless other ports are asked for: then it must be stopped first."""
    running = Stack.started(os.environ)
    if running is None:
        return wanted
    if os.environ.get("PORT_BASE") and running.layout.port_base != wanted.layout.port_base:
        raise EmbeddedError(
            f"This stack is up already, with PORT_BASE={running.layout.port_base}. "
            "Run `make down` first to move it to other ports."
        )
    if running.stores_only and not wanted.stores_only:
        raise EmbeddedError("Only the stores of this stack are up. Run `make down` first.")
    return running


def _all_running(stack: Stack, supervisor: Supervisor) -> bool:
    states = supervisor.states()
    return all(name in states and states[name].state == "RUNNING" for name in stack.expected)


def _start(stack: Stack, supervisor: Supervisor) -> None:
    alive = supervisor.alive()
    running: set[str] = set()
    if alive:
        running = {name for name, state in supervisor.states().items() if state.pid}
    else:
        ended = end_leftovers(stack.layout)
        remove_stale_files(stack.layout)
        if ended:
            print(f"ended {ended} processes that had lost their supervisor")
    refuse_taken_ports(stack, running)
    _refuse_full_disk(stack.layout)
    stack.save()
    with step("files of the stores"):
        for name, service in stack.stores.items():
            if name not in running:
                service.prepare()
    if not alive:
        supervisor.launch(stack)
    for name in sorted(stack.stores, key=lambda name: name != "neo4j"):
        supervisor.start(name)
    if stack.application:
        _start_application(stack, supervisor)
    else:
        _wait(stack, supervisor, list(stack.stores))


def _refuse_full_disk(layout: Layout) -> None:
    """Better to say so now than to stop in the middle."""
    room = _ROOM_LATER if (layout.data / "neo4j").exists() else _ROOM_FIRST
    free = shutil.disk_usage(layout.var).free
    if free < room:
        raise EmbeddedError(
            f"The disk is full: {free // 1_000_000} MB are free under {layout.var}, and "
            f"{room // 1_000_000} MB are needed. Free some space, then run `make up` again; what "
            "is stored already is kept."
        )


def _start_application(stack: Stack, supervisor: Supervisor) -> None:
    stack.enter()
    quick = [name for name in stack.stores if name == "postgres"]
    slow = [name for name in stack.stores if name not in quick]
    _wait(stack, supervisor, quick)
    if is_settled(stack):
        _start_again(stack, supervisor, slow)
    else:
        _set_up(stack, supervisor, slow)
        note_settled(stack)
    _wait(stack, supervisor, _awake(stack))


def _set_up(stack: Stack, supervisor: Supervisor, stores: Sequence[str]) -> None:
    """Neo4j, the slowest, has the processors nearly to itself until it answers.

    The others wake while it plans the visitors' queries.
    """
    setup = SetupSteps(stack)
    setup.run("compile", "migrate", "collect_static", "check")
    supervisor.start(WEB)
    _wait(stack, supervisor, stores)
    for name in _awake(stack):
        supervisor.start(name)
    setup.run("sync_schemas", "import_sample", "create_demo")


def _start_again(stack: Stack, supervisor: Supervisor, stores: Sequence[str]) -> None:
    """Nothing to set up: all wake together, and Django is not loaded here."""
    for name in _awake(stack):
        supervisor.start(name)
    _wait(stack, supervisor, stores)
    with step("neo4j plans what visitors ask"):
        plan_questions(neo4j_uri(stack.layout.neo4j_bolt_port), stack.credentials.neo4j)


def _awake(stack: Stack) -> list[str]:
    """The processes that a stack does not call itself ready without."""
    return [name for name in stack.application if name != EMBEDDER]


def _prepare_quicker_starts() -> None:
    """Once per Java, after everything else; a failure costs nothing but the gain."""
    if archive_files()[1].exists():
        return
    try:
        with step("quicker starts of Neo4j from now on"):
            make_archive()
    except (EmbeddedError, OSError, subprocess.SubprocessError) as error:
        print(f"Neo4j will start as slowly as today: {error}", file=sys.stderr)


def _start_embedder(stack: Stack, supervisor: Supervisor) -> None:
    """Install the embedding packages if they are not there, and start what embeds queries.

    Without them everything else works, so a failure is told and ends nothing.
    """
    try:
        with step("embedding packages"):
            megabytes = install_embedding_packages()
        supervisor.start(EMBEDDER)
        if megabytes is None:
            print("The embedder wakes; `make status` tells when it searches by meaning.")
            return
        print(f"  {megabytes} MB installed", flush=True)
        _wait(stack, supervisor, [EMBEDDER])
        print("complete", flush=True)
    except EmbeddedError as error:
        print(f"{error}\nThe stack is ready without the embedder.", file=sys.stderr)


def _wait(stack: Stack, supervisor: Supervisor, names: Sequence[str]) -> None:
    for name in names:
        service = stack.services[name]
        with step(f"{name} answers"):
            wait_ready(
                replace(service, ready=partial(_ready, supervisor, service)),
                seconds=_READY_SECONDS,
                still_runs=lambda service=service: _refuse_dead(supervisor, service),  # type: ignore[misc]
            )


def _ready(supervisor: Supervisor, service: Service) -> None:
    """What has just been started may still end at once: the supervisor waits a second for that."""
    state = supervisor.states()[service.name].state
    if state != "RUNNING":
        raise NotReadyError(f"it is {state.lower()}")
    service.ready()


def _refuse_dead(supervisor: Supervisor, service: Service) -> None:
    try:
        supervisor.refuse_dead(service)
    except OSError as error:
        raise EmbeddedError(
            "The supervisor was ended from outside. Run `make up` again."
        ) from error


def print_addresses(stack: Stack) -> None:
    """Tell a person where everything is, and how to sign in."""
    addresses = stack.addresses
    web = addresses["WEB_URL"]
    lines = [("Neo4j Browser", addresses["NEO4J_BROWSER_URL"] or addresses["NEO4J_URI"])]
    if not stack.stores_only:
        lines = [
            ("web", web),
            ("API docs", f"{web}/api/docs/"),
            ("admin", f"{web}/admin/"),
            *lines,
            ("Flower", addresses["FLOWER_URL"]),
            ("demo login", f"{addresses['DEMO_EMAIL']}  {addresses['DEMO_PASSWORD']}"),
        ]
    print()
    for title, value in lines:
        print(f"  {title:<14}{value}")
    print("  every password  make -s env\n", flush=True)
