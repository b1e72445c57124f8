"""Hints: news that come while one is sent, or before the process ends, are hinted too."""

from queue import Queue

from apps.outbox.wake import Waker


def test_news_that_come_while_a_hint_is_sent_have_one_of_their_own() -> None:
    sent: Queue[list[str]] = Queue()
    late = ["graph"]

    def hint(destinations: list[str]) -> None:
        if late:
            waker.wake([late.pop()])
        sent.put(destinations)

    waker = Waker(hint)
    waker.wake(["vectors", "graph"])

    assert sent.get(timeout=5) == ["graph", "vectors"]
    assert sent.get(timeout=5) == ["graph"]


def test_a_process_that_ends_waits_for_the_hint_that_is_being_sent() -> None:
    sent: list[str] = []
    begun: Queue[None] = Queue()
    may_end: Queue[None] = Queue()

    def hint(destinations: list[str]) -> None:
        begun.put(None)
        may_end.get(timeout=5)
        sent.extend(destinations)

    waker = Waker(hint)
    waker.wake(["graph"])
    begun.get(timeout=5)
    waker.flush(timeout=0)
    assert sent == []

    may_end.put(None)
    waker.flush(timeout=5)
    assert sent == ["graph"]
