"""How each process of a stack begins. It loads little, because a start does it a dozen times."""

import os

from infra.embedded.errors import EmbeddedError
from infra.embedded.stack import Stack


def run(name: str) -> None:
    """Become one process of the stack: what the supervisor calls, with the secrets of that one."""
    stack = Stack.started(os.environ)
    if stack is None or name not in stack.services:
        raise EmbeddedError(f"This stack has no process called {name}.")
    service = stack.services[name]
    if name in stack.stores:
        service.prepare()
    os.chdir(service.directory)
    os.execve(service.command[0], service.command, stack.environment_of(service))
