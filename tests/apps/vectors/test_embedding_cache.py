"""The file of cached vectors: what it holds, whom it serves, what spoils it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from numpy.typing import NDArray
from pytest_django import Settings

from apps.movies.importers.sample import sample_films
from apps.vectors.embedding import cache_path
from apps.vectors.embedding_cache import EmbeddingCache, text_digest
from apps.vectors.identity import MINILM, pinned_identity, read_identity
from apps.vectors.management.commands.build_embedding_cache import TEXTS, fill
from apps.vectors.projectors import text_of
from tests.apps.vectors.conftest import unit
from tests.embedding import IDENTITY, HashedWords

TEXTS_HELD = {"heat": unit(1, 2), "alien": unit(3, 1), "": unit(0, 1)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A cache of three texts."""
    file = tmp_path / "folder" / "model.npz"
    EmbeddingCache(file, IDENTITY).add({text_digest(text): v for text, v in TEXTS_HELD.items()})
    return file


def test_texts_are_found_by_their_digest_alone(path: Path) -> None:
    cache = EmbeddingCache(path, IDENTITY)
    assert len(cache) == 3
    for text, vector in TEXTS_HELD.items():
        assert cache.get(text) == pytest.approx(vector, abs=1e-3)
        assert float(np.linalg.norm(cache.get(text))) == pytest.approx(1, abs=1e-6)
    assert cache.get("Heat") is None
    assert cache.get("heat ") is None


def test_keys_are_sorted_and_the_metadata_says_what_made_them(path: Path) -> None:
    keys = [bytes(key) for key in np.load(path)["keys"]]
    assert keys == sorted(sha256(text.encode()).digest() for text in TEXTS_HELD)
    metadata = json.loads(path.with_suffix(".json").read_text())
    assert read_identity(metadata) == IDENTITY
    assert metadata["texts"] == 3


def test_adding_keeps_what_is_there_and_writes_the_same_bytes_in_any_order(path: Path) -> None:
    cache = EmbeddingCache(path, IDENTITY)
    cache.add({text_digest("new"): unit(0, 0, 1)})
    assert len(cache) == 4
    assert cache.get("new") == pytest.approx(unit(0, 0, 1))
    assert cache.get("heat") == pytest.approx(TEXTS_HELD["heat"], abs=1e-3)

    other = path.with_name("other.npz")
    for text, vector in {"new": unit(0, 0, 1), **TEXTS_HELD}.items():
        EmbeddingCache(other, IDENTITY).add({text_digest(text): vector})
    assert other.read_bytes() == path.read_bytes()
    assert {one.name for one in path.parent.iterdir()} == {
        f"{stem}.{kind}" for stem in ("model", "other") for kind in ("npz", "json")
    }


@pytest.mark.parametrize(
    "change",
    [
        {"model": "other/model"},
        {"weights_sha256": "0" * 64},
        {"backend": "onnx"},
        {"dtype": "float16"},
    ],
)
def test_another_model_finds_nothing_and_replaces_everything(
    path: Path, change: dict[str, str]
) -> None:
    other = replace(IDENTITY, **change)
    cache = EmbeddingCache(path, other)
    assert cache.get("heat") is None

    cache.add({text_digest("new"): unit(1)})
    assert len(EmbeddingCache(path, other)) == 1
    assert len(EmbeddingCache(path, IDENTITY)) == 0


def test_a_cache_that_is_not_there_or_has_no_metadata_is_empty(path: Path, tmp_path: Path) -> None:
    assert EmbeddingCache(tmp_path / "none.npz", IDENTITY).get("heat") is None
    path.with_suffix(".json").unlink()
    assert EmbeddingCache(path, IDENTITY).get("heat") is None


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"model": 1}'])
def test_metadata_that_makes_no_sense_is_no_cache(path: Path, content: str) -> None:
    path.with_suffix(".json").write_text(content)
    assert EmbeddingCache(path, IDENTITY).get("heat") is None


def test_a_spoilt_file_is_no_cache(path: Path) -> None:
    content = path.read_bytes()
    for spoilt in (b"", b"no zip", content[: len(content) // 2]):
        path.write_bytes(spoilt)
        assert EmbeddingCache(path, IDENTITY).get("heat") is None


@pytest.mark.parametrize("form", ["compressed", "unequal", "unnamed"])
def test_arrays_of_another_form_are_no_cache(path: Path, form: str) -> None:
    keys, vectors = np.zeros((2, 32), np.uint8), np.zeros((2, 384), np.float16)
    if form == "compressed":
        np.savez_compressed(path, keys=keys, vectors=vectors)
    elif form == "unequal":
        np.savez(path, keys=keys, vectors=vectors[:1])
    else:
        np.savez(path, vectors=vectors)
    assert EmbeddingCache(path, IDENTITY).get("heat") is None


class Interrupted(HashedWords):
    """Embeds one part and is then cut off."""

    def embed(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        if "the last" in texts:
            raise KeyboardInterrupt
        return super().embed(texts)


def test_filling_can_be_interrupted_and_goes_on(path: Path) -> None:
    texts = [*(f"{number:05}" for number in range(TEXTS)), "a very last", "the last", "heat"]
    with pytest.raises(KeyboardInterrupt):
        fill(EmbeddingCache(path, IDENTITY), texts, Interrupted())
    assert len(EmbeddingCache(path, IDENTITY)) == 3 + TEXTS

    fill(EmbeddingCache(path, IDENTITY), texts, HashedWords())
    cache = EmbeddingCache(path, IDENTITY)
    assert len(cache) == 3 + TEXTS + 2
    assert cache.get("the last") == pytest.approx(HashedWords().embed(["the last"])[0], abs=1e-3)
    assert cache.get("heat") == pytest.approx(TEXTS_HELD["heat"], abs=1e-3)


@pytest.mark.django_db
def test_the_command_loads_no_model_when_nothing_lacks(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ROOT = tmp_path
    call_command("build_embedding_cache")
    assert capsys.readouterr().out.startswith("0 texts embedded into")


def test_the_shipped_cache_covers_every_text_of_the_sample_and_fits_the_repository() -> None:
    identity = pinned_identity(MINILM)
    assert identity is not None
    cache = EmbeddingCache(cache_path(), identity)
    texts = {text_of(film) for film in sample_films()}
    assert len(texts) == len(cache) == 42_520
    assert sum(1 for text in texts if cache.get(text) is None) == 0
    assert sum(one.stat().st_size for one in cache_path().parent.iterdir()) <= 36_000_000
