"""How long work shows on a terminal how far it is."""

from typing import Any

from tqdm import tqdm


class ProgressBars:
    """A `projections.Progress`: one bar for each kind of thing."""

    def __init__(self) -> None:
        """No bar yet."""
        self._bars: dict[str, tqdm[Any]] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Move the bar of `what`."""
        bar = self._bars.get(what)
        if bar is None:
            bar = self._bars[what] = tqdm(total=total, desc=what, unit="", mininterval=0.5)
        bar.update(done - bar.n)
        if done >= total:
            bar.close()
