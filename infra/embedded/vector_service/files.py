"""Files that are there whole or not at all, and the lock on a data folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import orjson


class DataFolderTaken(Exception):
    """Another process holds this data folder."""


def read_json(path: Path, default: Any) -> Any:
    """Return what the file holds, or the default where there is no file."""
    try:
        return orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return default


def write_json(path: Path, value: Any) -> None:
    """Replace the file in one step; when this returns, the new content is on disk."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(orjson.dumps(value))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Put the names in a folder on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock_folder(path: Path) -> int:
    """Hold the folder until the process ends; DataFolderTaken when another one holds it."""
    path.mkdir(parents=True, exist_ok=True)
    handle = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise DataFolderTaken(f"{path} is held by another vector service") from error
    os.truncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle
