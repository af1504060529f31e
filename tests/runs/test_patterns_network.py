"""HTTP, certificate, name and S3 rows of the failure list, with the words of real servers."""

import datetime
import http.server
import ipaddress
import json
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runs.patterns import find_pattern
from tests.services.daemons import HOST, free_port

OURS = x509.IPAddress(ipaddress.ip_address(HOST))


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers with the status in the path; /page with a page, /cut by hanging up."""

    def do_GET(self) -> None:
        name = self.path.strip("/")
        if name == "cut":
            self.connection.close()
            return
        body = b"<html>sign in</html>"
        self.send_response(int(name) if name.isdigit() else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer((HOST, 0), Answering)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def port() -> Iterator[int]:
    with serving() as number:
        yield number


def fetched(url: str, context: ssl.SSLContext | None = None) -> bytes:
    with urllib.request.urlopen(url, timeout=5, context=context) as answer:  # noqa: S310
        return bytes(answer.read())


@pytest.mark.parametrize(
    ("status", "number"),
    [(401, 66), (403, 67), (429, 68), (500, 69), (502, 69), (503, 69), (504, 69)],
)
def test_a_status_that_refuses_is_recognised(port, status, number):
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetched(f"http://{HOST}:{port}/{status}")

    assert find_pattern(str(refused.value)).number == number, refused.value


def test_a_page_instead_of_json_is_recognised(port):
    body = fetched(f"http://{HOST}:{port}/page")

    with pytest.raises(json.JSONDecodeError) as refused:
        json.loads(body)

    assert find_pattern(str(refused.value)).number == 70, refused.value


def test_a_server_that_hangs_up_is_recognised(port):
    with pytest.raises(OSError, match=".") as lost:
        fetched(f"http://{HOST}:{port}/cut")

    assert find_pattern(str(lost.value)).number == 69, lost.value


def test_a_port_where_nobody_listens_is_recognised():
    with pytest.raises(OSError, match=".") as refused:
        fetched(f"http://{HOST}:{free_port()}/")

    assert find_pattern(str(refused.value)).number == 73, refused.value


def test_a_name_that_nobody_knows_is_recognised():
    with pytest.raises(socket.gaierror) as refused:
        socket.getaddrinfo("no-such-host.invalid", 5432)

    assert find_pattern(str(refused.value)).number == 73, refused.value


def test_bytes_that_are_not_utf8_are_recognised():
    with pytest.raises(UnicodeDecodeError) as refused:
        b"caf\xe9 noir".decode()

    assert find_pattern(str(refused.value)).number == 72, refused.value


@pytest.fixture
def certificate(tmp_path) -> Callable[[int, x509.GeneralName], Path]:
    """Make a self-signed certificate for a host, valid up to so many days from now; with key."""

    def make(days: int, host: x509.GeneralName) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "db.example")])
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=30))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([host]), False)
            .sign(key, hashes.SHA256())
        )
        path: Path = tmp_path / f"{days}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        return path

    return make


@pytest.mark.parametrize(
    ("days", "host", "is_trusted", "words"),
    [
        (30, OURS, False, "self-signed certificate"),
        (-1, OURS, True, "certificate has expired"),
        (30, x509.DNSName("db.example"), True, "IP address mismatch"),
    ],
)
def test_a_certificate_that_cannot_be_trusted_is_recognised(
    certificate, days, host, is_trusted, words
):
    path = certificate(days, host)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(path)
    theirs = ssl.create_default_context(cafile=str(path) if is_trusted else None)

    with serving(ours) as port, pytest.raises(urllib.error.URLError) as refused:
        fetched(f"https://{HOST}:{port}/", theirs)

    assert words in str(refused.value)
    assert find_pattern(str(refused.value)).number == 74, refused.value


def test_encryption_spoken_to_a_server_without_it_is_recognised(port):
    with pytest.raises(urllib.error.URLError) as refused:
        fetched(f"https://{HOST}:{port}/", ssl.create_default_context())

    assert find_pattern(str(refused.value)).number == 74, refused.value
