"""Clients that are the address of a document: fetched with care, and judged."""

import datetime
import ipaddress
import json
import socket
import ssl
import threading
import time
from contextlib import closing

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connected_apps.models import Application
from connected_apps.oauth import clients, document_fetch
from connected_apps.oauth.document_fetch import Document, NoDocument, is_document_url

URL = "https://client.example/oauth/metadata.json"
GOOD = {
    "client_id": URL,
    "client_name": "Claude Code",
    "redirect_uris": ["http://localhost/callback", "http://evil.example/cb"],
    "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:device"],
    "token_endpoint_auth_method": "none",
}


@pytest.mark.parametrize("url", [URL, "https://claude.ai/oauth/claude-code-client-metadata"])
def test_addresses_of_documents_are_known_as_such(url):
    assert is_document_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://client.example/m.json",
        "https://client.example",
        "https://client.example/",
        "https://client.example:8443/m.json",
        "https://user@client.example/m.json",
        "https://client.example/m.json#x",
        "https://client.example/m.json?x=1",
        "https://client.example/../m.json",
        "https://client.example/./m.json",
        "https://localhost/m.json",
        "https://[::1]/m.json",
        "https://client.example/m\r\nHost: internal",
        "https://client.example\\@127.0.0.1/m.json",
        "https://client.example/" + "a" * 300,
        "Claude Code",
    ],
)
def test_other_client_ids_fetch_nothing(url):
    assert not is_document_url(url)


INTERNAL = [
    "127.0.0.1",
    "10.0.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104  an address to refuse
    "::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:7f00:1::1",
    "fe80::1",
    "fc00::1",
    "224.0.0.1",
]


def resolves_to(monkeypatch, *texts):
    def resolver(_host, port, **_options):
        kinds = [socket.AF_INET6 if ":" in text else socket.AF_INET for text in texts]
        pairs = zip(kinds, texts, strict=True)
        return [(kind, socket.SOCK_STREAM, 6, "", (text, port)) for kind, text in pairs]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)


@pytest.fixture
def connections(monkeypatch):
    """Every connection that is tried; none is made."""
    tried = []

    def create(address, *_arguments, **_options):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", create)
    return tried


@pytest.mark.parametrize("address", INTERNAL)
def test_nothing_internal_is_connected_to(monkeypatch, connections, address):
    resolves_to(monkeypatch, address)

    with pytest.raises(NoDocument):
        document_fetch.fetch(URL)
    assert connections == []


def test_one_internal_address_among_public_ones_spoils_the_host(monkeypatch, connections):
    resolves_to(monkeypatch, "93.184.216.34", "10.0.0.1")

    with pytest.raises(NoDocument):
        document_fetch.fetch(URL)
    assert connections == []


@pytest.mark.parametrize("host", ["0x7f.1", "127.1", "2130706433", "0177.0.0.1", "127.0.0.1"])
def test_spellings_of_this_machine_are_not_connected_to(connections, host):
    url = f"https://{host}/m.json"

    if is_document_url(url):
        with pytest.raises(NoDocument):
            document_fetch.fetch(url)
    assert connections == []


def test_a_name_that_resolves_elsewhere_later_gains_nothing(monkeypatch, connections):
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])

    def resolver(_host, port, **_options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in next(answers)]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)

    with pytest.raises(NoDocument):
        document_fetch.fetch(URL)
    assert connections == [("93.184.216.34", 443)]


def test_a_name_that_is_not_resolved_in_time_is_given_up(monkeypatch, connections):
    monkeypatch.setattr(document_fetch, "DEADLINE_SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: time.sleep(1) or [])
    started = time.monotonic()

    with pytest.raises(NoDocument):
        document_fetch.fetch(URL)
    assert time.monotonic() - started < 0.8


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of client.example that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client.example")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("client.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def answer_of(certificate):
    """Read one answer of a TLS server on this machine, which sends the given parts."""

    def read(parts, pause=0.0, host="client.example", seconds=3.0):
        server = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(server, certificate, parts, pause))
        thread.start()
        context = ssl.create_default_context(cafile=str(certificate))
        try:
            with closing(server):
                deadline = time.monotonic() + seconds
                return document_fetch.read_from(
                    server.getsockname(), host, "/oauth/metadata.json", deadline, context
                )
        finally:
            thread.join(timeout=10)

    return read


def _serve(server, certificate, parts, pause):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    try:
        connection, _ = server.accept()
        with connection, context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(4096)
            for part in parts:
                secure.sendall(part)
                time.sleep(pause)
    except OSError:
        pass  # the client has had enough


def response(body=b"{}", status="200 OK", kind="application/json", extra=""):
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{extra}\r\n"
    return [head.encode() + body]


def test_a_document_is_read(answer_of):
    body = json.dumps(GOOD).encode()

    document = answer_of(response(body, extra="Cache-Control: max-age=600\r\n"))

    assert document == Document(GOOD, 600)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("", 86_400), ("max-age=1", 300), ("max-age=999999999", 86_400), ("no-store", 300)],
)
def test_documents_are_kept_within_bounds(answer_of, header, seconds):
    assert answer_of(response(extra=f"Cache-Control: {header}\r\n")).fresh_for_seconds == seconds


@pytest.mark.parametrize(
    "parts",
    [
        response(status="302 Found", extra="Location: https://127.0.0.1/\r\n"),
        response(status="404 Not Found"),
        response(kind="text/html"),
        response(b"[]"),
        response(b"[" * 5000),
        response(b"{"),
        response(b"\xff\xfe"),
        response(b'{"a": "' + b"x" * 6000 + b'"}'),
        [b"SSH-2.0-OpenSSH\r\n"],
        [],
    ],
)
def test_what_is_no_document_is_refused(answer_of, parts):
    with pytest.raises(NoDocument):
        answer_of(parts)


def test_an_endless_answer_is_cut_off(answer_of):
    head = response(extra="Transfer-Encoding: chunked\r\n")
    chunks = [b"2000\r\n" + b" " * 0x2000 + b"\r\n"] * 1000

    with pytest.raises(NoDocument):
        answer_of(head + chunks)


def test_endless_headers_are_cut_off(answer_of):
    lines = [b"X-%d: %b\r\n" % (number, b"y" * 1000) for number in range(1000)]

    with pytest.raises(NoDocument):
        answer_of([b"HTTP/1.1 200 OK\r\n", *lines])


@pytest.mark.parametrize("start", [b"", response(b"")[0]])
def test_a_dripping_answer_ends_at_the_deadline(answer_of, start):
    started = time.monotonic()

    with pytest.raises((NoDocument, OSError)):
        answer_of([start, *([b" "] * 60)], pause=0.05, seconds=0.5)
    assert time.monotonic() - started < 1.5


def test_no_more_than_the_limit_is_ever_read():
    class Endless:
        given = 0

        def settimeout(self, _seconds):
            """There is always more at once."""

        def recv_into(self, view):
            self.given += len(view)
            return len(view)

    source = Endless()
    reader = document_fetch._Bounded(source, time.monotonic() + 5).makefile("rb")

    with pytest.raises(NoDocument):
        reader.read(1_000_000)
    assert source.given == document_fetch.MAX_READ_BYTES


def test_a_certificate_of_another_host_is_refused(answer_of):
    with pytest.raises(OSError, match="(?i)hostname mismatch|certificate"):
        answer_of(response(), host="other.example")


@pytest.fixture
def documents(monkeypatch):
    """The documents that exist, by address; None cannot be read. Counts the fetches."""
    published = {URL: GOOD}
    fetched = []

    def fetch(url):
        fetched.append(url)
        if published.get(url) is None:
            raise NoDocument("gone")
        return Document(published[url], 300)

    monkeypatch.setattr(clients, "fetch", fetch)
    published["fetched"] = fetched
    return published


def test_a_client_signs_in_by_its_document(flow, documents):
    flow.client_id = URL

    tokens = flow.sign_in()

    assert flow.call(tokens["access_token"]).status_code == 200
    client = Application.objects.get(client_id=URL)
    assert client.redirect_uris == "http://localhost/callback"
    assert clients.is_verified(client)


def test_a_document_is_fetched_once_while_it_is_fresh(flow, documents):
    flow.client_id = URL

    for _ in range(3):
        flow.authorize()

    assert documents["fetched"] == [URL]


def test_a_document_that_went_away_leaves_the_last_good_one(flow, documents):
    flow.client_id = URL
    flow.authorize()
    Application.objects.update(cimd_expires_at="2020-01-01T00:00:00Z")
    documents[URL] = None

    assert [flow.authorize().status_code for _ in range(3)] == [302, 302, 302]
    assert documents["fetched"] == [URL, URL]


def test_an_installation_without_a_way_out_reads_no_document(flow, documents, settings):
    flow.client_id = URL
    settings.CLIENT_METADATA_DOCUMENTS = False
    assert flow.authorize().status_code == 400

    settings.CLIENT_METADATA_DOCUMENTS = True
    flow.authorize()
    Application.objects.update(cimd_expires_at="2020-01-01T00:00:00Z")
    settings.CLIENT_METADATA_DOCUMENTS = False

    assert flow.authorize().status_code == 302
    assert documents["fetched"] == [URL]


def test_a_changed_document_is_in_force_when_it_is_read_again(flow, documents):
    flow.client_id = URL
    flow.authorize()
    Application.objects.update(cimd_expires_at="2020-01-01T00:00:00Z")
    documents[URL] = {**GOOD, "redirect_uris": ["https://client.example/cb"]}

    assert flow.authorize().status_code == 400
    assert flow.authorize(redirect_uri="https://client.example/cb").status_code == 302


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "https://client.example/other"},
        {"client_id": None},
        {"redirect_uris": ["http://evil.example/"]},
        {"redirect_uris": None},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"client_secret": "x"},
    ],
)
def test_a_document_that_does_not_hold_is_an_unknown_client(flow, documents, change):
    flow.client_id = URL
    documents[URL] = {**GOOD, **change}

    assert flow.authorize().status_code == 400
    assert not Application.objects.filter(client_id=URL).exists()


def test_fetches_at_once_are_few(flow, documents):
    flow.client_id = URL
    held = [clients._fetching.acquire(blocking=False) for _ in range(clients.MAX_FETCHES_AT_ONCE)]
    try:
        assert all(held)
        assert flow.authorize().status_code == 400
    finally:
        for _ in held:
            clients._fetching.release()
    assert documents["fetched"] == []
    assert flow.authorize().status_code == 302
