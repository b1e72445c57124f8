"""The only reader of the environment: one typed, frozen dataclass per concern.

A variable that is missing or wrong stops the start with a sentence that names it.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

DEVELOPMENT_SECRET = "development-only-secret-key-never-for-production-use"
"""The secret of local settings; production refuses it."""


@dataclass(frozen=True)
class Web:
    """How the web process presents itself."""

    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(repr=False)
    allowed_hosts: tuple[str, ...]
    web_url: str
    frontend_url: str
    cors_origins: tuple[str, ...]
    trusted_proxy_count: int
    static_root: str
    media_root: str
    rate_limits: bool


@dataclass(frozen=True)
class Leaving:
    """For how many days whoever leaves may come back."""

    days: int


@dataclass(frozen=True)
class Tokens:
    """The RSA keys of access and refresh tokens (PEM), and the file that holds them, if any."""

    keys: str = field(repr=False)
    keys_file: str


@dataclass(frozen=True)
class SignIn:
    """Keys from Google and Apple; a provider without a client id is off.

    `redirects` are the links of apps that a sign-in by redirect may end at, beside our own site.
    `issuer_url` names a local issuer that stands in for both, for development alone.
    """

    redirects: tuple[str, ...]
    google_client_id: str
    google_client_secret: str = field(repr=False)
    google_native_client_ids: tuple[str, ...]
    apple_client_id: str
    apple_team_id: str
    apple_key_id: str
    apple_private_key: str = field(repr=False)
    apple_native_client_ids: tuple[str, ...]
    issuer_url: str = ""


@dataclass(frozen=True)
class Postgres:
    """The records. Workers are given Postgres itself, web may be given a pooler before it."""

    url: str = field(repr=False)

    def settings(self) -> dict[str, object]:
        """Django's DATABASES entry."""
        parts = urlsplit(self.url)
        if parts.scheme not in {"postgres", "postgresql"}:
            raise ImproperlyConfigured("DATABASE_URL must start with postgres:// or postgresql://.")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        return {
            "ENGINE": "apps.common.postgres",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.pop("host", "") or unquote(parts.hostname or ""),
            "PORT": query.pop("port", "") or str(parts.port or ""),
            "OPTIONS": query,
        }


@dataclass(frozen=True)
class Redis:
    """Valkey or Redis: the broker, the timelines, the caches."""

    url: str = field(repr=False)


@dataclass(frozen=True)
class Neo4j:
    """The graph."""

    uri: str
    user: str
    password: str = field(repr=False)
    browser_url: str


@dataclass(frozen=True)
class Qdrant:
    """The vectors."""

    url: str
    api_key: str | None = field(repr=False)


@dataclass(frozen=True)
class Embedding:
    """Which sentence-transformers model embeds, and where the process that runs it answers."""

    model: str
    backend: str
    dtype: str
    url: str


@dataclass(frozen=True)
class Mail:
    """A folder for mail (`directory`), or an SMTP server."""

    directory: str
    sender: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    use_tls: bool


@dataclass(frozen=True)
class Observability:
    """Where errors are reported; empty means nowhere. `flower_url` is shown to operators."""

    sentry_dsn: str = field(repr=False)
    log_level: str
    flower_url: str


@dataclass(frozen=True)
class Environment:
    """Everything that the outside tells this process."""

    web: Web
    leaving: Leaving
    tokens: Tokens
    sign_in: SignIn
    postgres: Postgres
    redis: Redis
    neo4j: Neo4j
    qdrant: Qdrant
    embedding: Embedding
    mail: Mail
    observability: Observability
    failpoints: str = ""
    """Faults that tests ask for, see `apps.outbox.failpoints`."""


class Reader:
    """Reads variables from a mapping; remembers their names, so that a test can list them."""

    def __init__(self, source: Mapping[str, str]) -> None:
        self.source = source
        self.names: set[str] = set()

    def text(self, name: str, default: str | None = None) -> str:
        """The value of `name`; without a default it is required."""
        self.names.add(name)
        value = self.source.get(name) or default
        if value is None:
            raise ImproperlyConfigured(f"{name} is not set. See .env.example for what it means.")
        return value

    def secret(self, name: str, default: str | None = None) -> str:
        """`name`, or the content of the file that `name`_FILE names."""
        self.names.update((name, f"{name}_FILE"))
        path = self.source.get(f"{name}_FILE")
        if not path:
            return self.text(name, default)
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}.") from None

    def words(self, name: str, default: str | None = "") -> tuple[str, ...]:
        """A comma-separated list."""
        return tuple(word.strip() for word in self.text(name, default).split(",") if word.strip())

    def parsed(self, name: str, default: str, parse: Callable[[str], T], what: str) -> T:
        """`name` through `parse`; a value that it refuses is named."""
        value = self.text(name, default)
        try:
            return parse(value)
        except (KeyError, ValueError):
            raise ImproperlyConfigured(f"{name} must be {what}, not {value!r}.") from None

    def whole(self, name: str, default: int) -> int:
        """A whole number."""
        return self.parsed(name, str(default), int, "a whole number")

    def flag(self, name: str, default: str) -> bool:
        """A yes or a no."""
        values = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        return self.parsed(name, default, lambda value: values[value.lower()], "true or false")


def read(source: Mapping[str, str] | None = None, *, development: bool = False) -> Environment:
    """The whole environment; `development` gives the secrets defaults that production refuses."""
    return read_with(Reader(os.environ if source is None else source), development=development)


def read_with(env: Reader, *, development: bool) -> Environment:
    """The whole environment, through a reader whose names can be inspected afterwards."""
    return Environment(
        web=_web(env, development=development),
        leaving=Leaving(days=env.parsed("LEAVING_DAYS", "14", _days, "0 to 90 days")),
        tokens=Tokens(
            keys=env.secret("JWT_PRIVATE_KEY", "" if development else None),
            keys_file=env.text("JWT_PRIVATE_KEY_FILE", ""),
        ),
        sign_in=_sign_in(env, development=development),
        postgres=Postgres(url=env.secret("DATABASE_URL")),
        redis=Redis(url=env.secret("REDIS_URL")),
        neo4j=Neo4j(
            uri=env.text("NEO4J_URI"),
            user=env.text("NEO4J_USER", "neo4j"),
            password=env.secret("NEO4J_PASSWORD"),
            browser_url=env.text("NEO4J_BROWSER_URL", ""),
        ),
        qdrant=Qdrant(url=env.text("QDRANT_URL"), api_key=env.secret("QDRANT_API_KEY", "") or None),
        embedding=_embedding(env),
        mail=_mail(env),
        observability=Observability(
            sentry_dsn=env.secret("SENTRY_DSN", ""),
            log_level=env.text("LOG_LEVEL", "INFO"),
            flower_url=env.text("FLOWER_URL", ""),
        ),
        failpoints=_failpoints(env, development=development),
    )


def _failpoints(env: Reader, *, development: bool) -> str:
    """Not through the reader: production has no such variable, and refuses it."""
    plan = env.source.get("CINEMESH_FAILPOINTS", "")
    if plan and not development:
        raise ImproperlyConfigured("CINEMESH_FAILPOINTS is for tests alone.")
    return plan


def _web(env: Reader, *, development: bool) -> Web:
    secret = env.secret("SECRET_KEY", DEVELOPMENT_SECRET if development else None)
    if not development and (secret == DEVELOPMENT_SECRET or len(secret) < 50):
        raise ImproperlyConfigured("SECRET_KEY must be a random value of 50 characters or more.")
    web_url = env.text("WEB_URL", "http://127.0.0.1:8000" if development else None).rstrip("/")
    return Web(
        secret_key=secret,
        secret_key_fallbacks=env.words("SECRET_KEY_FALLBACKS"),
        allowed_hosts=env.words("ALLOWED_HOSTS", "127.0.0.1,localhost" if development else None),
        web_url=web_url,
        frontend_url=env.text("FRONTEND_URL", web_url).rstrip("/"),
        cors_origins=env.parsed("CORS_ORIGINS", "", _origins, "https://films.example.org or more"),
        trusted_proxy_count=env.whole("TRUSTED_PROXY_COUNT", 0),
        static_root=env.text("STATIC_ROOT", "var/static"),
        media_root=env.text("MEDIA_ROOT", "var/media"),
        rate_limits=env.flag("RATE_LIMITS", "true"),
    )


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(word.strip() for word in text.split(",") if word.strip())
    for origin in origins:
        scheme, host, *rest = urlsplit(origin)
        if scheme not in {"http", "https"} or not host or "*" in host or "@" in host or any(rest):
            raise ValueError
    return origins


def _days(text: str) -> int:
    days = int(text)
    if not 0 <= days <= 90:
        raise ValueError
    return days


def _sign_in(env: Reader, *, development: bool) -> SignIn:
    """The local issuer not through the reader: production has no such variable, and refuses it."""
    issuer_url = env.source.get("SIGN_IN_ISSUER_URL", "")
    if issuer_url and not development:
        raise ImproperlyConfigured("SIGN_IN_ISSUER_URL is for development alone.")
    google, apple = env.text("GOOGLE_CLIENT_ID", ""), env.text("APPLE_CLIENT_ID", "")
    return SignIn(
        redirects=env.words("SIGN_IN_REDIRECTS"),
        google_client_id=google,
        google_client_secret=env.secret("GOOGLE_CLIENT_SECRET", None if google else ""),
        google_native_client_ids=env.words("GOOGLE_NATIVE_CLIENT_IDS"),
        apple_client_id=apple,
        apple_team_id=env.text("APPLE_TEAM_ID", None if apple else ""),
        apple_key_id=env.text("APPLE_KEY_ID", None if apple else ""),
        apple_private_key=env.secret("APPLE_PRIVATE_KEY", None if apple else ""),
        apple_native_client_ids=env.words("APPLE_NATIVE_CLIENT_IDS"),
        issuer_url=issuer_url.rstrip("/"),
    )


def _embedding(env: Reader) -> Embedding:
    return Embedding(
        model=env.text("EMBEDDING_MODEL", "sentence-transformers/all-MiniLM-L6-v2"),
        backend=env.text("EMBEDDING_BACKEND", "torch"),
        dtype=env.text("EMBEDDING_DTYPE", "float32"),
        url=env.text("EMBEDDING_URL", "http://127.0.0.1:8006"),
    )


def _mail(env: Reader) -> Mail:
    return Mail(
        directory=env.text("MAIL_DIR", ""),
        sender=env.text("MAIL_FROM", "Cinemesh <no-reply@cinemesh.invalid>"),
        host=env.text("EMAIL_HOST", ""),
        port=env.whole("EMAIL_PORT", 587),
        user=env.text("EMAIL_USER", ""),
        password=env.secret("EMAIL_PASSWORD", ""),
        use_tls=env.flag("EMAIL_USE_TLS", "true"),
    )
