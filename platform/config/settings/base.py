"""Settings that every environment shares. The other modules only override."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from corsheaders.defaults import default_headers

from config import env
from config.redaction import Formatter, Redaction
from config.settings import providers

ROOT = Path(__file__).resolve().parents[3]

RATE_LIMITS = {
    "address": (3_000, 60),
    "visitor": (600, 60),
    "member": (900, 60),
    "search": (240, 60),
    "rate": (120, 60),
    "follow": (60, 60),
    "upload": (20, 3_600),
    "export": (5, 86_400),
}
"""Requests to the REST API in so many seconds. `address` counts all that come from one, members'
too; what comes after `member` counts for the member, or the address of a visitor."""

SIGN_IN_LIMITS = {
    "password_by_address": "10/m/ip,500/d/ip",
    "password_by_account": "5/5m/key,20/d/key",
    "password_from_new": "10/d/key",
}
"""Wrong passwords, see `apps.users.signin.lockout`: of an address, and of an account from one
address; and from how many new addresses an account may be tried. allauth has its own for the
other steps."""


def settings(environment: env.Environment) -> dict[str, Any]:
    """All Django settings for one environment; nothing here reads a variable itself."""
    return {
        "ROOT": ROOT,
        "ENVIRONMENT": environment,
        **_django(environment),
        **_cors(environment),
        **_database(environment.postgres),
        **_files(environment.web),
        **_accounts(environment),
        "LEAVING_DAYS": environment.leaving.days,
        **_sign_in(environment.sign_in),
        **_rest(),
        "RATE_LIMITS": RATE_LIMITS if environment.web.rate_limits else {},
        **_celery(environment.redis),
        **_mail(environment.mail),
        **_logging(environment),
    }


def _django(environment: env.Environment) -> dict[str, Any]:
    web = environment.web
    return {
        "SECRET_KEY": web.secret_key,
        "SECRET_KEY_FALLBACKS": list(web.secret_key_fallbacks),
        "DEBUG": False,
        "ALLOWED_HOSTS": list(web.allowed_hosts),
        "CSRF_TRUSTED_ORIGINS": [web.web_url],
        "WEB_URL": web.web_url,
        "ROOT_URLCONF": "config.urls",
        "WSGI_APPLICATION": "config.wsgi.application",
        "APPEND_SLASH": False,
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "LANGUAGE_CODE": "en",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        # How long a visitor waits for Neo4j, and for Qdrant meanwhile, before going without.
        "STORE_READ_SECONDS": 0.2,
        "STATIC_URL": "/static/",
        # Neo4j Browser plays the guide from here.
        "STATICFILES_DIRS": [("neo4j", ROOT / "infra" / "neo4j" / "guides")],
        "STATIC_ROOT": str(ROOT / web.static_root),
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 1_000_000,
        "SESSION_ENGINE": "django.contrib.sessions.backends.db",
        "CACHES": {
            "default": {
                "BACKEND": "apps.common.cache.FailOpenCache",
                "LOCATION": environment.redis.url,
                "KEY_PREFIX": "cache",
            },
            # What is near a film, for slates, 1 kB each; how genres are spelled.
            "recent": {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "TIMEOUT": 60,
                "OPTIONS": {"MAX_ENTRIES": 5_000},
            },
        },
        "INSTALLED_APPS": [
            "apps.users.apps.OperatorsConfig",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.postgres",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "allauth",
            "allauth.account",
            "allauth.socialaccount",
            "allauth.socialaccount.providers.apple",
            "allauth.socialaccount.providers.google",
            "allauth.mfa",
            "allauth.headless",
            "allauth.usersessions",
            "corsheaders",
            "rest_framework",
            "drf_spectacular",
            "drf_spectacular_sidecar",
            "apps.common",
            "apps.outbox",
            "apps.users",
            "apps.movies",
            "apps.graph",
            "apps.vectors",
            "apps.recommendations",
            "apps.feeds",
            "apps.consistency",
            "apps.privacy",
            "apps.evaluation",
        ],
        "MIDDLEWARE": [
            "apps.common.metrics.RequestMetrics",
            "django.middleware.security.SecurityMiddleware",
            "corsheaders.middleware.CorsMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "apps.common.api.bodies.BodyLimit",
            "apps.common.pages.Policy",
            "apps.common.pages.Sessions",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "apps.common.pages.Authentication",
            "apps.common.pages.Messages",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "apps.users.signin.unreadable.Unreadable",
            "apps.users.api.idempotency.Idempotency",
            "apps.outbox.api.sync_token.SyncToken",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [ROOT / "platform" / "templates"],
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": ["'none'"],
                **{f"{kind}-src": ["'self'"] for kind in ("script", "style", "font", "connect")},
                "img-src": ["'self'", "data:"],
                "form-action": ["'self'"],
                "base-uri": ["'none'"],
                "frame-ancestors": ["'none'"],
            }
        },
    }


def _cors(environment: env.Environment) -> dict[str, Any]:
    """Whose pages may call the API: with a token that they hold, never with our cookies."""
    browser = urlsplit(environment.neo4j.browser_url)
    return {
        "CORS_ALLOWED_ORIGINS": list(environment.web.cors_origins),
        "CORS_URLS_REGEX": r"^/(api|_allauth/app)/",
        "CORS_ALLOW_CREDENTIALS": False,
        "CORS_ALLOW_HEADERS": [
            *default_headers,
            *("cache-control", "pragma", "if-match", "if-none-match"),
            *("idempotency-key", "sync-token", "x-session-token"),
            *("x-email-verification-key", "x-password-reset-key"),
        ],
        "CORS_EXPOSE_HEADERS": [
            *("ETag", "Location", "RateLimit", "RateLimit-Policy", "Retry-After"),
            *("Sync-Token", "Sync-Degraded"),
        ],
        "NEO4J_BROWSER_ORIGIN": f"{browser.scheme}://{browser.netloc}" if browser.netloc else "",
        "WHITENOISE_ALLOW_ALL_ORIGINS": False,
    }


def _database(postgres: env.Postgres) -> dict[str, Any]:
    default: dict[str, Any] = postgres.settings()
    default |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
    options: dict[str, str] = default["OPTIONS"]
    options.setdefault("connect_timeout", "5")
    # A title that is alike by 0.45 is found: two typing errors in a word. What is prepared is
    # planned once: for lists of ids Postgres would plan anew each time, longer than that saves.
    options.setdefault(
        "options",
        "-c pg_trgm.word_similarity_threshold=0.45 -c statement_timeout=30s"
        " -c plan_cache_mode=force_generic_plan",
    )
    return {"DATABASES": {"default": default}}


def _files(web: env.Web) -> dict[str, Any]:
    """Nothing of either folder is served as it lies there; another storage may take its place."""

    def folder(name: str) -> dict[str, Any]:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": ROOT / web.media_root / name, "base_url": None},
        }

    return {
        "STORAGES": {
            "default": folder("pictures"),
            "exports": folder("exports"),
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        }
    }


def _accounts(environment: env.Environment) -> dict[str, Any]:
    web_url, pages = environment.web.web_url, f"{environment.web.frontend_url}/account"
    return {
        "AUTH_USER_MODEL": "users.User",
        # It does what Django's ModelBackend does, by e-mail address, the admin's login included.
        # Both together would hash a wrong password twice.
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"django.contrib.auth.password_validation.{name}"}
            for name in (
                "UserAttributeSimilarityValidator",
                "MinimumLengthValidator",
                "CommonPasswordValidator",
                "NumericPasswordValidator",
            )
        ],
        "ACCOUNT_ADAPTER": "apps.privacy.adapter.AccountAdapter",
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*", "username"],
        "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
        "ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED": False,
        "ACCOUNT_UNIQUE_EMAIL": True,
        "ACCOUNT_CHANGE_EMAIL": True,
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_PRESERVE_USERNAME_CASING": False,
        "ACCOUNT_DEFAULT_HTTP_PROTOCOL": web_url.split(":", 1)[0],
        "ACCOUNT_EMAIL_SUBJECT_PREFIX": "[Cinemesh] ",
        "ALLAUTH_TRUSTED_PROXY_COUNT": environment.web.trusted_proxy_count,
        "HEADLESS_ONLY": True,
        "HEADLESS_CLIENTS": ["app", "browser"],
        "ACCOUNT_RATE_LIMITS": SIGN_IN_LIMITS,
        "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": True,
        # A stolen access token changes no way in: addresses, identities and factors ask again.
        "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
        "HEADLESS_TOKEN_STRATEGY": "apps.users.signin.tokens.TokenStrategy",
        "HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN": 300,
        "HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN": 86_400,
        "JWT_KEYS": environment.tokens.keys,
        "JWT_KEYS_FILE": environment.tokens.keys_file,
        "HEADLESS_FRONTEND_URLS": {
            "account_confirm_email": f"{pages}/verify-email/{{key}}",
            "account_reset_password": f"{pages}/password/reset",
            "account_reset_password_from_key": f"{pages}/password/reset/key/{{key}}",
            "account_signup": f"{pages}/signup",
            "socialaccount_login_error": f"{pages}/provider/error",
        },
        "USERSESSIONS_TRACK_ACTIVITY": False,
        "USERSESSIONS_ADAPTER": "apps.users.signin.events.SessionsAdapter",
    }


def _sign_in(sign_in: env.SignIn) -> dict[str, Any]:
    return {
        "SOCIALACCOUNT_ADAPTER": "apps.users.signin.identities.SocialAdapter",
        "SOCIALACCOUNT_PROVIDERS": providers.providers(sign_in),
        # An address joins an account only by our adapter's rule: verified on both sides.
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT": True,
        "SOCIALACCOUNT_EMAIL_VERIFICATION": "mandatory",
        "SOCIALACCOUNT_STORE_TOKENS": True,
        "SOCIALACCOUNT_REQUESTS_TIMEOUT": 5,
        "SIGN_IN_REDIRECTS": list(sign_in.redirects),
        # No variable turns it off; the settings of one machine and of the tests do.
        "ADMIN_SECOND_FACTOR": True,
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_TOTP_ISSUER": "Cinemesh",
        "MFA_TOTP_TOLERANCE": 1,  # clocks of telephones are half a minute off at times
    }


def _rest() -> dict[str, Any]:
    return {
        "REST_FRAMEWORK": {
            "DEFAULT_AUTHENTICATION_CLASSES": [
                "apps.users.api.authentication.BearerAuthentication"
            ],
            "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
            "DEFAULT_RENDERER_CLASSES": ["apps.common.api.rendering.JSONRenderer"],
            "DEFAULT_CONTENT_NEGOTIATION_CLASS": "apps.common.api.rendering.Negotiation",
            "DEFAULT_PARSER_CLASSES": ["apps.common.api.bodies.JSONParser"],
            "DEFAULT_SCHEMA_CLASS": "apps.common.api.schema.Schema",
            "DEFAULT_THROTTLE_CLASSES": ["apps.common.api.throttling.RateLimits"],
            "DEFAULT_VERSIONING_CLASS": None,
            "EXCEPTION_HANDLER": "apps.common.api.errors.problem_response",
            "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
            "TEST_REQUEST_DEFAULT_FORMAT": "json",
        },
        "SPECTACULAR_SETTINGS": {
            "TITLE": "Cinemesh",
            "DESCRIPTION": "A social movie platform: opinions, follows, feeds, search by meaning, "
            "and recommendations that say why.",
            "VERSION": "1",
            "OAS_VERSION": "3.1.1",
            "SERVE_INCLUDE_SCHEMA": False,
            "SCHEMA_PATH_PREFIX": "/api/v1",
            "COMPONENT_SPLIT_REQUEST": True,
            "ENUM_NAME_OVERRIDES": {"VisibilityEnum": "apps.users.models.Visibility"},
            "POSTPROCESSING_HOOKS": [
                "drf_spectacular.hooks.postprocess_schema_enums",
                "apps.common.api.schema.add_problems",
            ],
            "SWAGGER_UI_DIST": "SIDECAR",
            "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
            "REDOC_DIST": "SIDECAR",
        },
    }


def _celery(redis: env.Redis) -> dict[str, Any]:
    return {
        "CELERY_BROKER_URL": redis.url,
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        "CELERY_BROKER_TRANSPORT_OPTIONS": {
            "visibility_timeout": 180,
            "socket_timeout": 5,
            "socket_connect_timeout": 1,
            "global_keyprefix": "celery:",
        },
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_TASK_TIME_LIMIT": 60,
        "CELERY_TASK_SOFT_TIME_LIMIT": 45,
        "CELERY_TASK_SERIALIZER": "json",
        "CELERY_ACCEPT_CONTENT": ["json"],
        "CELERY_TASK_DEFAULT_QUEUE": "default",
        # No limit: kombu counts a message whose ack met a broken connection as held for ever, and
        # a worker that may hold one would never take another. Its queue is its own anyway.
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 0,
        "CELERY_WORKER_MAX_TASKS_PER_CHILD": 20_000,
        "CELERY_WORKER_SEND_TASK_EVENTS": True,
        "CELERY_TIMEZONE": "UTC",
    }


def _mail(mail: env.Mail) -> dict[str, Any]:
    backend = "filebased.EmailBackend" if mail.directory else "smtp.EmailBackend"
    return {
        "EMAIL_BACKEND": "apps.users.mail.QueuedBackend",
        "MAIL_BACKEND": f"django.core.mail.backends.{backend}",
        "EMAIL_FILE_PATH": mail.directory or None,
        "DEFAULT_FROM_EMAIL": mail.sender,
        "EMAIL_HOST": mail.host,
        "EMAIL_PORT": mail.port,
        "EMAIL_HOST_USER": mail.user,
        "EMAIL_HOST_PASSWORD": mail.password,
        "EMAIL_USE_TLS": mail.use_tls,
        "EMAIL_TIMEOUT": 10,
    }


def _logging(environment: env.Environment) -> dict[str, Any]:
    redaction = Redaction(environment)
    return {
        "REDACTION": redaction,
        "LOGGING": {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": Formatter,
                    "redaction": redaction,
                    "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
                },
            },
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["console"], "level": environment.observability.log_level},
            "loggers": {
                "neo4j": {"level": "ERROR"},
                "httpx": {"level": "WARNING"},
            },
        },
    }
