"""The vector store: Qdrant's own engine behind the part of Qdrant's REST API that we use."""

import sys
from pathlib import Path

from infra.embedded.health import check_vectors
from infra.embedded.layout import ROOT
from infra.embedded.services import Service


def vectors_url(port: int) -> str:
    """The address as `QdrantClient(url=…)` takes it."""
    return f"http://127.0.0.1:{port}"


def vectors(*, data: Path, port: int, api_key_file: Path | None = None) -> Service:
    """The vector service on 127.0.0.1, keeping its collections in `data`."""
    command = [sys.executable, "-m", "infra.embedded.vector_service"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--data", str(data)]
    if api_key_file:
        command += ["--api-key-file", str(api_key_file)]

    def api_key() -> str | None:
        return api_key_file.read_text(encoding="utf-8").strip() if api_key_file else None

    return Service(
        name="vectors",
        command=tuple(command),
        directory=ROOT,
        prepare=lambda: data.mkdir(mode=0o700, exist_ok=True),
        ready=lambda: check_vectors(vectors_url(port), api_key()),
    )
