"""A worker's queue in Valkey: one message that seems to be held must not hold up the rest."""

from celery_app import app


def test_a_message_that_is_never_acknowledged_holds_up_no_other() -> None:
    """So it looks when an acknowledgement met a broken connection: kombu counts it for ever."""
    one_process_may_hold = app.conf.worker_prefetch_multiplier * 1
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("test.held")
        queue.consumer.qos(prefetch_count=one_process_may_hold)
        try:
            queue.put("held")
            queue.put("next")
            assert queue.get(timeout=5).payload == "held"
            assert queue.get(timeout=5).payload == "next"
        finally:
            queue.clear()
            queue.close()
