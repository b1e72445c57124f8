"""A later start sets nothing up again where nothing changed; its first visitor lacks nothing."""

import subprocess
import sys

import psycopg2
import pytest

from infra.demo import Member
from infra.embedded.layout import ROOT
from tests.flows.conftest import Product

pytestmark = pytest.mark.timeout(900)

SETUP = "database schema"
"""The title of a step that belongs to a setup."""

SETTLED = """
import os
from infra.embedded.settled import is_settled
from infra.embedded.stack import Stack
print(is_settled(Stack.started(os.environ)))
"""


def settled(product: Product, **environment: str) -> bool:
    """What the next start would find."""
    said = subprocess.check_output(
        [sys.executable, "-c", SETTLED],
        cwd=ROOT,
        env={**product.environment, **environment},
        text=True,
    )
    return said.strip() == "True"


def test_the_first_visitor_after_a_later_start_gets_whole_answers(
    product: Product, ana: Member
) -> None:
    product.command("down")
    assert SETUP not in product.command("up", "--no-embedding")

    slate = ana.get("me/recommendations/")
    assert slate["items"]
    assert slate["degraded"] == []
    film = slate["items"][0]["movie"]["id"]
    assert ana.get(f"movies/{film}/similar/")["degraded"] == []


def test_another_database_folder_setting_or_no_film_is_set_up(product: Product) -> None:
    assert settled(product)
    assert not settled(product, RATE_LIMITS="true")

    new = product.layout.data / "new"
    new.mkdir()
    try:
        assert not settled(product)
    finally:
        new.rmdir()

    connection = psycopg2.connect(product.addresses()["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations VALUES (0, 'movies', 'new', now())")
        cursor.execute("CREATE SCHEMA flushed CREATE TABLE movies_movie ()")
    try:
        assert not settled(product)
        with connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE id = 0")
        assert not settled(product, PGOPTIONS="-c search_path=flushed,public")
    finally:
        with connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE id = 0")
            cursor.execute("DROP SCHEMA flushed CASCADE")
        connection.close()
    assert settled(product)


def test_a_start_without_the_note_of_a_setup_makes_one(product: Product) -> None:
    (product.layout.data / "settled").unlink()
    product.command("down")
    assert SETUP in product.command("up", "--no-embedding")
    assert settled(product)
