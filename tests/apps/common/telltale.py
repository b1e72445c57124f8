"""A server where everything goes wrong and tells all that it was given, in logs and to Sentry."""

import json
import logging
import sys
from typing import Any

import sentry_sdk
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from celery_app.app import app

logger = logging.getLogger(__name__)


def fail(request: HttpRequest) -> HttpResponse:
    """Log the request in the ways that code does, then raise an error that holds it."""
    body = request.body.decode()
    told = f"{request.get_full_path()} {body} {dict(request.headers)} {request.COOKIES}"
    logger.info("Asked for %s", told)
    logger.error("Cannot do %r, form %s", body, request.POST, extra={"body": body, "all": told})
    tell(told)
    return HttpResponse()


def tell(told: str) -> None:
    """Raise an error that names what was given, and all that this server keeps to itself."""
    ours = settings.ENVIRONMENT
    keys = [ours.web.secret_key, ours.neo4j.password, ours.qdrant.api_key, ours.mail.password]
    keys += [ours.tokens.keys, ours.sign_in.google_client_secret, ours.sign_in.apple_private_key]
    cause = ConnectionError(f"{ours.postgres.url} or {ours.redis.url} does not take {keys}")
    raise RuntimeError(f"No answer for {told}") from cause


urlpatterns = [path("telltale", fail), path("", include("config.urls"))]


def main() -> None:
    """Handle the requests of the standard input as web, then fail a task with each as a worker."""
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    requests: list[dict[str, Any]] = [json.loads(line) for line in sys.stdin]
    for asked in requests:
        given = asked["path"], asked["body"], asked["type"]
        client.generic("POST", *given, headers=asked["headers"])
    app.log.setup(loglevel="INFO")
    task = app.task(tell, name="telltale")
    for asked in requests:
        task.apply((json.dumps(asked),), throw=False)
    sentry_sdk.flush(30)
