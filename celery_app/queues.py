"""Queue names and routing: a queue per destination, so that a silent store eats only its own."""

from kombu import Queue

DESTINATIONS = ("graph", "vectors", "feeds", "recommendations")

QUEUES = [Queue("default"), Queue("mail"), *(Queue(f"sync.{name}") for name in DESTINATIONS)]

ROUTES = {
    "apps.outbox.tasks.sweep": {"queue": "default"},
    "apps.users.tasks.send_mail": {"queue": "mail"},
}
"""`drain` names its destination's queue itself; everything else goes to `default`."""
