"""A process that starts has asked every store before its first visitor comes."""

import os
import subprocess
import sys
from collections.abc import Callable

from django.db import connection

from apps.graph.driver import get_bolt
from apps.recommendations.warming import warm
from apps.vectors import client
from apps.vectors.generations import pointer
from infra.embedded.testing import EmbeddedStores
from tests.factories import make_movie

Drain = Callable[[], int]

FIRST = """
import config.wsgi
from apps.graph.driver import get_bolt
from apps.vectors import client
print(get_bolt().asked, client.connection.cache_info().currsize)
"""


def test_the_stores_are_asked_what_visitors_ask(drain: Drain) -> None:
    make_movie()
    drain()
    pointer.forget()
    asked = get_bolt().asked
    assert warm()
    assert get_bolt().asked == asked + 2
    assert client.connection.cache_info().currsize == 1


def test_without_films_there_is_nothing_to_wait_for(drain: Drain) -> None:
    assert warm(0)


def test_a_silent_store_holds_up_no_start(
    drain: Drain, stores: EmbeddedStores, visitors_wait: None
) -> None:
    make_movie()
    drain()
    for process in ("vectors", "neo4j"):
        stores.pause(process)
        try:
            assert not warm(0)
        finally:
            stores.resume(process)


def test_web_is_warm_when_it_has_loaded(drain: Drain, stores: EmbeddedStores) -> None:
    name = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"].replace("/cinemesh?", f"/{name}?")
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.test", "DATABASE_URL": url}
    told = subprocess.run(
        [sys.executable, "-c", FIRST],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["2", "1"]
