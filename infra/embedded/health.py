"""Real questions to each store; every function returns when the answer is right, else raises.

Each loads its client when it asks: most processes of a stack import this module and never ask.
"""

from urllib.parse import urlsplit

from infra.embedded.errors import NotReadyError

PATIENCE_SECONDS = 2


def check_postgres(url: str) -> None:
    """`SELECT 1` over a new connection."""
    import psycopg2

    connection = psycopg2.connect(url, connect_timeout=PATIENCE_SECONDS)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def check_valkey(url: str) -> None:
    """`PING` over a new connection."""
    import redis

    with redis.Redis.from_url(url, socket_timeout=PATIENCE_SECONDS) as client:
        client.ping()


def check_neo4j(uri: str, user: str, password: str) -> None:
    """`RETURN 1` over Bolt, signed in."""
    import neo4j

    with neo4j.GraphDatabase.driver(
        uri,
        auth=(user, password),
        connection_timeout=PATIENCE_SECONDS,
        connection_acquisition_timeout=PATIENCE_SECONDS,
        max_transaction_retry_time=0,
    ) as driver:
        driver.execute_query("RETURN 1")


def check_http(url: str, headers: dict[str, str] | None = None) -> None:
    """200 to a GET."""
    import urllib.request
    from urllib.error import HTTPError

    if urlsplit(url).scheme not in ("http", "https"):
        raise NotReadyError(f"{url} is not an HTTP address")
    request = urllib.request.Request(url, headers=headers or {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE_SECONDS) as answer:
            status = answer.status
    except HTTPError as error:
        status = error.code
        error.close()
    if status != 200:
        raise NotReadyError(f"{url} answered {status}")


def check_worker(name: str) -> None:
    """The answer of one Celery worker to a ping; the settings must be in the environment."""
    from celery.utils.nodenames import gethostname

    from celery_app.control import app

    # Without a limit Celery waits for more answers until the time is over.
    node = f"{name}@{gethostname()}"
    if not app.control.ping(destination=[node], timeout=PATIENCE_SECONDS, limit=1):
        raise NotReadyError("no answer to a ping")


def check_vectors(url: str, api_key: str | None) -> None:
    """`/readyz` of the embedded vector service, or of a Qdrant server."""
    check_http(f"{url.rstrip('/')}/readyz", {"api-key": api_key} if api_key else {})
