"""Token buckets: how often something may happen, shared by all processes where there is Redis.

While Redis does not answer each process counts alone.
"""

import logging
import threading
import time
from typing import Final, Protocol

import redis

logger = logging.getLogger(__name__)

REDIS_PATIENCE_SECONDS = 0.25
REDIS_PAUSE_SECONDS = 5.0
MAX_BUCKETS_IN_MEMORY = 10_000
SHARE_AHEAD = 10
MOST_AHEAD = 10
"""Taken ahead: a tenth of the burst, at most ten."""
SHORTEST_KEPT_SECONDS = 1.0
"""Of what is taken ahead, else a high limit would be asked for at each call."""

# Redis's own clock, in microseconds, because those of hosts differ. A negative amount gives back.
TAKE: Final = """
local now = redis.call('TIME')
local at = now[1] * 1000000 + now[2]
local burst, rate, amount = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local held = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = burst
if held[1] then
  left = math.min(burst, tonumber(held[1]) + (at - tonumber(held[2])) * rate / 60000000)
end
local wait = 0
if left < amount then
  wait = (amount - left) * 60 / rate
else
  left = math.min(burst, left - amount)
end
redis.call('HSET', KEYS[1], 'left', left, 'at', at)
redis.call('EXPIRE', KEYS[1], math.ceil(burst * 60 / rate) + 1)
return tostring(wait)
"""


class Buckets(Protocol):
    def take(self, key: str, *, per_minute: int, burst: int, amount: int = 1) -> float:
        """Take so many, or none. The seconds to wait when there are too few, else 0."""

    def give_back(self, key: str, *, per_minute: int, burst: int) -> None:
        """Undo one take."""


class MemoryBuckets:
    """Buckets of this process. The least used go first when there are too many."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str, *, per_minute: int, burst: int, amount: int = 1) -> float:
        return self._move(key, per_minute, burst, amount)

    def give_back(self, key: str, *, per_minute: int, burst: int) -> None:
        self._move(key, per_minute, burst, -1)

    def _move(self, key: str, per_minute: int, burst: int, amount: int) -> float:
        now = time.monotonic()
        with self._lock:
            left, at = self._held.pop(key, (float(burst), now))
            left = min(burst, left + (now - at) * per_minute / 60)
            wait = 0.0 if left >= amount else (amount - left) * 60 / per_minute
            self._held[key] = (left if wait else min(burst, left - amount), now)
            if len(self._held) > MAX_BUCKETS_IN_MEMORY:
                del self._held[next(iter(self._held))]
        return wait


class RedisBuckets:
    """Buckets that all processes share, and buckets of our own while Redis is gone."""

    def __init__(self, url: str, *, prefix: str) -> None:
        client = redis.Redis.from_url(
            url,
            socket_timeout=REDIS_PATIENCE_SECONDS,
            socket_connect_timeout=REDIS_PATIENCE_SECONDS,
        )
        self._script = client.register_script(TAKE)
        self._prefix = prefix
        self._alone = MemoryBuckets()
        self._alone_until = 0.0

    def take(self, key: str, *, per_minute: int, burst: int, amount: int = 1) -> float:
        wait = self._ask(key, per_minute, burst, amount)
        if wait is None:
            return self._alone.take(key, per_minute=per_minute, burst=burst, amount=amount)
        return wait

    def give_back(self, key: str, *, per_minute: int, burst: int) -> None:
        if self._ask(key, per_minute, burst, -1) is None:
            self._alone.give_back(key, per_minute=per_minute, burst=burst)

    def _ask(self, key: str, per_minute: int, burst: int, amount: int) -> float | None:
        """None while Redis does not answer."""
        if time.monotonic() < self._alone_until:
            return None
        try:
            keys, arguments = [f"{self._prefix}:{key}"], [burst, per_minute, amount]
            return float(self._script(keys=keys, args=arguments))
        except redis.RedisError:
            logger.warning("Redis does not answer; this process limits by itself")
            self._alone_until = time.monotonic() + REDIS_PAUSE_SECONDS
            return None


class AheadBuckets:
    """Takes a few ahead from buckets that are dear to ask, and hands them out itself.

    What is not used in the time in which as many come back, or in a second, is lost, so that over
    time nobody gets more than the buckets hold.
    """

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets
        self._ahead: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str, *, per_minute: int, burst: int, amount: int = 1) -> float:
        if amount == 1 and self._uses_one_ahead(key):
            return 0.0
        several = min(MOST_AHEAD, burst // SHARE_AHEAD) if amount == 1 else 1
        if several > 1 and not self._ask(key, per_minute, burst, several):
            kept = max(SHORTEST_KEPT_SECONDS, several * 60 / per_minute)
            self._keep(key, several - 1, time.monotonic() + kept)
            return 0.0
        return self._ask(key, per_minute, burst, amount)

    def give_back(self, key: str, *, per_minute: int, burst: int) -> None:
        self._buckets.give_back(key, per_minute=per_minute, burst=burst)

    def _ask(self, key: str, per_minute: int, burst: int, amount: int) -> float:
        return self._buckets.take(key, per_minute=per_minute, burst=burst, amount=amount)

    def _uses_one_ahead(self, key: str) -> bool:
        with self._lock:
            count, until = self._ahead.pop(key, (0, 0.0))
            if count == 0 or time.monotonic() > until:
                return False
            self._ahead[key] = (count - 1, until)
            return True

    def _keep(self, key: str, count: int, until: float) -> None:
        with self._lock:
            self._ahead[key] = (count, until)
            if len(self._ahead) > MAX_BUCKETS_IN_MEMORY:
                del self._ahead[next(iter(self._ahead))]


def open_buckets(redis_url: str, *, prefix: str) -> Buckets:
    return RedisBuckets(redis_url, prefix=prefix) if redis_url else MemoryBuckets()
