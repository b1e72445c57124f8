"""Settings behind a TLS-terminating proxy. Secrets come from the environment or do not start."""

import sentry_sdk

from config import env
from config.settings import base

_environment = env.read()
_settings = base.settings(_environment)
globals().update(_settings)

# Behind PgBouncer two statements of a session may meet two servers, and a cursor lives on one.
DATABASES = _settings["DATABASES"]
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# By these names a browser takes them from this very host alone, over TLS.
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
# Messages in a cookie of their own would need a name, too.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

if _environment.observability.sentry_dsn:
    # Sentry's own scrubber knows the names of fields; `before_send` sees texts, too.
    sentry_sdk.init(
        dsn=_environment.observability.sentry_dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=lambda event, hint: _settings["REDACTION"](event),
    )
