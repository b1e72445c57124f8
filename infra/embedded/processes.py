"""The application's own processes: one table of commands, for people to read and change."""

import importlib.util
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from infra.embedded.health import check_http, check_worker
from infra.embedded.layout import ROOT, Layout
from infra.embedded.services import Service, nothing

WEB, BEAT, FLOWER, EMBEDDER = "web", "beat", "flower", "embedder"
# A worker per store outside Postgres: one that is silent holds its own worker, and no other. What
# needs Postgres alone shares one, whose second slot keeps the sweep from waiting for a backlog.
WORKERS = {
    "worker-graph": "-Q sync.graph -c 1",
    "worker-vectors": "-Q sync.vectors -c 1",
    "worker-feeds": "-Q sync.feeds -c 1",
    "worker-default": "-Q default,mail,sync.recommendations -c 2",
}
WEB_WORKERS = 2
"""One runs on one core at a time, and answers wait for each other in it: at 50 a second, half of
what it bears, a second one makes the slowest hundredth three times as fast."""

NICENESS = 10
"""Of workers: nobody waits for them as a visitor waits for web, whom they took a core from."""

_CELERY = "celery -A celery_app"
_CONTROL = "celery -A celery_app.control"


def has_embedding_packages() -> bool:
    """Say whether what the embedder needs is installed, without importing it."""
    wanted = ("torch", "sentence_transformers")
    return all(importlib.util.find_spec(name) is not None for name in wanted)


def application_processes(layout: Layout) -> dict[str, Service]:
    """Every process of the application by its name, in the order of their start."""
    web = f"http://127.0.0.1:{layout.web_port}"
    flower = f"http://127.0.0.1:{layout.flower_port}"
    services = [
        _process(
            WEB,
            "granian --interface wsgi --host 127.0.0.1 "
            f"--port {layout.web_port} --workers {WEB_WORKERS} --blocking-threads 8 --no-ws "
            "--respawn-failed-workers config.wsgi:application",
            prepare=lambda: _make_empty(layout.metrics),
            ready=lambda: check_http(f"{web}/readyz"),
            environment={
                # Every request has a thread already; numpy's own would only spin for the cores.
                "OPENBLAS_NUM_THREADS": "1",
                "PROMETHEUS_MULTIPROC_DIR": str(layout.metrics),
            },
        ),
        *(_worker(name, options) for name, options in WORKERS.items()),
        _process(BEAT, f"{_CONTROL} beat -s {layout.data / 'celery' / 'beat-schedule'}"),
        _process(
            FLOWER,
            f"{_CONTROL} flower --address=127.0.0.1 --port={layout.flower_port}",
            ready=lambda: check_http(f"{flower}/healthcheck"),
        ),
        _process(
            EMBEDDER,
            "python manage.py serve_embeddings",
            ready=lambda: check_http(f"http://127.0.0.1:{layout.embedding_port}/readyz"),
        ),
    ]
    return {service.name: service for service in services}


def _worker(name: str, options: str) -> Service:
    command = f"{_CELERY} worker -n {name}@%h {options} -l INFO --without-gossip --without-mingle"
    # `up` has run the check that matters; the others load what a worker never needs.
    skip = {"CELERY_SKIP_CHECKS": "true"}
    return _process(name, command, lambda: check_worker(name), environment=skip, niceness=NICENESS)


def _make_empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _alive() -> None:
    """A process without an address: the supervisor knows whether it runs."""


def _process(
    name: str,
    command: str,
    ready: Callable[[], None] = _alive,
    prepare: Callable[[], None] = nothing,
    environment: Mapping[str, str] = MappingProxyType({}),
    niceness: int = 0,
) -> Service:
    program, *arguments = command.split(" ")
    return Service(
        name=name,
        command=(*_program(program), *arguments),
        directory=ROOT,
        ready=ready,
        prepare=prepare,
        environment=environment,
        stop_seconds=20,
        niceness=niceness,
    )


def _program(name: str) -> tuple[str, ...]:
    """A program of this very environment, whatever PATH says."""
    if name == "python":
        return (sys.executable,)
    return (str(Path(sys.executable).with_name(name)),)
