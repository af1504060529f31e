"""S3 against a real server: listing, reading, refusals in words, and no way around the policy."""

import threading
import time

import pytest

from common.errors import InvalidInput, NotAllowed, UpstreamFailed
from connections.drivers import ConnectionSpec, Reach, open_driver
from connections.drivers.base import FileWrite, WriteToken
from engine.watching import Watcher
from runs.patterns import find_pattern

LOOPBACK = Reach(None, allowed_hosts=("127.0.0.1",))
NAMES = ("a1.csv", "a2.csv", "b1.txt", "sub/a3.csv", "sub/deep/a4.csv", "_h.csv", ".h.csv",
         "_hid/a.csv", "we[ird].csv", "sub/", "a-b.csv", "{x}.csv", "ä é.csv")  # fmt: skip


@pytest.fixture
def store(s3, s3_bucket):
    """A driver of a bucket that holds NAMES, each with its own name as content."""
    for name in NAMES:
        s3.client().put_object(Bucket=s3_bucket, Key=name, Body=name.encode())
    driver = open_driver(s3.spec(1, "lake", bucket=s3_bucket), LOOPBACK)
    yield driver
    driver.close()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a1.csv", ["a1.csv"]),
        ("/a1.csv", ["a1.csv"]),
        ("a?.csv", ["a1.csv", "a2.csv"]),
        ("[ab]1.*", ["a1.csv", "b1.txt"]),
        ("[a-b]1.*", ["a1.csv", "b1.txt"]),
        ("[^a]1.*", ["b1.txt"]),
        ("[0-9a-z]1.csv", ["a1.csv"]),
        ("{a1,b1}.{csv,txt}", ["a1.csv", "b1.txt"]),
        ("{a{1,2},b1}.csv", ["a1.csv", "a2.csv"]),
        ("{sub/a3,a1}.csv", ["a1.csv", "sub/a3.csv"]),
        ("*/a*.csv", ["sub/a3.csv"]),
        ("sub", ["sub/a3.csv"]),
        ("sub/", ["sub/a3.csv"]),
        ("su", []),
        ("we\\[ird\\].csv", ["we[ird].csv"]),
        ("\\{x\\}.csv", ["{x}.csv"]),
        ("ä é.csv", ["ä é.csv"]),
        ("_h.csv", ["_h.csv"]),
        ("_*", []),
        ("nothing.csv", []),
    ],
)
def test_paths_folders_and_patterns_name_objects(store, pattern, expected):
    assert [file.path for file in store.list_files(pattern)] == expected


@pytest.mark.parametrize("path", ["many", "many/*"])
def test_more_than_a_page_of_objects_is_listed_in_order(s3, s3_bucket, store, monkeypatch, path):
    monkeypatch.setattr("connections.drivers.s3.PAGE_KEYS", 4)
    names = [f"many/{number:02}" for number in range(10)]
    for name in names:
        s3.client().put_object(Bucket=s3_bucket, Key=name, Body=b"x")

    assert [file.path for file in store.list_files(path)] == names


def test_parts_and_whole_objects_are_read(store, tmp_path):
    (file,) = store.list_files("sub/a3.csv")
    arrived = []

    store.fetch([(file, tmp_path / "copy")], arrived.append)

    assert (tmp_path / "copy").read_bytes() == b"sub/a3.csv"
    assert sum(arrived) == file.size_bytes == 10
    parts = [store.read_part(file.path, *part) for part in ((0, 3), (4, 99), (10, 1), (0, 0))]
    assert parts == [b"sub", b"a3.csv", b"", b""]
    assert store.read_small("nothing") is None
    store.replace_small("small", b"")
    assert store.read_small("small") == b""
    store.remove("small")
    store.remove("small")
    assert store.read_small("small") is None


def test_an_object_that_changed_since_it_was_listed_is_refused(s3, s3_bucket, store, tmp_path):
    (file,) = store.list_files("a1.csv")
    s3.client().put_object(Bucket=s3_bucket, Key="a1.csv", Body=b"other!")

    with pytest.raises(UpstreamFailed, match="changed while it was being read") as caught:
        store.fetch([(file, tmp_path / "copy")], lambda size: None)

    assert caught.value.retryable


def test_a_ping_tells_good_keys_with_and_without_a_bucket(s3, s3_bucket):
    for changes in ({}, {"bucket": s3_bucket},
                    {"username": s3.reader_key, "password": s3.reader_secret}):  # fmt: skip
        driver = open_driver(s3.spec(1, "lake", **changes), LOOPBACK)
        driver.ping()
        driver.close()


@pytest.mark.parametrize(
    ("changes", "work", "code", "number"),
    [
        ({"password": "wrong"}, lambda d: d.ping(), "SignatureDoesNotMatch", 42),
        ({"username": "AKIAUNKNOWN0000000000"}, lambda d: d.ping(), "InvalidAccessKeyId", 42),
        ({"bucket": "not-here"}, lambda d: d.list_files("*"), "NoSuchBucket", 44),
        ({}, lambda d: d.read_part("missing.csv", 0, 9), "NoSuchKey", 44),
        ("reader", lambda d: d.replace_small("x", b"x"), "AccessDenied", 43),
    ],
    ids=["secret", "key", "bucket", "object", "right"],
)  # fmt: skip
def test_refusals_name_the_connection_the_code_and_a_way_out(
    s3, s3_bucket, changes, work, code, number
):
    if changes == "reader":
        changes = {"username": s3.reader_key, "password": s3.reader_secret}
    driver = open_driver(s3.spec(1, "lake", **{"bucket": s3_bucket, **changes}), LOOPBACK)

    with pytest.raises(UpstreamFailed) as caught:
        work(driver)

    message = caught.value.message
    assert message.startswith("lake: ")
    assert code in message
    assert find_pattern(message).number == number
    assert message.rstrip(".").count(". ") >= 1, "there is a way out"
    assert s3.secret not in message
    driver.close()


def test_a_missing_bucket_is_asked_for(s3):
    driver = open_driver(s3.spec(1, "lake"), LOOPBACK)

    with pytest.raises(InvalidInput, match="bucket: is required"):
        driver.list_files("*")
    with pytest.raises(InvalidInput, match="is no name of a bucket"):
        driver.list_files("*", "arn:aws:s3:evil:1:accesspoint/x")


# The reach policy


@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:9000", "http://localhost", "https://169.254.169.254", "http://[::1]:9000",
     "http://10.0.0.1", "http://2130706433", "http://0x7f.1"],
)  # fmt: skip
def test_inward_endpoints_are_refused(endpoint):
    spec = ConnectionSpec(1, "lake", "s3", {"endpoint": endpoint})

    with pytest.raises(NotAllowed, match="CONNECTION_ALLOW_HOSTS"):
        open_driver(spec, Reach(None))


@pytest.mark.parametrize(
    "settings",
    [{"endpoint": "http://u:p@host"}, {"endpoint": "ftp://host"}, {"endpoint": "http://host/path"},
     {"endpoint": "http://host?x"}, {"region": "x.evil.example/"}, {"region": "us-east-1@evil"},
     {"endpoint": "file:///etc/passwd"}],
)  # fmt: skip
def test_what_is_no_endpoint_or_region_is_refused(settings):
    with pytest.raises(InvalidInput):
        open_driver(ConnectionSpec(1, "lake", "s3", settings), Reach(None))


def test_a_name_that_turns_inward_after_it_was_judged_is_refused(monkeypatch, s3):
    answers = ["8.8.8.8", "127.0.0.1", "127.0.0.1"]

    def resolve(_host, _port):
        import ipaddress

        return [ipaddress.ip_address(answers.pop(0))]

    monkeypatch.setattr("connections.drivers.reach.resolve", resolve)
    spec = s3.spec(1, "lake", endpoint=f"http://store.example:{s3.port}", bucket="b-1")
    driver = open_driver(spec, Reach(None))

    with pytest.raises(NotAllowed, match="is this machine itself"):
        driver.ping()
    driver.close()


def test_keys_proxies_and_endpoints_of_the_process_are_not_used(s3, s3_bucket, monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": s3.key,
        "AWS_SECRET_ACCESS_KEY": s3.secret,
        "AWS_PROFILE": "nobody",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    good = open_driver(s3.spec(1, "lake", bucket=s3_bucket), LOOPBACK)
    nameless = open_driver(s3.spec(1, "lake", bucket=s3_bucket, username="", password=""), LOOPBACK)

    good.ping()
    with pytest.raises(UpstreamFailed):
        nameless.ping()
    good.close()
    nameless.close()


# Cancelling


def test_waiting_for_a_silent_server_ends_at_once_when_cancelled(silent_port):
    spec = ConnectionSpec(
        1, "lake", "s3",
        {"endpoint": f"http://127.0.0.1:{silent_port}", "bucket": "b-1", "username": "k",
         "password": "s"},
    )  # fmt: skip
    driver = open_driver(spec, LOOPBACK)
    asked = threading.Event()
    threading.Timer(0.7, asked.set).start()
    begun = time.monotonic()

    with (
        Watcher(asked.is_set) as watcher,
        watcher.watching(driver),
        pytest.raises(UpstreamFailed, match="was stopped"),
    ):
        driver.list_files("*")

    assert time.monotonic() - begun < 2.7
    driver.close()


@pytest.fixture
def silent_port():
    import socket

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_server_that_is_not_there_is_told_as_such(s3):
    driver = open_driver(
        s3.spec(1, "lake", endpoint="http://127.0.0.1:9", bucket="b-1"),
        Reach(None, allowed_hosts=("127.0.0.1:9",)),
    )

    with pytest.raises(UpstreamFailed, match=r"127\.0\.0\.1:9 cannot be reached") as caught:
        driver.ping()

    assert caught.value.retryable
    driver.close()


@pytest.mark.parametrize("directory", ["../x", "a/../b", ".", "/"])
def test_directories_outside_or_the_bucket_itself_are_refused(store, directory):
    write = FileWrite(directory=directory, format="parquet", action="replace")

    with pytest.raises(InvalidInput):
        store.writer(write, WriteToken(1, "c"), lambda level, message: None)
