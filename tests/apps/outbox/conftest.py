"""A destination whose store is a list, and keys that it has refused for good."""

from collections.abc import Callable, Iterator

import pytest

from apps.outbox import relay
from apps.outbox.actions import publish_many
from apps.outbox.failures import MAX_ATTEMPTS
from apps.outbox.models import Failure
from apps.outbox.topics import Key
from tests.apps.outbox import notebook as notebooks
from tests.apps.outbox.notebook import NOTE, Notebook, let_time_pass, raising

Park = Callable[..., list[Failure]]


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    notebooks.current = Notebook()
    yield notebooks.current
    notebooks.current = Notebook()


@pytest.fixture
def park(notebook: Notebook) -> Park:
    """Publish these keys and let the store refuse them until they are parked; then it is mended."""

    def refuse(*keys: Key, error: Exception | None = None) -> list[Failure]:
        notebook.on_delivery = raising(error or ValueError("bad note"))
        publish_many(NOTE, keys)
        texts = [NOTE.encode(key) for key in keys]
        parked = Failure.objects.filter(parked_at__isnull=False, key__in=texts).order_by("id")
        for _ in range(MAX_ATTEMPTS + len(keys)):
            relay.drain("notebook")
            let_time_pass()
        notebook.on_delivery = lambda keys: None
        assert len(parked) == len(keys)
        return list(parked)

    return refuse
