"""How each process of a stack begins. It loads little, because a start does it a dozen times."""

import contextlib
import os
from collections.abc import Mapping
from typing import NoReturn

from infra.embedded.errors import EmbeddedError
from infra.embedded.layout import Layout
from infra.embedded.services import Service
from infra.embedded.stack import Stack


def run(name: str) -> None:
    """Become one process of the stack: what the supervisor calls, with the secrets of that one."""
    stack = Stack.started(os.environ)
    if stack is None or name not in stack.services:
        raise EmbeddedError(f"This stack has no process called {name}.")
    service = stack.services[name]
    end_orphans(stack.layout, name)
    service.prepare()
    become(service, stack.environment_of(service))


def become(service: Service, environment: Mapping[str, str]) -> NoReturn:
    """Go on as the service's command, as nice to the others as it is to be."""
    os.chdir(service.directory)
    os.nice(service.niceness)
    os.execve(service.command[0], service.command, environment)


def end_orphans(layout: Layout, name: str) -> None:
    """Kill the children that this process left when it was killed: one may hold its port.

    The supervisor gives each process a group of its own, which its children stay in.
    """
    noted = layout.run / f"{name}.group"
    with contextlib.suppress(OSError, ValueError):
        group = int(noted.read_text(encoding="ascii"))
        os.killpg(group, 0)

        from infra.embedded.leftovers import kill_group  # seldom needed, and slow to load

        kill_group(layout, group)
    noted.write_text(str(os.getpgrp()), encoding="ascii")
