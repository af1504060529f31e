"""Buckets of this process and of Redis behave alike."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import common.buckets
from common.buckets import AheadBuckets, MemoryBuckets, RedisBuckets


@pytest.fixture(params=["memory", "redis"])
def buckets(request):
    if request.param == "memory":
        return MemoryBuckets()
    server = request.getfixturevalue("redis_server")
    return RedisBuckets(server.url, prefix="tests")


def test_a_bucket_is_emptied_and_refills(buckets, monkeypatch):
    key = f"refill-{id(buckets)}"
    waits = [buckets.take(key, per_minute=6_000, burst=3) for _ in range(4)]

    assert waits[:3] == [0, 0, 0]
    assert 0 < waits[3] <= 0.01


def test_what_is_given_back_can_be_taken_again_and_never_more_than_the_burst(buckets):
    key = f"back-{id(buckets)}"
    buckets.take(key, per_minute=1, burst=2)
    for _ in range(5):
        buckets.give_back(key, per_minute=1, burst=2)

    waits = [buckets.take(key, per_minute=1, burst=2) for _ in range(3)]

    assert [wait > 0 for wait in waits] == [False, False, True]


def test_calls_at_once_never_take_more_than_the_burst(buckets):
    key = f"at-once-{id(buckets)}"
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: buckets.take(key, per_minute=1, burst=20), range(60)))

    assert waits.count(0.0) == 20


def test_processes_share_the_buckets_of_redis(redis_server):
    first = RedisBuckets(redis_server.url, prefix="tests")
    second = RedisBuckets(redis_server.url, prefix="tests")

    waits = [each.take("shared", per_minute=1, burst=2) for each in (first, second, first)]

    assert [wait > 0 for wait in waits] == [False, False, True]


def test_without_redis_a_process_limits_by_itself(own_redis):
    server = own_redis()
    buckets = RedisBuckets(server.url, prefix="tests")
    buckets.take("alone", per_minute=1, burst=1)
    server.stop()

    waits = [buckets.take("alone", per_minute=1, burst=1) for _ in range(2)]

    assert waits[0] == 0
    assert waits[1] > 0


def test_buckets_in_memory_do_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(common.buckets, "MAX_BUCKETS_IN_MEMORY", 10)
    buckets = MemoryBuckets()

    for number in range(50):
        buckets.take(str(number), per_minute=1, burst=1)

    assert len(buckets._held) == 10


def test_what_is_taken_ahead_counts_for_all(redis_server):
    shared = RedisBuckets(redis_server.url, prefix="tests-ahead")
    first, second = AheadBuckets(shared), AheadBuckets(shared)
    bounds = {"per_minute": 1, "burst": 20}

    assert first.take("x", **bounds) == 0
    waits = [second.take("x", **bounds) for _ in range(19)]

    assert waits.count(0.0) == 18
    assert first.take("x", **bounds) == 0
    assert first.take("x", **bounds) > 0


def test_a_high_limit_is_not_asked_for_at_each_call():
    plain = MemoryBuckets()
    ahead = AheadBuckets(plain)
    bounds = {"per_minute": 6_000_000, "burst": 100}

    assert ahead.take("x", **bounds) == 0
    time.sleep(0.001)

    assert ahead._uses_one_ahead("x") is True


def test_what_is_taken_ahead_and_not_used_is_lost_in_time(monkeypatch):
    monkeypatch.setattr(common.buckets, "SHORTEST_KEPT_SECONDS", 0.0)
    plain = MemoryBuckets()
    ahead = AheadBuckets(plain)
    ahead.take("x", per_minute=6_000_000, burst=20)
    time.sleep(0.001)

    assert plain.take("x", per_minute=6_000_000, burst=20, amount=20) == 0
    assert ahead._uses_one_ahead("x") is False
