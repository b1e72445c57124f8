"""Whether the text of a film should name its people: the pipeline on masked and on raw texts.

Only the vectors differ. A title, its genres and its tags are in both; a tag that is the name of one
of the film's people is in the raw text alone.
"""

from collections.abc import Collection, Mapping

from apps.evaluation import scratch
from apps.evaluation.data import Data
from apps.evaluation.serving import BLEND, SERVED
from apps.evaluation.shown import Figures, Json, asked
from apps.evaluation.splits import Split
from apps.recommendations.types import SourceName

MASKED, RAW = "masked", "raw"


def compared(data: Data, split: Split, member_ids: Mapping[int, int]) -> Json:
    """The figures of the content source and of the blend on both, and how far masked is above raw.

    The stores hold raw texts afterwards.
    """
    rankings = asked(split, member_ids, _systems(MASKED))
    scratch.unmask()
    rankings |= asked(split, member_ids, _systems(RAW))
    told = Figures(data, split).of_all(
        rankings, dict(zip(_systems(MASKED), _systems(RAW), strict=True))
    )
    return told | {"split": f"texts, {split.name}"}


def _systems(texts: str) -> dict[str, Collection[SourceName]]:
    return {f"{name}, {texts}": SERVED[name] for name in ("content alone", BLEND)}
