"""What operators send about the checker."""

from apps.common.api.fields import FlagField
from apps.common.api.inputs import Input


class RunInput(Input):
    """What a run shall do."""

    repair = FlagField(default=False, help_text="Publish what drifted, for the relay to bring.")
