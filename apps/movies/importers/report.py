"""What an import did, in words for whoever started it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from apps.movies.importers.records import Findings


@dataclass(frozen=True)
class Report:
    """Rows read, loaded and left out, what deserves a look, and how long each part took."""

    findings: Findings
    loaded: Mapping[str, int]
    notes: Sequence[str]
    seconds: Mapping[str, float]

    @property
    def changed(self) -> bool:
        """Whether anything was loaded that was not there before."""
        return any(self.loaded.values())

    def lines(self) -> Iterator[str]:
        """The report, line by line."""
        read = self.findings.read
        yield "Read: " + ", ".join(f"{name} {count:,}" for name, count in sorted(read.items()))
        if self.changed:
            yield "Loaded: " + ", ".join(f"{count:,} {what}" for what, count in self.loaded.items())
        else:
            yield "Nothing changed: everything was there already."
        yield from self._skipped()
        yield from self._genres()
        for note in (*self.findings.notes, *self.notes):
            yield f"Note: {note}."
        parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.seconds.items())
        yield f"Seconds: {sum(self.seconds.values()):.1f} ({parts})"

    def _skipped(self) -> Iterator[str]:
        skipped = self.findings.skipped
        counts = Counter((skip.file, skip.reason) for skip in skipped)
        examples = {(skip.file, skip.reason): skip for skip in reversed(skipped)}
        for (file, reason), count in sorted(counts.items()):
            example = examples[file, reason]
            value = f" {example.value!r}" if example.value else ""
            yield f"Skipped: {file}: {reason}: {count:,} (first: row {example.row}{value})"

    def _genres(self) -> Iterator[str]:
        unmapped = self.findings.unmapped_genres
        if unmapped:
            labels = ", ".join(f"{label} {count:,}" for label, count in unmapped.most_common())
            yield f"Genre labels that name no genre: {len(unmapped)}: {labels}"
