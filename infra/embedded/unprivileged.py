"""Runs a program as an ordinary user when we are root: Postgres refuses to run as root.

`python -m infra.embedded.unprivileged FOLDER PROGRAM ARGUMENT...` becomes PROGRAM as `nobody`.
No account is made and no folder is opened to others. Where FOLDER or PROGRAM lies behind a folder
that only root may enter, the process keeps one capability on Linux: to pass such folders.
"""

import ctypes
import os
import pwd
import sys
from collections.abc import Sequence
from pathlib import Path

ACCOUNT = "nobody"
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522


def unprivileged(folder: Path, command: Sequence[str]) -> tuple[str, ...]:
    """The command as it must be run by this user: unchanged, unless we are root."""
    if os.geteuid() != 0:
        return tuple(command)
    return (sys.executable, "-m", "infra.embedded.unprivileged", str(folder), *command)


def hand_over(folder: Path) -> None:
    """Give a folder that root made to the account that Postgres will run as."""
    if os.geteuid() == 0:
        account = pwd.getpwnam(ACCOUNT)
        os.chown(folder, account.pw_uid, account.pw_gid)


def drop_root(folder: str, program: str) -> None:
    """Turn this process from root into the ordinary account, for good."""
    account = pwd.getpwnam(ACCOUNT)
    libc = ctypes.CDLL(None, use_errno=True)
    linux = sys.platform == "linux"
    if linux:
        libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    reachable = os.access(folder, os.R_OK | os.W_OK | os.X_OK) and os.access(program, os.X_OK)
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE) if linux and not reachable else ():
        if _keep_only(libc, capability):
            break
    else:
        if linux:
            _keep_only(libc, None)


def _keep_only(libc: ctypes.CDLL, capability: int | None) -> bool:
    """Reduce the process to one capability, and let it outlive the next exec."""
    bits = 0 if capability is None else 1 << capability
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0)
    if libc.capset(header, data) != 0:
        return False
    if capability is None:
        return True
    return bool(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0)


def main(arguments: Sequence[str]) -> None:
    """Become the program."""
    folder, program, *rest = arguments
    os.chdir(folder)
    drop_root(folder, program)
    os.environ["HOME"] = folder
    os.execv(program, [program, *rest])


if __name__ == "__main__":
    main(sys.argv[1:])
