"""`make evaluate`: stores for an evaluation, in a temporary folder and gone afterwards."""

import subprocess
import sys

from infra.bench.own_stack import own_stack
from infra.embedded.layout import ROOT


def main(arguments: list[str]) -> None:
    """Run `manage.py evaluate` with these arguments, here on the new stores."""
    if {"-h", "--help"} & set(arguments):
        # Only the settings of tests need no stores.
        asked = ("evaluate", "--help", "--settings", "config.settings.test")
        subprocess.run([sys.executable, "manage.py", *asked], cwd=ROOT, check=True)
        return
    with own_stack(application=False):
        from django.core.management import CommandError, call_command

        try:
            call_command("evaluate", "--here", *arguments)
        except CommandError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
