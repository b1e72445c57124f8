"""The web process: a WSGI application on the embedded or production settings."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.db import connections


def warm_up() -> None:
    """Ask every store once, so that the first visitor's answer lacks none of them."""
    from apps.recommendations.warming import warm  # needs Django

    warm()
    connections.close_all()  # of this thread, which serves nobody


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
application = get_wsgi_application()
warm_up()
# What is loaded now stays: the collector need not walk through it after every few hundred objects
# of an answer, which took a fifth of a recommendation's time.
gc.freeze()
gc.set_threshold(10_000, 10, 10)
