"""Django's part of a start, in one process: `python -m infra.embedded.setup_steps STEP...`."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import django
from django.core.management import call_command

from infra.embedded.errors import is_disk_full, tells_disk_full


def _check() -> None:
    """Here once, so that the workers need not each load all that Django's checks look at."""
    call_command("check", tags=["outbox"])


def _migrate() -> None:
    call_command("migrate", interactive=False, verbosity=0)


def _collect_static() -> None:
    call_command("collectstatic", interactive=False, verbosity=0)


def _sync_schemas() -> None:
    call_command("sync_schemas")


def _import_sample() -> None:
    """Import once into a database without films; a half-done import is taken up again."""
    from apps.movies.models import Movie

    unfinished = Path(os.environ["CINEMESH_IMPORT_MARK"])
    if unfinished.exists() or not Movie.objects.exists():
        unfinished.touch()
        call_command("import_sample")
        unfinished.unlink()


def _create_demo() -> None:
    call_command(
        "create_demo", email=os.environ["DEMO_EMAIL"], password=os.environ["DEMO_PASSWORD"]
    )


STEPS: dict[str, tuple[str, Callable[[], None]]] = {
    "check": ("a projector for every fact", _check),
    "migrate": ("database schema", _migrate),
    "collect_static": ("static files", _collect_static),
    "sync_schemas": ("graph and vector schemas", _sync_schemas),
    "import_sample": ("sample catalogue", _import_sample),
    "create_demo": ("demo member", _create_demo),
}
DISK_FULL_CODE = 28


def main(names: Sequence[str]) -> int:
    """Run the steps in order, each with its duration; exit code 28 means a full disk."""
    try:
        django.setup()
        for name in names:
            title, step = STEPS[name]
            started = time.monotonic()
            step()
            print(f"  {title}: {time.monotonic() - started:.1f} s", flush=True)
    except Exception as error:
        if is_disk_full(error) or tells_disk_full(str(error)):
            return DISK_FULL_CODE
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
