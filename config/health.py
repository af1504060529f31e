"""Whether the process lives, and whether it can serve."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis import Redis

logger = logging.getLogger(__name__)

PROBE_SECONDS = 2.0


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all; asks nothing of anybody."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every service that requests need answers, else 503 naming those that do not.

    Redis only wakes workers, so without it the answer is "degraded" and still 200.
    """
    parts = {"database": _state(_ask_database)}
    if settings.REDIS_URL:
        parts["redis"] = "ok" if _state(_ask_redis) == "ok" else "degraded"
    is_ready = parts["database"] == "ok"
    return JsonResponse({"ready": is_ready, **parts}, status=200 if is_ready else 503)


def _state(ask: Callable[[], object]) -> str:
    try:
        ask()
    except Exception:
        logger.warning("%s failed", ask.__name__, exc_info=True)
        return "unreachable"
    return "ok"


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_redis() -> None:
    timeout = PROBE_SECONDS
    with Redis.from_url(
        settings.REDIS_URL, socket_timeout=timeout, socket_connect_timeout=timeout
    ) as redis:
        redis.ping()
