"""`make evaluate`: stores for an evaluation, in a temporary folder and gone afterwards."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from infra.bench.own_stack import own_stack
from infra.embedded.layout import ROOT
from infra.embedded.processes import EMBEDDER, application_processes
from infra.embedded.services import wait_ready
from infra.embedded.stack import Stack

READY_SECONDS = 120.0


@contextmanager
def embedder(stack: Stack) -> Iterator[None]:
    """The model, for texts of films that the sample does not have."""
    service = application_processes(stack.layout)[EMBEDDER]
    environment = stack.environment_of(service)
    with subprocess.Popen(service.command, cwd=service.directory, env=environment) as process:
        try:
            wait_ready(service, seconds=READY_SECONDS)
            yield
        finally:
            process.terminate()


def main(arguments: list[str]) -> None:
    """Run `manage.py evaluate` with these arguments, here on the new stores."""
    if {"-h", "--help"} & set(arguments):
        subprocess.run([sys.executable, "manage.py", "evaluate", "--help"], cwd=ROOT, check=True)
        return
    with own_stack(application=False) as stack, ExitStack() as more:
        from django.core.management import call_command

        if "--data" in arguments:
            more.enter_context(embedder(stack))
        call_command("evaluate", "--here", *arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
