"""The HTTP client against a server that misbehaves."""

import gzip
import socket
import ssl
import subprocess
import threading
import time

import pytest

from common.errors import InvalidInput, NotAllowed, UpstreamFailed
from connections.drivers.base import Reach
from connections.drivers.web import WebClient, WebRequest, check_header, origin_of
from tests.rest.server import Answer, Service

ALLOWED = Reach(None, allowed_hosts=("127.0.0.1",))


@pytest.fixture
def client():
    client = WebClient("crm", ALLOWED)
    yield client
    client.close()


def get(url: str, **fields) -> WebRequest:
    return WebRequest("GET", url, **fields)


def test_an_answer_comes_whole_whatever_its_status(client, service):
    service.always({"é": 1}, 418, X_Tea="pot")

    answer = client.send(get(f"{service.url}/a?b=c"))

    assert (answer.status, answer.headers["x-tea"]) == (418, "pot")
    assert answer.text() == '{"\\u00e9": 1}'
    asked = service.asked[0]
    assert (asked.path, asked.query) == ("/a", {"b": "c"})
    assert asked.headers["host"] == f"127.0.0.1:{service.port}"


def test_loopback_is_refused_without_the_operators_leave(service):
    for reach in (Reach(None), Reach(None, allowed_hosts=("10.0.0.1",))):
        with pytest.raises(NotAllowed, match="is this machine itself"):
            WebClient("crm", reach).send(get(service.url))
    assert service.asked == []


@pytest.mark.parametrize("spelling", ["localhost", "127.1", "0x7f.1", "2130706433", "[::1]"])
def test_other_spellings_of_loopback_are_refused_too(service, spelling):
    with pytest.raises((NotAllowed, UpstreamFailed, InvalidInput)):
        WebClient("crm", Reach(None)).send(get(f"http://{spelling}:{service.port}/"))
    assert service.asked == []


@pytest.mark.parametrize("place", ["127.0.0.1", "169.254.169.254", "10.1.2.3", "[::1]"])
def test_a_redirect_to_a_host_that_is_refused_is_not_followed(service, place):
    inside = f"http://{place}:{service.port}/inside"
    service.behave = lambda asked: Answer(status=302, headers={"Location": inside})
    client = WebClient("crm", Reach(None, allowed_hosts=("localhost",)))

    with pytest.raises(NotAllowed, match="refused"):
        client.send(get(f"http://localhost:{service.port}/"))

    assert [asked.path for asked in service.asked] == ["/"]


def test_redirects_at_home_are_followed_to_an_end(client, service):
    def behave(asked):
        number = int(asked.path.strip("/") or 0)
        if number == 3:
            return Answer("there")
        return Answer(status=307, headers={"Location": f"/{number + 1}"})

    service.behave = behave
    assert client.send(get(service.url)).text() == '"there"'

    service.behave = lambda asked: Answer(status=302, headers={"Location": "/again"})
    with pytest.raises(UpstreamFailed, match="redirects more than 5 times"):
        client.send(get(service.url))


def test_credentials_do_not_follow_a_redirect_to_another_origin(client, service):
    other = Service()
    try:
        other.always("ok")
        service.behave = lambda asked: Answer(status=302, headers={"Location": f"{other.url}/x"})

        client.send(get(service.url, credentials={"X-Key": "secret", "Authorization": "Bearer s"}))

        assert service.asked[0].headers["x-key"] == "secret"
        assert not {"x-key", "authorization"} & other.asked[0].headers.keys()
    finally:
        other.close()


def test_a_redirected_post_is_answered_as_it_is(client, service):
    service.behave = lambda asked: Answer(status=302, headers={"Location": "/elsewhere"})

    answer = client.send(WebRequest("POST", service.url, body=b"x"))

    assert (answer.status, len(service.asked)) == (302, 1)


def drip(service, chunk: bytes = b"x", head: bytes = b"HTTP/1.1 200 OK\r\n\r\n"):
    def write(connection: socket.socket) -> None:
        connection.sendall(head)
        while not service.released.wait(0.05):
            try:
                connection.sendall(chunk)
            except OSError:
                return

    return write


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "])
def test_an_endless_drip_ends_with_the_time(client, service, head):
    service.behave = lambda asked: drip(service, head=head)

    began = time.monotonic()
    with pytest.raises(UpstreamFailed, match="no whole answer within 0.5 s") as failed:
        client.send(get(service.url, timeout_seconds=0.5))

    assert failed.value.retryable
    assert time.monotonic() - began < 1.5


def test_silence_is_broken_off_by_a_cancel_within_a_moment(client, service):
    service.behave = lambda asked: lambda connection: service.released.wait(30)
    threading.Timer(0.3, client.cancel).start()

    began = time.monotonic()
    with pytest.raises(UpstreamFailed, match="cancelled"):
        client.send(get(service.url))

    assert time.monotonic() - began < 1


def test_an_answer_over_the_limit_is_broken_off(client, service):
    service.behave = lambda asked: drip(service, b"x" * 100_000)

    with pytest.raises(UpstreamFailed, match="more than 1,000,000 bytes"):
        client.send(get(service.url, max_bytes=1_000_000))


def test_a_zip_bomb_is_measured_unpacked(client, service):
    service.behave = lambda asked: Answer(
        gzip.compress(b"0" * 50_000_000), headers={"Content-Encoding": "gzip"}
    )

    with pytest.raises(UpstreamFailed, match="more than 1,000,000 bytes"):
        client.send(get(service.url, max_bytes=1_000_000))


def test_half_an_answer_is_no_answer(client, service):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
    service.behave = lambda asked: lambda connection: connection.sendall(head)

    with pytest.raises(UpstreamFailed, match="broke off") as failed:
        client.send(get(service.url))
    assert failed.value.retryable


def test_a_server_that_is_not_there_is_told(client, service):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(UpstreamFailed, match=f"no connection to 127.0.0.1, port {port}"):
        client.send(get(f"http://127.0.0.1:{port}/secret?token=abc"))


def test_what_stands_in_a_query_is_never_told(client, service):
    service.behave = lambda asked: lambda connection: None

    with pytest.raises(UpstreamFailed) as failed:
        client.send(get(f"{service.url}/x?api_key=canary123"))

    assert "canary123" not in failed.value.message


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x", "file:///etc/passwd", "http://", "http://u:p@example.com", "http://a b/",
     "http://a/\r\nX: 1", "http://a:99999/", "//a/b", "javascript:alert(1)",
     "http://" + "a" * 9000],
)  # fmt: skip
def test_what_is_no_url_is_refused(url):
    with pytest.raises(InvalidInput):
        origin_of(url)


@pytest.mark.parametrize(
    ("name", "value"), [("", "x"), ("A B", "x"), ("A", "x\r\nB: y"), ("A\n", "x"), ("A", "é")]
)
def test_a_header_cannot_change_the_request(name, value):
    with pytest.raises(InvalidInput):
        check_header(name, value)


def test_connections_are_used_again_and_renewed_when_dropped(client, service):
    service.always("ok")
    client.send(get(service.url))
    client.send(get(service.url))
    service.behave = lambda asked: Answer("bye", headers={"Connection": "close"})
    client.send(get(service.url))
    service.always("ok")

    assert client.send(get(service.url)).status == 200
    ports = [asked.port for asked in service.asked]
    assert ports[0] == ports[1] == ports[2] != ports[3]


def certificate(folder, name: str) -> tuple[str, str]:
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
         "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return str(key), str(cert)


@pytest.mark.parametrize(
    ("name", "trusted", "words"),
    [
        ("localhost", True, None),
        ("localhost", False, "certificate verify failed"),
        ("other.example", True, "localhost"),
    ],
)
def test_tls_is_checked_against_the_hosts_name(service, tmp_path, name, trusted, words):
    key, cert = certificate(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    service._server.socket = context.wrap_socket(service._server.socket, server_side=True)
    service.always("safe")
    pem = (tmp_path / "cert.pem").read_text() if trusted else ""
    reach = Reach(None, allowed_hosts=("127.0.0.0/8", "::1"))
    client = WebClient("crm", reach, pem)
    request = get(f"https://localhost:{service.port}/", timeout_seconds=10)

    if words is None:
        assert client.send(request).text() == '"safe"'
    else:
        with pytest.raises(UpstreamFailed, match=words):
            client.send(request)
        assert service.asked == []
    client.close()
