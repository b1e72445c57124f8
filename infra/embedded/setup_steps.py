"""Django's part of a start. It runs in the process of `up`: Django is loaded while Neo4j wakes."""

import compileall
import time
import traceback
from collections.abc import Callable, Mapping

from infra.embedded.errors import (
    DiskFullError,
    EmbeddedError,
    has_full_disk,
    is_disk_full,
    tells_disk_full,
)
from infra.embedded.layout import CODE, ROOT
from infra.embedded.stack import Stack


class SetupSteps:
    """Runs steps by name, each with its duration; a step that was done before changes nothing.

    Raises DiskFullError, and EmbeddedError after whatever else a step fails with was printed.
    """

    def __init__(self, stack: Stack) -> None:
        """Load Django with the stack's settings."""
        self._var = stack.layout.var
        self._unfinished = stack.layout.data / "import-unfinished"
        self._demo = stack.addresses["DEMO_EMAIL"], stack.addresses["DEMO_PASSWORD"]
        stack.enter()
        import django

        django.setup()
        self._steps: Mapping[str, tuple[str, Callable[[], None]]] = {
            "compile": ("bytecode", self._compile),
            "migrate": ("database schema", self._migrate),
            "collect_static": ("static files", self._collect_static),
            "check": ("a projector for every fact", self._check),
            "sync_schemas": ("graph and vector schemas", self._sync_schemas),
            "import_sample": ("sample catalogue", self._import_sample),
            "create_demo": ("demo member", self._create_demo),
        }

    def run(self, *names: str) -> None:
        """Run the named steps in this order."""
        for name in names:
            title, step = self._steps[name]
            started = time.monotonic()
            try:
                step()
            except Exception as error:
                told = is_disk_full(error) or tells_disk_full(str(error))
                if told or has_full_disk(self._var):  # a store that died of it tells nothing
                    raise DiskFullError(self._var) from error
                traceback.print_exc()
                raise EmbeddedError(f"The step `{title}` failed, see above.") from error
            print(f"  {title}: {time.monotonic() - started:.1f} s", flush=True)

    def _compile(self) -> None:
        """Where PYTHONDONTWRITEBYTECODE is set, each process would do it anew at each start."""
        for folder in CODE:
            compileall.compile_dir(ROOT / folder, quiet=2)

    def _migrate(self) -> None:
        _command("migrate", interactive=False, verbosity=0)

    def _collect_static(self) -> None:
        _command("collectstatic", interactive=False, verbosity=0)

    def _check(self) -> None:
        """Here once, so that the workers need not each load all that Django's checks look at."""
        _command("check", tags=["outbox"])

    def _sync_schemas(self) -> None:
        _command("sync_schemas")

    def _import_sample(self) -> None:
        """Import once into a database without films; a half-done import is taken up again."""
        from apps.movies.models import Movie

        if self._unfinished.exists() or not Movie.objects.exists():
            self._unfinished.touch()
            _command("import_sample")
            self._unfinished.unlink()

    def _create_demo(self) -> None:
        email, password = self._demo
        _command("create_demo", email=email, password=password)


def _command(name: str, **options: object) -> None:
    from django.core.management import call_command

    call_command(name, **options)
