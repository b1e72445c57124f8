"""What can be asked of a stack besides `up`: down, status, logs, reset, env, mail and manage."""

import email
import email.policy
import os
import shutil
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

from infra.embedded.errors import DOWN, EmbeddedError
from infra.embedded.layout import ROOT, layout_of
from infra.embedded.leftovers import end_leftovers, leftover_processes, remove_stale_files
from infra.embedded.services import POLL_SECONDS, Service
from infra.embedded.smoke import one_request_through_every_store
from infra.embedded.stack import Stack
from infra.embedded.supervisor import ProcessState, Supervisor


def down() -> None:
    """Stop the application, then the stores, then the supervisor; leave no process behind."""
    stack = Stack.started(os.environ)
    layout = stack.layout if stack else layout_of(os.environ)
    supervisor = Supervisor(layout)
    was_up = supervisor.alive()
    if was_up:
        states = supervisor.states()
        stores = [name for name in ("postgres", "valkey", "neo4j", "vectors") if name in states]
        supervisor.stop([name for name in states if name not in stores])
        supervisor.stop(stores)
        supervisor.shut_down()
        while supervisor.alive():
            time.sleep(POLL_SECONDS)
    ended = end_leftovers(layout) if layout.var.exists() else 0
    shutil.rmtree(layout.sockets, ignore_errors=True)
    remove_stale_files(layout)
    print("The stack is down." if was_up or ended else "The stack was not up.")


def status() -> bool:
    """Print a table of processes and say whether all of them are well."""
    stack = Stack.started(os.environ)
    supervisor = Supervisor(stack.layout) if stack else None
    if stack is None or supervisor is None or not supervisor.alive():
        orphans = len(leftover_processes(stack.layout)) if stack else 0
        print(DOWN + (f" {orphans} processes lost their supervisor." if orphans else ""))
        return False
    stack.enter()
    states = supervisor.states()
    print(f"{'name':<24}{'pid':>8}  {'state':<10}health")
    print(f"{'supervisor':<24}{supervisor.pid():>8}  {'RUNNING':<10}ok")
    well = True
    for name, service in stack.services.items():
        health = _health(service, states[name])
        expected = name in stack.expected
        well = well and (health == "ok" or not expected)
        pid = states[name].pid or "-"
        print(
            f"{name:<24}{pid:>8}  {states[name].state:<10}{health if expected else 'not installed'}"
        )
    for name in sorted(set(stack.own)):
        print(f"{name}: your own")
    return well


def _health(service: Service, state: ProcessState) -> str:
    if state.state != "RUNNING":
        return state.explanation or "not running"
    try:
        service.ready()
    except Exception as error:
        return (str(error).strip() or type(error).__name__).splitlines()[0][:100]
    return "ok"


def logs(name: str | None) -> None:
    """Follow the log of one process, or of all, until interrupted."""
    folder = layout_of(os.environ).log
    files = sorted(folder.glob(f"{name or '*'}.log"))
    if not files:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.log"))) or "none yet"
        raise EmbeddedError(f"There is no log of {name or 'any process'}. There are: {known}.")
    tail = ["tail", "-n", "100" if name else "10", *(["-F"] if sys.stdout.isatty() else [])]
    subprocess.run([*tail, *map(str, files)], check=False)


def reset(*, confirmed: bool) -> None:
    """Ask, then stop the stack and delete all of its data; the passwords stay."""
    layout = layout_of(os.environ)
    if not confirmed:
        print(
            f"This deletes everything under {layout.data}. Type yes to go on: ", end="", flush=True
        )
        if sys.stdin.readline().strip() != "yes":
            raise EmbeddedError("Nothing was deleted.")
    down()
    shutil.rmtree(layout.data, ignore_errors=True)
    (layout.run / "stack.json").unlink(missing_ok=True)
    print(f"{layout.data} is gone; `make up` starts afresh.")


def environment() -> None:
    """Print addresses and credentials as shell assignments for `eval`; refuse when down."""
    stack = Stack.started(os.environ)
    if stack is None or not _stores_run(stack):
        raise EmbeddedError(DOWN)
    for name, value in stack.addresses.items():
        quoted = value.replace("'", "'\\''")
        print(f"export {name}='{quoted}'")


def _stores_run(stack: Stack) -> bool:
    supervisor = Supervisor(stack.layout)
    if not supervisor.alive():
        return False
    states = supervisor.states()
    return all(states[name].state == "RUNNING" for name in stack.stores)


def mail() -> None:
    """Print every mail that the stack has sent, oldest first."""
    folder = layout_of(os.environ).mail
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    messages = [message for path in files for message in _messages(path)]
    if not messages:
        print("No mail yet.")
    for message in messages:
        print("-" * 72)
        for header in ("Date", "From", "To", "Subject"):
            print(f"{header}: {message[header]}")
        body = message.get_body(("plain", "html"))
        print(f"\n{body.get_content().strip() if body else ''}\n")


def _messages(path: Path) -> list[EmailMessage]:
    """Django ends each mail of a file with a line of 79 dashes."""
    parts = path.read_bytes().split(b"\n" + b"-" * 79 + b"\n")
    policy = email.policy.default
    return [email.message_from_bytes(part, policy=policy) for part in parts if part.strip()]


def manage(arguments: list[str]) -> None:
    """Become `manage.py` with the environment of the running stack."""
    stack = Stack.started(os.environ)
    if stack is None or not _stores_run(stack):
        raise EmbeddedError(DOWN)
    os.chdir(ROOT)
    environ = {**os.environ, **stack.application_environment}
    os.execve(sys.executable, [sys.executable, "manage.py", *arguments], environ)


def smoke() -> None:
    """One request through every store of the running stack."""
    stack = Stack.started(os.environ)
    if stack is None or not _stores_run(stack):
        raise EmbeddedError(DOWN)
    one_request_through_every_store(stack.addresses)
