"""What Prometheus is told: how requests end and how long they take. Other apps add collectors.

Counts are of one process. Where several answer at one address, PROMETHEUS_MULTIPROC_DIR names a
folder, empty at their start, in which they keep the counts of all, as prometheus-client has it.
"""

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Histogram,
    ProcessCollector,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
SPOKEN_FOR = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_VIA")
"""Headers by which a proxy tells that the peer is not the client."""

REGISTRY = CollectorRegistry()
"""Ours, not the library's: Flower answers with that one, in an event loop that must not wait."""

REQUESTS = Histogram(
    "cinemesh_request_seconds",
    "Time until a request was answered, by route and status.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0),
    registry=None,
)
if values.ValueClass is values.MutexValue:  # the library saw no PROMETHEUS_MULTIPROC_DIR
    REGISTRY.register(REQUESTS)
    ProcessCollector(registry=REGISTRY)
else:
    MultiProcessCollector(REGISTRY)  # type: ignore[no-untyped-call]


class RequestMetrics:
    """Middleware: observes every request under its route, never under its path.

    A path that no route matches counts as `(none)`: whoever tries addresses makes no series.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Part of Django's chain; first, so that it sees what the others take."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Whatever the rest of the chain answers."""
        started = time.perf_counter()
        response = self._get_response(request)
        method = request.method if request.method in METHODS else "other"
        match = request.resolver_match
        route = f"/{match.route}" if match is not None else "(none)"
        seconds = time.perf_counter() - started
        REQUESTS.labels(method, route, str(response.status_code)).observe(seconds)
        return response


def metrics(request: HttpRequest) -> HttpResponse:
    """`/metrics` in Prometheus' text format, for peers inside alone; 404 for all others."""
    if not is_internal(request):
        raise Http404
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def is_internal(request: HttpRequest) -> bool:
    """Whether the peer has a loopback or private address, and speaks for nobody else.

    A proxy that ends TLS has to send X-Forwarded-Proto, else every page redirects to itself; so
    what comes through it is never taken for internal.
    """
    if any(header in request.META for header in SPOKEN_FOR):
        return False
    try:
        peer = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    inner = peer.ipv4_mapped if isinstance(peer, IPv6Address) else None
    address = inner or peer  # ::ffff:8.8.8.8 counts as private, 8.8.8.8 does not
    return address.is_loopback or address.is_private
