"""What tells a start that there is something to set up."""

from pathlib import Path

from infra.embedded.settled import files


def test_a_changed_file_shows_and_bytecode_does_not(tmp_path: Path) -> None:
    code = tmp_path / "apps" / "movies"
    (code / "__pycache__").mkdir(parents=True)
    (code / "models.py").write_text("1")
    before = list(files(tmp_path))
    assert len(before) == 1

    (code / "__pycache__" / "models.pyc").write_text("1")
    assert list(files(tmp_path)) == before

    (code / "models.py").write_text("12")
    changed = list(files(tmp_path))
    assert changed != before

    (code / "new.py").write_text("")
    assert list(files(tmp_path)) != changed
