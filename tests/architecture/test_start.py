"""What holds when a process has started."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.outbox.registry import unserved
from tests.architecture.sources import ROOT


def test_every_topic_is_served() -> None:
    assert unserved() == []


def test_openapi_has_no_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command(
        "spectacular",
        validate=True,
        fail_on_warn=True,
        file=str(tmp_path / "schema.yaml"),
        api_version="v1",
        stdout=StringIO(),
    )
    assert "openapi: 3.1" in (tmp_path / "schema.yaml").read_text(encoding="utf-8")
    assert "Warning" not in capsys.readouterr().err


@pytest.mark.parametrize("start", ["config.wsgi", "celery_app"])
def test_no_process_but_the_embedder_imports_torch(start: str) -> None:
    code = (
        f"import sys, {start}, django; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "print([name for name in ('torch', 'sentence_transformers') if name in sys.modules])"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] == "[]"
