"""How many calls one token may make."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from connected_apps.services import create_token
from mcp_endpoint import limiter
from mcp_endpoint.limiter import MemoryBuckets, RedisBuckets

PING = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "ping"})


def test_calls_over_the_burst_are_429_with_the_seconds_to_wait(
    client, account, user, actor, token, settings
):
    settings.MCP_RATE_LIMIT, settings.MCP_RATE_BURST = 60, 2
    other = create_token(account=account, user=user, name="Other", actor=actor)[1]

    def status(bearer):
        return client.post(
            "/acme/api/mcp",
            data=PING,
            content_type="application/json",
            headers={"Authorization": f"Bearer {bearer}"},
        )

    answers = [status(token) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json() == {"error": "Too Many Requests"}
    assert answers[2].headers["Retry-After"] == "1"
    assert status(other).status_code == 200


@pytest.fixture(params=["memory", "redis"])
def buckets(request):
    if request.param == "memory":
        return MemoryBuckets()
    server = request.getfixturevalue("redis_server")
    return RedisBuckets(server.url)


def test_a_bucket_is_emptied_and_refills(buckets, monkeypatch):
    key = f"refill-{id(buckets)}"
    waits = [buckets.take(key, per_minute=6_000, burst=3) for _ in range(4)]

    assert waits[:3] == [0, 0, 0]
    assert 0 < waits[3] <= 0.01


def test_calls_at_once_never_take_more_than_the_burst(buckets):
    key = f"at-once-{id(buckets)}"
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: buckets.take(key, per_minute=1, burst=20), range(60)))

    assert waits.count(0.0) == 20


def test_processes_share_the_buckets_of_redis(redis_server):
    first, second = RedisBuckets(redis_server.url), RedisBuckets(redis_server.url)

    waits = [each.take("shared", per_minute=1, burst=2) for each in (first, second, first)]

    assert [wait > 0 for wait in waits] == [False, False, True]


def test_what_a_process_takes_ahead_counts_for_all_and_is_lost_in_time(redis_server):
    first, second = RedisBuckets(redis_server.url), RedisBuckets(redis_server.url)

    assert first.take("ahead", per_minute=1, burst=20) == 0
    waits = [second.take("ahead", per_minute=1, burst=20) for _ in range(19)]

    assert waits.count(0.0) == 18
    assert first.take("ahead", per_minute=1, burst=20) == 0
    assert first.take("ahead", per_minute=1, burst=20) > 0


def test_without_redis_a_process_limits_by_itself(own_redis):
    server = own_redis()
    buckets = RedisBuckets(server.url)
    buckets.take("alone", per_minute=1, burst=1)
    server.stop()

    waits = [buckets.take("alone", per_minute=1, burst=1) for _ in range(2)]

    assert waits[0] == 0
    assert waits[1] > 0


def test_buckets_in_memory_do_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(limiter, "MAX_BUCKETS_IN_MEMORY", 10)
    buckets = MemoryBuckets()

    for number in range(50):
        buckets.take(str(number), per_minute=1, burst=1)

    assert len(buckets._held) == 10
