"""The command line behind the Makefile: `python -m infra.embedded up|down|status|…`."""

import argparse
import os
import sys
from collections.abc import Sequence

from infra.embedded.errors import DiskFullError, EmbeddedError, is_disk_full
from infra.embedded.layout import layout_of
from infra.embedded.program import run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.embedded", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    start = actions.add_parser("up", help="start everything and wait until it answers")
    start.add_argument("--stores-only", action="store_true", help="start the stores alone")
    start.add_argument(
        "--no-embedding", action="store_true", help="do not install the embedding packages"
    )
    actions.add_parser("complete", help="add the embedder to a stack that is ready")
    actions.add_parser("down", help="stop everything")
    actions.add_parser("status", help="each process, its pid and its health")
    actions.add_parser("logs", help="the logs").add_argument("name", nargs="?")
    actions.add_parser("reset", help="delete all data").add_argument("--yes", action="store_true")
    actions.add_parser("env", help="addresses and credentials as shell assignments")
    actions.add_parser("mail", help="the mail that the stack has sent")
    actions.add_parser("smoke", help="one request through every store")
    actions.add_parser(
        "manage", help="manage.py with the running stack's environment"
    ).add_argument("arguments", nargs=argparse.REMAINDER)
    actions.add_parser("run", help="become one process").add_argument("name")
    return parser


def _act(options: argparse.Namespace) -> bool:
    """What each action needs is loaded for it alone: `run` is the first step of every process."""
    if options.action == "run":
        run(options.name)
    if options.action == "up":
        from infra.embedded.up import up

        up(stores_only=options.stores_only)
        if not (options.stores_only or options.no_embedding):
            os.execv(sys.executable, [sys.executable, "-m", "infra.embedded", "complete"])
        return True
    return _ask(options)


def _ask(options: argparse.Namespace) -> bool:
    from infra.embedded import commands

    match options.action:
        case "status":
            return commands.status()
        case "complete":
            from infra.embedded.up import complete

            complete()
        case "logs":
            commands.logs(options.name)
        case "reset":
            commands.reset(confirmed=options.yes)
        case "manage":
            commands.manage(options.arguments)
        case "env":
            commands.environment()
        case action:
            getattr(commands, action)()
    return True


def main(arguments: Sequence[str]) -> int:
    """Do what was asked; 1 and one sentence on standard error when it cannot be done."""
    try:
        done = _act(_parser().parse_args(arguments))
        sys.stdout.flush()
    except BrokenPipeError:  # `make status | head`; Python flushes once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except EmbeddedError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("Interrupted; `make down` stops what was started.", file=sys.stderr)
    except OSError as error:
        if not is_disk_full(error):
            raise
        print(DiskFullError(layout_of(os.environ).var), file=sys.stderr)
    else:
        return 0 if done else 1
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
