"""The addresses of the stores, and of the rest, as environment variables that every part reads."""

from collections.abc import Mapping
from dataclasses import asdict

from infra.embedded.credentials import Credentials, jwt_key_file
from infra.embedded.errors import EmbeddedError
from infra.embedded.layout import Layout
from infra.embedded.neo4j.service import USER as NEO4J_USER
from infra.embedded.neo4j.service import neo4j_uri
from infra.embedded.postgres import postgres_url
from infra.embedded.valkey import valkey_url
from infra.embedded.vectors import vectors_url

# What a user sets to bring a store of their own, by the name of the service that it replaces.
OWN_STORES: Mapping[str, tuple[str, ...]] = {
    "postgres": ("DATABASE_URL",),
    "valkey": ("REDIS_URL",),
    "neo4j": ("NEO4J_URI", "NEO4J_USER", "NEO4J_PASSWORD"),
    "vectors": ("QDRANT_URL",),
}
_OPTIONAL = ("QDRANT_API_KEY",)
DEMO_EMAIL = "demo@cinemesh.invalid"
FLOWER_USER = "operator"


def own_stores(environ: Mapping[str, str], credentials: Credentials) -> dict[str, str]:
    """The addresses of the user's own stores; half an address is refused.

    What holds a password of ours came from `make env` and names an embedded store.
    """
    found: dict[str, str] = {}
    ours = set(asdict(credentials).values())
    for names in OWN_STORES.values():
        given = [name for name in names if environ.get(name)]
        if any(secret in environ[name] for name in given for secret in ours):
            continue
        if given and len(given) < len(names):
            missing = ", ".join(name for name in names if name not in given)
            raise EmbeddedError(f"{given[0]} is set, so {missing} must be set as well.")
        found |= {name: environ[name] for name in given}
    if environ.get("QDRANT_API_KEY") in ours:
        found.pop("QDRANT_URL", None)
    if "QDRANT_URL" in found:
        found |= {name: environ[name] for name in _OPTIONAL if environ.get(name)}
    return found


def embedded_stores(own: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the stores that we run ourselves."""
    return tuple(name for name, variables in OWN_STORES.items() if variables[0] not in own)


def store_addresses(
    layout: Layout, credentials: Credentials, own: Mapping[str, str]
) -> dict[str, str]:
    """Where the four stores answer: ours, or the user's own where they named one."""
    addresses = {
        "DATABASE_URL": postgres_url(layout.sockets, credentials),
        "REDIS_URL": valkey_url(layout.valkey_port, credentials.valkey),
        "NEO4J_URI": neo4j_uri(layout.neo4j_bolt_port),
        "NEO4J_USER": NEO4J_USER,
        "NEO4J_PASSWORD": credentials.neo4j,
    }
    if "QDRANT_URL" not in own:
        addresses["QDRANT_URL"] = vectors_url(layout.vectors_port)
        addresses["QDRANT_API_KEY"] = credentials.vectors
    return {**addresses, **own}


def public_addresses(
    layout: Layout, credentials: Credentials, own: Mapping[str, str]
) -> dict[str, str]:
    """What `make env` prints: every address and every credential that a person needs."""
    browser = f"http://127.0.0.1:{layout.neo4j_http_port}/browser/"
    return {
        "WEB_URL": f"http://127.0.0.1:{layout.web_port}",
        **store_addresses(layout, credentials, own),
        "NEO4J_BROWSER_URL": "" if "NEO4J_URI" in own else browser,
        "FLOWER_URL": f"http://127.0.0.1:{layout.flower_port}",
        "FLOWER_USER": FLOWER_USER,
        "FLOWER_PASSWORD": credentials.flower,
        "MAIL_DIR": str(layout.mail),
        "DEMO_EMAIL": DEMO_EMAIL,
        "DEMO_PASSWORD": credentials.demo,
    }


def application_environment(
    layout: Layout, credentials: Credentials, own: Mapping[str, str]
) -> dict[str, str]:
    """What Django, Celery and Flower read; the settings module is the local one."""
    return {
        **public_addresses(layout, credentials, own),
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "EMBEDDING_URL": f"http://127.0.0.1:{layout.embedding_port}",
        "SECRET_KEY": credentials.django_secret_key,
        "JWT_PRIVATE_KEY_FILE": str(jwt_key_file(layout)),
        "STATIC_ROOT": str(layout.static),
        "MEDIA_ROOT": str(layout.media),
        "FLOWER_BASIC_AUTH": f"{FLOWER_USER}:{credentials.flower}",
    }
