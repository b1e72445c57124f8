"""Vectors that were computed before, in a file: looked up by the text's sha256 alone.

The file is an uncompressed npz with `keys` (N x 32 bytes, sorted) and `vectors` (N x dimensions,
float16), mapped into memory, so that all processes share its pages. A small json beside it says
which model made it; without that, or with another model, it holds nothing.
"""

import io
import json
import logging
import os
import zipfile
from bisect import bisect_left
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.vectors.identity import ModelIdentity, read_identity
from apps.vectors.points import Vector

logger = logging.getLogger(__name__)

DIGEST = 32

# Of a zip member's local header: APPNOTE.TXT 4.3.7.
_ZIP_HEADER = 30
_ZIP_NAME_LENGTHS_AT = 26


class Table(NamedTuple):
    """Row n of `vectors` belongs to the text whose sha256 is row n of `keys`."""

    keys: NDArray[np.uint8]
    vectors: NDArray[np.float16]


def text_digest(text: str) -> bytes:
    """The key of a text."""
    return sha256(text.encode()).digest()


class EmbeddingCache:
    """The vectors in one file, if it was made by this very model."""

    def __init__(self, path: Path, identity: ModelIdentity) -> None:
        """Reads nothing until the first look."""
        self.path = path
        self.identity = identity

    def get(self, text: str) -> Vector | None:
        """The vector of exactly this text, of length 1; None when it is not held."""
        digest = text_digest(text)
        keys = self.table.keys
        row = bisect_left(range(len(keys)), digest, key=lambda place: keys[place].tobytes())
        if row == len(keys) or keys[row].tobytes() != digest:
            return None
        vector = np.asarray(self.table.vectors[row], dtype=np.float32)
        return vector / np.float32(np.linalg.norm(vector))

    def __len__(self) -> int:
        """How many texts are held."""
        return len(self.table.keys)

    def add(self, vectors: Mapping[bytes, Vector]) -> None:
        """Write the file anew with these vectors by digest beside those that it holds, at once."""
        dimensions = len(next(iter(vectors.values())))
        rows = dict(
            zip((key.tobytes() for key in self.table.keys), self.table.vectors, strict=True)
        )
        rows |= {digest: vector.astype(np.float16) for digest, vector in vectors.items()}
        digests = sorted(rows)
        keys = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, DIGEST)
        held = np.stack([rows[digest] for digest in digests]).reshape(-1, dimensions)
        self._write(Table(keys, held))

    @cached_property
    def table(self) -> Table:
        """What the file holds for this model; empty, and said so, when that is nothing."""
        try:
            made_by = read_identity(json.loads(self.metadata_path.read_text(encoding="utf-8")))
            if made_by == self.identity:
                return _mapped(self.path)
            logger.warning("%s was made by %s, not by %s", self.path, made_by, self.identity)
        except FileNotFoundError as error:
            logger.warning("No cached embeddings: %s", error)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            logger.exception("%s cannot be read: %s", self.path, type(error).__name__)
        return Table(np.empty((0, DIGEST), dtype=np.uint8), np.empty((0, 1), dtype=np.float16))

    @property
    def metadata_path(self) -> Path:
        """The json beside the file."""
        return self.path.with_suffix(".json")

    def _write(self, table: Table) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        metadata = {**self.identity.as_json(), "texts": len(table.keys), "stored_as": "float16"}
        if not len(self):
            # What is there, if anything, is another model's: it must not be taken for this one's.
            self.metadata_path.unlink(missing_ok=True)
        content = io.BytesIO()
        np.savez(content, keys=table.keys, vectors=table.vectors)
        _replace(self.path, content.getbuffer())
        _replace(self.metadata_path, (json.dumps(metadata, indent=2) + "\n").encode())
        self.__dict__.pop("table", None)


def _replace(path: Path, content: bytes | memoryview) -> None:
    """Put a whole file in place of another, or change nothing."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _mapped(path: Path) -> Table:
    with zipfile.ZipFile(path) as archive:
        keys: Any = _map_member(path, archive.getinfo("keys.npy"))
        vectors: Any = _map_member(path, archive.getinfo("vectors.npy"))
    if keys.shape[1:] != (DIGEST,) or keys.dtype != np.uint8 or len(keys) != len(vectors):
        raise ValueError("keys and vectors do not fit")
    return Table(keys, vectors)


def _map_member(path: Path, member: zipfile.ZipInfo) -> NDArray[Any]:
    """Map one array of an uncompressed npz, whose bytes lie in the file as they are."""
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{member.filename} is compressed")
    with path.open("rb") as file:
        file.seek(member.header_offset + _ZIP_NAME_LENGTHS_AT)
        name, extra = (int.from_bytes(file.read(2), "little") for _ in range(2))
        file.seek(member.header_offset + _ZIP_HEADER + name + extra)
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ValueError(f"{member.filename} has npy version {version}")
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        offset = file.tell()
    return np.memmap(path, dtype=dtype, mode="r", offset=offset, shape=shape)
