"""`/livez`: the process runs. `/readyz`: which stores answer."""

from django.http import HttpRequest, JsonResponse

from apps.common import health


def live(request: HttpRequest) -> JsonResponse:
    """200 as long as the process can answer at all; asks no store."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 with each store's state; `degraded` is still ready, 503 only without Postgres."""
    states = health.report()
    if health.missing_required(states):
        status, code = "down", 503
    else:
        status, code = ("ok" if all(states.values()) else "degraded"), 200
    body = {
        "status": status,
        "stores": {name: "ok" if up else "down" for name, up in states.items()},
    }
    return JsonResponse(body, status=code)
