"""No connection leads to a place that the reach policy refuses, however the place is written."""

import socket

import pytest

from common.errors import InvalidInput, NotAllowed, UpstreamFailed
from connections.drivers import reach as policy
from connections.drivers.base import Reach

NOTHING_ALLOWED = Reach(None)

INWARD = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "localhost",
    "LOCALHOST", "::1", "[::1]", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1",
    "0:0:0:0:0:ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "0.0.0.0", "0", "::",  # noqa: S104
    "169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "0xa9fea9fe", "2852039166",
    "168.63.129.16", "100.100.100.200", "fd00:ec2::254", "fe80::1", "10.0.0.1", "10.1",
    "172.16.0.1", "172.31.255.255", "192.168.0.1", "::ffff:10.0.0.1", "2002:a00:1::", "fc00::1",
    "fd12:3456::1", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "ff02::1",
    "255.255.255.255", "240.0.0.1", "2001:db8::1", "fec0::1",
]  # fmt: skip


@pytest.mark.parametrize("host", INWARD)
def test_inward_addresses_are_refused_in_every_spelling(host):
    with pytest.raises(NotAllowed, match="CONNECTION_ALLOW_HOSTS"):
        policy.endpoint(host, 5432, NOTHING_ALLOWED)


@pytest.mark.parametrize(
    "host",
    ["/var/run/postgresql", "@abstract", "a,b", "127.0.0.1,8.8.8.8", "fe80::1%eth0", "a b", "",
     "host=evil", "a/b", "a\nb", "a\x00b", "user@host", "a?sslmode=disable", "1:2:3", "[::1", "-x",
     "ho\u2024st", "..", "x" * 300, "host:5432"],
)  # fmt: skip
def test_what_is_no_host_is_refused(host):
    with pytest.raises(InvalidInput, match="is not a host name or an IP address"):
        policy.endpoint(host, 5432, NOTHING_ALLOWED)


@pytest.mark.parametrize("host", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "134744072"])
def test_public_addresses_are_let_through_and_pinned(host):
    found = policy.endpoint(host, 5432, NOTHING_ALLOWED)

    expected = {"134744072": "8.8.8.8"}.get(host, host)
    assert found.addresses == (expected,)


@pytest.mark.parametrize("port", [22, 25, 6379, 9200, 11211, 2375])
def test_ports_of_other_protocols_are_refused_unless_named(port):
    with pytest.raises(NotAllowed, match="belongs to another protocol"):
        policy.endpoint("8.8.8.8", port, NOTHING_ALLOWED)
    with pytest.raises(NotAllowed, match="belongs to another protocol"):
        policy.endpoint("8.8.8.8", port, Reach(None, allowed_hosts=("8.8.8.8",)))

    allowed = Reach(None, allowed_hosts=(f"8.8.8.8:{port}",))
    assert policy.endpoint("8.8.8.8", port, allowed).port == port


@pytest.mark.parametrize(
    ("entry", "host", "port"),
    [
        ("127.0.0.1", "127.0.0.1", 5432),
        ("127.0.0.1:5433", "127.0.0.1", 5433),
        ("10.0.0.0/8", "10.200.3.4", 5432),
        ("localhost", "LocalHost", 5432),
        ("[::1]:5432", "::1", 5432),
        ("fd00::/8", "fd12::1", 5432),
        (" 127.0.0.1 ", "::ffff:127.0.0.1", 5432),
    ],
)
def test_the_operator_allows_hosts_ports_and_networks(entry, host, port):
    assert policy.endpoint(host, port, Reach(None, allowed_hosts=(entry,))).addresses


@pytest.mark.parametrize(
    ("entry", "host", "port"),
    [
        ("127.0.0.1:5433", "127.0.0.1", 5432),
        ("10.0.0.0/8", "192.168.0.1", 5432),
        ("127.0.0.2", "127.0.0.1", 5432),
        ("example.com", "127.0.0.1", 5432),
    ],
)
def test_an_exception_covers_no_more_than_it_says(entry, host, port):
    with pytest.raises(NotAllowed):
        policy.endpoint(host, port, Reach(None, allowed_hosts=(entry,)))


@pytest.mark.parametrize("entry", ["10.0.0.0/40", "a b", "host:port", "host:0", "host:70000"])
def test_an_exception_that_cannot_be_read_is_named(entry):
    with pytest.raises(InvalidInput, match="CONNECTION_ALLOW_HOSTS"):
        policy.endpoint("127.0.0.1", 5432, Reach(None, allowed_hosts=(entry,)))


def test_the_products_own_services_need_an_exception_with_their_port():
    own = (("localhost", 5432), ("127.0.0.1", 6379))
    network = Reach(None, allowed_hosts=("127.0.0.0/8",), own_services=own)

    with pytest.raises(NotAllowed, match="is a service of this installation itself"):
        policy.endpoint("127.0.0.1", 5432, network)

    assert policy.endpoint("127.0.0.1", 5433, network).port == 5433
    named = Reach(None, allowed_hosts=("127.0.0.1:5432",), own_services=own)
    assert policy.endpoint("127.0.0.1", 5432, named).port == 5432


def test_a_name_is_resolved_once_and_one_bad_address_spoils_it(monkeypatch):
    answers = [["8.8.8.8"], ["127.0.0.1"], ["8.8.8.8", "10.0.0.1"]]

    def resolver(_host, port, **_options):
        return [(None, None, None, "", (address, port)) for address in answers.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)

    assert policy.endpoint("db.example", 5432, NOTHING_ALLOWED).addresses == ("8.8.8.8",)
    with pytest.raises(NotAllowed):
        policy.endpoint("db.example", 5432, NOTHING_ALLOWED)
    with pytest.raises(NotAllowed):
        policy.endpoint("db.example", 5432, NOTHING_ALLOWED)


def test_a_name_without_an_address_says_so(monkeypatch):
    def resolver(*_arguments, **_options):
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", resolver)

    with pytest.raises(UpstreamFailed, match=r"The host nowhere\.example has no address"):
        policy.endpoint("nowhere.example", 5432, NOTHING_ALLOWED)
