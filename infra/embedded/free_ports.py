"""Finds neighbouring free ports: `python -m infra.embedded.free_ports` prints a PORT_BASE."""

import contextlib
import random
import socket

from infra.embedded.layout import PORT_COUNT

# Below the ports that the system gives to outgoing connections, so that none of these takes one.
_LOWEST, _HIGHEST = 10_000, 30_000


def free_port_base(count: int = PORT_COUNT) -> int:
    """The first of `count` neighbouring ports that nobody listens on at this moment."""
    while True:
        base = random.randrange(_LOWEST, _HIGHEST)
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for port in range(base, base + count):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return base


if __name__ == "__main__":
    print(free_port_base())
