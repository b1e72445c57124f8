"""What beat has done can be done by hand."""

import re

import pytest
from django.core.management import get_commands
from django.utils.module_loading import import_string

from celery_app.schedules import SCHEDULE


@pytest.mark.parametrize("name", sorted(SCHEDULE.keys() - {"warm-graph"}))
def test_an_entry_tells_a_command_that_there_is(name: str) -> None:
    told = import_string(SCHEDULE[name]["task"]).__doc__
    commands = re.findall(r"`manage\.py (\w+)", told)
    assert commands
    assert set(commands) <= get_commands().keys()
