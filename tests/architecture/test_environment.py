"""The environment: what is missing or unsafe stops the start, and the example lists everything."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured

from config import env
from tests.architecture.sources import ROOT

SOUND = {
    "SECRET_KEY": "x" * 60,
    "JWT_PRIVATE_KEY": "a PEM",
    "ALLOWED_HOSTS": "films.example.org, www.films.example.org",
    "WEB_URL": "https://films.example.org/",
    "DATABASE_URL": "postgres://cinemesh:secret@127.0.0.1:1/cinemesh",
    "REDIS_URL": "redis://:secret@127.0.0.1:1/0",
    "NEO4J_URI": "bolt://127.0.0.1:1",
    "NEO4J_PASSWORD": "secret",
    "QDRANT_URL": "http://127.0.0.1:1",
}
SECRETS = ["SECRET_KEY", "JWT_PRIVATE_KEY", "DATABASE_URL", "REDIS_URL", "NEO4J_PASSWORD"]
ADDRESSES = ["ALLOWED_HOSTS", "WEB_URL", "NEO4J_URI", "QDRANT_URL"]
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COOKIES = """
import django; django.setup()
from django.conf import settings
from django.test import Client
client = Client(headers={"Host": "films.example.org", "X-Forwarded-Proto": "https"})
assert client.get("/account/password/reset").status_code == 200
print(client.cookies.output(), settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_DOMAIN)
"""
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "FLOWER_BASIC_AUTH"}
"""Read by Django's own start and by Flower."""


def variables() -> set[str]:
    """Every variable that the application reads."""
    reader = env.Reader(SOUND)
    env.read_with(reader, development=False)
    return reader.names


def test_a_sound_environment_is_read() -> None:
    environment = env.read(SOUND)
    assert environment.web.allowed_hosts == ("films.example.org", "www.films.example.org")
    assert environment.web.web_url == "https://films.example.org"


@pytest.mark.parametrize("name", [*SECRETS, *ADDRESSES])
@pytest.mark.parametrize("value", [None, ""])
def test_production_does_not_start_without(name: str, value: str | None) -> None:
    source = {key: text for key, text in SOUND.items() if key != name}
    with pytest.raises(ImproperlyConfigured, match=name):
        env.read(source if value is None else {**source, name: value})


@pytest.mark.parametrize("value", [env.DEVELOPMENT_SECRET, "x" * 49])
def test_production_does_not_start_with_a_weak_secret(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        env.read({**SOUND, "SECRET_KEY": value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMAIL_PORT", "soon"),
        ("LEAVING_DAYS", "91"),
        *(
            ("CORS_ORIGINS", wrong)
            for wrong in ("*", "films.example.org", "https://a.example/", "x")
        ),
        ("CORS_ORIGINS", "https://good.example, https://*.example"),
        ("TRUSTED_PROXY_COUNT", "1.5"),
        ("EMAIL_USE_TLS", "perhaps"),
        ("SECRET_KEY_FILE", "/nowhere/at/all"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        env.read({**SOUND, name: value})


def test_a_database_that_is_not_postgres_is_refused() -> None:
    environment = env.read({**SOUND, "DATABASE_URL": "mysql://127.0.0.1/cinemesh"})
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment.postgres.settings()


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("y" * 60 + "\n", encoding="utf-8")
    source = {**SOUND, "SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "key")}
    assert env.read(source).web.secret_key == "y" * 60


def test_no_secret_is_in_what_an_error_would_print() -> None:
    text = repr(env.read({**SOUND, "EMAIL_PASSWORD": "secret", "QDRANT_API_KEY": "secret"}))
    assert "secret@" not in text
    assert "'secret'" not in text
    assert SOUND["SECRET_KEY"] not in text


def test_the_production_settings_themselves_refuse() -> None:
    source = {key: text for key, text in SOUND.items() if key != "SECRET_KEY"}
    started = subprocess.run(
        [sys.executable, "-c", "import config.settings.production"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **source},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    assert "SECRET_KEY is not set" in started.stderr


def test_the_example_lists_every_variable_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = re.findall(r"^#?([A-Z][A-Z0-9_]*)=", example, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == variables() | interpolated()


def test_the_example_leaves_open_exactly_what_compose_demands() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^([A-Z0-9_]+)=$", example, re.MULTILINE)) == demanded()


def test_compose_gives_the_application_what_it_reads_and_nothing_else() -> None:
    services = yaml.safe_load(COMPOSE)["services"]
    ours = {name: service for name, service in services.items() if "build" in service}
    assert len(ours) == 10
    for service in ours.values():
        given = set(service["environment"]) - NOT_OURS
        assert given <= variables()
        assert {name.removesuffix("_FILE") for name in given} == {
            name.removesuffix("_FILE") for name in variables()
        }


def test_compose_knows_no_secret() -> None:
    for name, default in re.findall(r"\$\{([A-Z0-9_]+):-([^}]*)\}", COMPOSE):
        if re.search(r"PASSWORD|SECRET|KEY|TOKEN|DSN", name):
            assert default == "", name


def interpolated() -> set[str]:
    """What docker-compose.yml takes from .env."""
    return set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", COMPOSE))


def demanded() -> set[str]:
    """What docker-compose.yml does not start without."""
    return set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+):\?", COMPOSE))


def test_cookies_of_production_are_for_its_host_alone() -> None:
    environment = {**os.environ, **SOUND, "DJANGO_SETTINGS_MODULE": "config.settings.production"}
    told = subprocess.run(
        [sys.executable, "-c", COOKIES], env=environment, cwd=ROOT,
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert told.startswith("Set-Cookie: __Host-csrftoken=")
    assert told.endswith(" __Host-sessionid None\n")
    assert "Path=/; SameSite=Lax; Secure" in told
    assert "Domain" not in told
