"""How many calls one token may make: a bucket of `MCP_RATE_BURST` that refills at
`MCP_RATE_LIMIT` a minute."""

import math
from functools import cache

from django.conf import settings

from common.buckets import AheadBuckets, Buckets, open_buckets


@cache
def _buckets() -> Buckets:
    buckets = open_buckets(settings.REDIS_URL, prefix="mcp-rate")
    return AheadBuckets(buckets) if settings.REDIS_URL else buckets


def seconds_to_wait(token_key: str) -> int:
    """0 when the token may make one more call now, else whole seconds until it may."""
    wait = _buckets().take(
        token_key, per_minute=settings.MCP_RATE_LIMIT, burst=settings.MCP_RATE_BURST
    )
    return math.ceil(wait)
