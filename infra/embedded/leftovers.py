"""Ends processes of this stack that lost their supervisor, and removes dead ones' files."""

import contextlib
import os
import signal
from collections.abc import Iterable

import psutil

from infra.embedded.layout import Layout
from infra.embedded.stack import MARK

_PATIENCE_SECONDS = 30


def leftover_processes(layout: Layout) -> list[psutil.Process]:
    """Every live process that carries this stack's mark, ourselves and our parents apart."""
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            marked = process.environ().get(MARK) == str(layout.var)
            if marked and process.pid not in ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def end_leftovers(layout: Layout) -> int:
    """End them politely, then by force; return how many there were."""
    processes = leftover_processes(layout)
    pids = {process.pid for process in processes}
    heads = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if process.ppid() not in pids:
                heads.append(process)
    _send(heads)
    psutil.wait_procs(heads, timeout=_PATIENCE_SECONDS)
    rest = leftover_processes(layout)
    for process in rest:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(rest, timeout=_PATIENCE_SECONDS)
    return len(processes)


def kill_group(layout: Layout, group: int) -> None:
    """Kill this stack's processes in a group, and wait until they are gone; no stranger's."""
    found = []
    for process in leftover_processes(layout):
        with contextlib.suppress(psutil.Error, OSError):
            if os.getpgid(process.pid) == group:
                process.kill()
                found.append(process)
    psutil.wait_procs(found, timeout=_PATIENCE_SECONDS)


def _send(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            # INT is Postgres' fast stop; TERM would wait for its clients to leave.
            postgres = process.name() == "postgres"
            process.send_signal(signal.SIGINT if postgres else signal.SIGTERM)
            process.send_signal(signal.SIGCONT)


def remove_stale_files(layout: Layout) -> None:
    """Remove what only a running supervisor may own; the caller has seen that none runs."""
    for path in (layout.run / "supervisord.pid", layout.sockets / "supervisor.sock"):
        path.unlink(missing_ok=True)
    for path in layout.sockets.glob("supervisor.sock.*"):
        path.unlink(missing_ok=True)
    for path in (layout.data / "celery").glob("*.pid"):
        path.unlink(missing_ok=True)
