"""The ratings that may be learned from as Parquet, for whom they are too many in one process."""

from pathlib import Path

from apps.recommendations.learning.ratings import Columns, read_learnable

NAMES = ("user", "movie", "half_stars", "when")


def export(folder: Path) -> None:
    """Write them into the folder, which is made and must be empty, half a million a file."""
    from pyarrow import parquet, table

    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty.")
    written = 0

    def write(columns: Columns) -> None:
        nonlocal written
        path = folder / f"ratings-{written:05}.parquet"
        parquet.write_table(table(dict(zip(NAMES, columns, strict=True))), path)
        written += 1

    read_learnable(write)
