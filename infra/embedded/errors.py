"""What can go wrong while the stack starts, each as a sentence for the person at the terminal."""

import errno
import shutil
import signal
from pathlib import Path

_DISK_FULL = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
_DISK_FULL_WORDS = ("no space left on device", "file too large", "disk quota exceeded")

DOWN = "The stack is down; `make up` starts it."

_NOTHING_LEFT = 16_000_000
"""Below this many bytes stores begin to fail, some without a word about the disk."""


class EmbeddedError(Exception):
    """The stack cannot do what was asked; the message says why and what to do."""


class NotReadyError(EmbeddedError):
    """A service does not answer yet."""


class DiskFullError(EmbeddedError):
    """The disk that holds the stack's data is full."""

    def __init__(self, where: Path | str) -> None:
        super().__init__(
            f"The disk is full: nothing more can be written under {where}. "
            "Free some space, then run `make up` again; what is stored already is kept."
        )


def is_disk_full(error: BaseException) -> bool:
    """Say whether an error, or what caused it, means that the disk is full."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _DISK_FULL:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def has_full_disk(where: Path) -> bool:
    """Say whether the disk under a folder is full; who asks has just seen something fail."""
    return shutil.disk_usage(where).free < _NOTHING_LEFT


def tells_disk_full(output: str, returncode: int = 0) -> bool:
    """Say whether a program's output or exit code means that the disk is full."""
    if returncode in (-signal.SIGXFSZ, 128 + signal.SIGXFSZ):
        return True
    lowered = output.lower()
    return any(words in lowered for words in _DISK_FULL_WORDS) or "file size limit" in lowered
