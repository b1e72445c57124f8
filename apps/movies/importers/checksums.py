"""The sample's files are the ones that its README names, or nothing is imported."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

_LINE = re.compile(r"^([0-9a-f]{64})  (\S+)$", re.MULTILINE)


class SampleError(Exception):
    """The data folder cannot be imported; the message says which file and why."""


def verify(folder: Path, names: Iterable[str]) -> None:
    """Compare each file with its sha256 in the folder's README.md; SampleError if one differs."""
    readme = folder / "README.md"
    try:
        known = {name: digest for digest, name in _LINE.findall(readme.read_text("utf-8"))}
    except (OSError, UnicodeDecodeError):
        raise SampleError(f"{readme} cannot be read; it must list the files' checksums.") from None
    for name in names:
        if name not in known:
            raise SampleError(
                f"{readme} has no checksum of {name}. Add the line that `sha256sum {name}` prints."
            )
        if _digest(folder / name) != known[name]:
            raise SampleError(
                f"{folder / name} is not the file that {readme} describes: "
                "its sha256 differs. Nothing was imported."
            )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SampleError(f"{path} cannot be read: {error.strerror}.") from None
