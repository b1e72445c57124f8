"""Installs the embedding packages once the stack is ready: big, and nothing waits for them."""

import importlib
import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.embedded.errors import DiskFullError, EmbeddedError, tells_disk_full
from infra.embedded.layout import ROOT
from infra.embedded.processes import has_embedding_packages

_TELLING = ("torch", "sentence-transformers")
LOCK = ROOT / "requirements" / "embedding.lock"
# With an index of CPU builds, torch comes from there and brings no CUDA.
_TORCH = re.compile(r"^(torch|triton|nvidia-|cuda-)")


def install_embedding_packages() -> int | None:
    """Install what `embedding.lock` names and return the megabytes that came, None if none did."""
    lock = LOCK.read_text(encoding="utf-8")
    if has_embedding_packages() and all(_as_locked(name, lock) for name in _TELLING):
        return None
    print("installing the embedding packages; the stack can be used meanwhile", flush=True)
    before = _megabytes()
    index = os.environ.get("EMBEDDING_TORCH_INDEX")
    if index:
        _install_without_cuda(index)
    else:
        _uv(["--require-hashes", "-r", str(LOCK)])
    importlib.invalidate_caches()
    return _megabytes() - before


def _as_locked(name: str, lock: str) -> bool:
    """Compare versions without what a build adds to them, such as +cpu."""
    return f"\n{name}=={importlib.metadata.version(name).split('+')[0]} " in f"\n{lock}"


def _install_without_cuda(index: str) -> None:
    """Everything but torch by the lock's hashes; torch in the locked version from the index."""
    blocks = re.split(r"(?m)^(?=[a-z0-9])", LOCK.read_text(encoding="utf-8"))
    torch = next(block.split()[0] for block in blocks if block.startswith("torch=="))
    with tempfile.TemporaryDirectory() as folder:
        rest = Path(folder) / "rest.lock"
        rest.write_text("".join(block for block in blocks if not _TORCH.match(block)))
        _uv(["--no-deps", "--require-hashes", "-r", str(rest)])
    _uv(["--no-deps", "--index-url", index, torch])


def _uv(arguments: Sequence[str]) -> None:
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", sys.executable, *arguments],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if tells_disk_full(done.stderr, done.returncode):
        raise DiskFullError(sys.prefix)
    if done.returncode != 0:
        raise EmbeddedError(
            "The embedding packages could not be installed; everything else works, and searches "
            f"by free text answer as degraded. `make up` tries again.\n{done.stderr.strip()}"
        )


def _megabytes() -> int:
    folder = Path(importlib.import_module("django").__path__[0]).parent
    sizes = (path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    return sum(sizes) // 1_000_000
