"""How many calls one token may make: a bucket of `MCP_RATE_BURST` that refills at
`MCP_RATE_LIMIT` a minute.

The buckets are in Redis where there is one, so that all processes share them; the one web process
of a single machine holds them itself. While Redis does not answer each process counts alone.
"""

import logging
import math
import threading
import time
from functools import cache
from typing import Final, Protocol, cast

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

REDIS_PATIENCE_SECONDS = 0.25
REDIS_PAUSE_SECONDS = 5.0
MAX_BUCKETS_IN_MEMORY = 10_000
SHARE_AHEAD = 10
MOST_AHEAD = 10
"""Calls taken ahead: a tenth of the burst, at most ten."""

# Redis's own clock, in microseconds, because those of hosts differ. Takes up to ARGV[3] calls at
# once; answers how many, or none and the seconds to wait for the next.
TAKE: Final = """
local now = redis.call('TIME')
local at = now[1] * 1000000 + now[2]
local burst, rate, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local held = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = burst
if held[1] then
  left = math.min(burst, tonumber(held[1]) + (at - tonumber(held[2])) * rate / 60000000)
end
local taken = math.min(wanted, math.floor(left))
local wait = 0
if taken < 1 then wait = (1 - left) * 60 / rate end
redis.call('HSET', KEYS[1], 'left', left - taken, 'at', at)
redis.call('EXPIRE', KEYS[1], math.ceil(burst * 60 / rate) + 1)
return {taken, tostring(wait)}
"""


class Buckets(Protocol):
    def take(self, key: str, *, per_minute: int, burst: int) -> float:
        """Take one call. The seconds to wait when there is none to take, else 0."""


class MemoryBuckets:
    """Buckets of this process. The least used go first when there are too many."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str, *, per_minute: int, burst: int) -> float:
        now = time.monotonic()
        with self._lock:
            left, at = self._held.pop(key, (float(burst), now))
            left = min(burst, left + (now - at) * per_minute / 60)
            wait = 0.0 if left >= 1 else (1 - left) * 60 / per_minute
            self._held[key] = (left if wait else left - 1, now)
            if len(self._held) > MAX_BUCKETS_IN_MEMORY:
                del self._held[next(iter(self._held))]
        return wait


class RedisBuckets:
    """Buckets that all processes share, and buckets of our own while Redis is gone.

    A process takes a few calls ahead, so that it need not ask each time. What it does not use in
    the time in which as many come back is lost, so a token never gets more than it may.
    """

    def __init__(self, url: str) -> None:
        client = redis.Redis.from_url(
            url,
            socket_timeout=REDIS_PATIENCE_SECONDS,
            socket_connect_timeout=REDIS_PATIENCE_SECONDS,
        )
        self._take = client.register_script(TAKE)
        self._ahead: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()
        self._alone = MemoryBuckets()
        self._alone_until = 0.0

    def take(self, key: str, *, per_minute: int, burst: int) -> float:
        if self._uses_one_ahead(key):
            return 0.0
        if time.monotonic() >= self._alone_until:
            try:
                return self._ask(key, per_minute, burst)
            except redis.RedisError:
                logger.warning("Redis does not answer; this process limits calls by itself")
                self._alone_until = time.monotonic() + REDIS_PAUSE_SECONDS
        return self._alone.take(key, per_minute=per_minute, burst=burst)

    def _uses_one_ahead(self, key: str) -> bool:
        with self._lock:
            count, until = self._ahead.pop(key, (0, 0.0))
            if count == 0 or time.monotonic() > until:
                return False
            self._ahead[key] = (count - 1, until)
            return True

    def _ask(self, key: str, per_minute: int, burst: int) -> float:
        wanted = max(1, min(MOST_AHEAD, burst // SHARE_AHEAD))
        answer = self._take(keys=[f"mcp-rate:{key}"], args=[burst, per_minute, wanted])
        taken, wait = cast("tuple[int, bytes]", answer)
        if taken > 1:
            until = time.monotonic() + taken * 60 / per_minute
            with self._lock:
                self._ahead[key] = (taken - 1, until)
                if len(self._ahead) > MAX_BUCKETS_IN_MEMORY:
                    del self._ahead[next(iter(self._ahead))]
        return float(wait)


@cache
def _buckets() -> Buckets:
    return RedisBuckets(settings.REDIS_URL) if settings.REDIS_URL else MemoryBuckets()


def seconds_to_wait(token_key: str) -> int:
    """0 when the token may make one more call now, else whole seconds until it may."""
    wait = _buckets().take(
        token_key, per_minute=settings.MCP_RATE_LIMIT, burst=settings.MCP_RATE_BURST
    )
    return math.ceil(wait)
