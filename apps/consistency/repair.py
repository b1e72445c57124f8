"""Mending drift: the facts are published anew, and the relay brings them as it brings any other."""

from collections.abc import Iterable

from django.db import transaction

from apps.consistency.comparison import Difference
from apps.consistency.kinds import Kind
from apps.outbox.actions import publish_many
from apps.outbox.topics import topic_named


@transaction.atomic
def publish_again(kind: Kind, drift: Iterable[Difference]) -> int:
    """Publish the facts behind some differences, for their store alone; gives the messages."""
    name, template = kind.messages[0]
    topic = topic_named(name)
    keys = {topic.decode(template.format(*found.key.split(":"))) for found in drift}
    return len(publish_many(topic, keys, into=(kind.destination,)))


def leave(kind: Kind, drift: Iterable[Difference]) -> int:
    """Mend nothing."""
    return 0
