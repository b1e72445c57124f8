"""What a message can be about. A message names a fact by its key and never carries it."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

LANES = 4
"""Lanes per destination: messages of one lane are delivered by one worker at a time.

As few as workers need: a delivery costs its claim, fence and transactions, however small it is.
"""

Key = tuple[int, ...]


@dataclass(frozen=True)
class Topic:
    """A kind of fact: the names of its key's parts, what orders it, and which stores hold it.

    `lane_by` is the key part whose facts are kept in order; `into` are the destinations.
    """

    name: str
    key: tuple[str, ...]
    lane_by: str
    into: tuple[str, ...]

    def lane(self, key: Key) -> int:
        """The lane of a key, the same in every process."""
        return crc32(b"%d" % key[self.key.index(self.lane_by)]) % LANES

    def encode(self, key: Sequence[int]) -> str:
        """The key as text; ValueError when it has not the topic's number of parts."""
        if len(key) != len(self.key):
            raise ValueError(f"{self.name} has the key {self.key}, not {key!r}")
        return ":".join(str(int(part)) for part in key)

    def decode(self, text: str) -> Key:
        """The key that `encode` wrote."""
        return tuple(int(part) for part in text.split(":"))


_topics: dict[str, Topic] = {}


def declare(topic: Topic) -> Topic:
    """Make a topic known; its order of declaration is the order of delivery within a batch."""
    if topic.lane_by not in topic.key:
        raise ValueError(f"{topic.name}: lane_by {topic.lane_by!r} is not part of its key")
    if _topics.setdefault(topic.name, topic) != topic:
        raise ValueError(f"{topic.name} is declared twice, differently")
    return topic


def topic_named(name: str) -> Topic:
    """The declared topic with this name."""
    return _topics[name]


def all_topics() -> tuple[Topic, ...]:
    """Every declared topic, in the order of declaration."""
    return tuple(_topics.values())


def destinations() -> tuple[str, ...]:
    """Every destination that some topic names."""
    return tuple(dict.fromkeys(name for topic in _topics.values() for name in topic.into))
