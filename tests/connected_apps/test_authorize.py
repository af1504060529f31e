"""The authorization endpoint: what is stopped, what is refused, what goes on."""

import pytest

from connected_apps.models import Application, AuthorizationRequest
from connected_apps.oauth import authorize
from tests.connected_apps.conftest import VERIFIER, challenge_of, returned

LOOPBACK = "http://localhost:1/callback"


@pytest.mark.promise("sign_in.leads_to_consent")
def test_it_keeps_the_request_and_sends_the_browser_to_the_dashboard(flow, settings):
    settings.PUBLIC_URL = "https://dashboard.example"

    response = flow.authorize()

    assert response.headers["Location"].startswith("https://dashboard.example/connect/")
    stored = AuthorizationRequest.objects.get()
    assert (stored.scopes, stored.state) == ("mcp:read mcp:run mcp:write", "xyz")
    assert stored.id_hash not in response.headers["Location"]


def test_it_reads_and_sets_no_cookie(flow, django_assert_num_queries):
    with django_assert_num_queries(2):
        good = flow.browser.get(
            "/authorize",
            {
                "response_type": "code",
                "client_id": flow.client_id,
                "redirect_uri": LOOPBACK,
                "code_challenge": challenge_of(VERIFIER),
                "code_challenge_method": "S256",
            },
        )
    bad = flow.browser.get("/authorize", {"client_id": "nobody"})

    for response in (good, bad):
        assert not response.cookies
        assert "Cookie" not in response.headers.get("Vary", "")


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://localhost:41827/callback/",
        "http://localhost:41827/Callback",
        "http://LOCALHOST:41827/callback",
        "http://localhost:41827/call%62ack",
        "http://localhost:41827/x/%2e%2e/callback",
        "http://localhost:41827/x/../callback",
        "http://user@localhost:41827/callback",
        "http://localhost:41827@evil.example/callback",
        "http://localhost:41827/callback?next=https://evil.example",
        "http://localhost:41827/callback#x",
        "http://localhost.evil:41827/callback",
        "http://127.0.0.1:41827/callback",
        "https://localhost:41827/callback",
        "https://evil.example/callback",
        "javascript:alert(1)",
        "",
        None,
    ],
)
def test_another_redirect_address_ends_on_our_page(flow, redirect_uri):
    response = flow.authorize(redirect_uri=redirect_uri)

    assert response.status_code == 400
    assert "Location" not in response.headers
    assert "We stopped this request" in response.text
    assert "Nothing was granted" in response.text
    assert 'href="http://localhost' not in response.text
    assert 'href="https://evil' not in response.text
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.promise("sign_in.returns_to_the_local_callback")
@pytest.mark.parametrize("port", ["", ":1", ":65535"])
def test_a_loopback_port_may_differ(flow, port):
    assert flow.authorize(redirect_uri=f"http://localhost{port}/callback").status_code == 302


def test_the_port_of_a_web_address_may_not_differ(flow):
    flow.register(redirect_uris=["https://app.example/cb", "https://app.example:8443/other"])

    assert flow.authorize(redirect_uri="https://app.example/cb").status_code == 302
    assert flow.authorize(redirect_uri="https://app.example:444/cb").status_code == 400
    assert flow.authorize(redirect_uri="https://app.example/other").status_code == 400


@pytest.mark.parametrize("client_id", ["nobody", "", "x" * 300, "a\x00b", "<script>", None])
def test_an_unknown_client_ends_on_our_page(flow, client_id):
    response = flow.authorize(client_id=client_id)

    assert response.status_code == 400
    assert "We stopped this request" in response.text
    assert "<script>alert" not in response.text
    assert "<code><script>" not in response.text


def test_the_page_says_what_was_asked_and_what_is_registered(flow):
    response = flow.authorize(redirect_uri="https://claude-code.example.net/callback")

    assert "https://claude-code.example.net/callback" in response.text
    assert "<code>http://localhost/callback</code>, any port" in response.text
    assert "<code>acme</code>" in response.text
    assert "req_" in response.text


@pytest.mark.promise("sign_in.code_with_pkce_s256")
@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "a" * 42}, "invalid_request"),
        ({"code_challenge": "a" * 129}, "invalid_request"),
        ({"resource": "https://elsewhere.example/acme/api/mcp"}, "invalid_target"),
        ({"resource": "http://127.0.0.1:8000/acme"}, "invalid_target"),
        ({"state": "s" * 5000}, "invalid_request"),
    ],
)
def test_other_mistakes_go_back_to_the_client(flow, parameters, error):
    answer = returned(flow.authorize(**parameters))

    assert answer["error"] == error
    assert answer["iss"] == "http://127.0.0.1:8000"
    assert answer["state"][:3] in ("xyz", "sss")
    assert not AuthorizationRequest.objects.exists()


def test_nobody_is_sent_to_a_web_page_that_anyone_could_register(flow):
    flow.register(redirect_uris=["https://evil.example/cb"])
    mistaken = {"redirect_uri": "https://evil.example/cb", "response_type": "token"}

    response = flow.authorize(**mistaken)
    assert response.status_code == 400
    assert "response_type must be code" in response.text
    assert "Location" not in response.headers
    Application.objects.update(registration_source="cimd")
    assert returned(flow.authorize(**mistaken))["error"] == "unsupported_response_type"


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        (None, "mcp:read mcp:run mcp:write"),
        ("mcp:read", "mcp:read"),
        ("mcp:write offline_access mcp:read admin", "mcp:read mcp:write"),
        ("offline_access", "mcp:read mcp:run mcp:write"),
    ],
)
def test_known_scopes_are_kept_and_others_dropped(flow, scope, kept):
    flow.authorize(scope=scope)

    assert AuthorizationRequest.objects.get().scopes == kept


def test_a_parameter_given_twice_is_stopped(flow):
    response = flow.web.get(f"/authorize?client_id={flow.client_id}&client_id=other")

    assert response.status_code == 400
    assert "client_id: give one value" in response.text


def test_requests_of_one_address_are_throttled(flow, monkeypatch):
    monkeypatch.setattr(authorize, "AUTHORIZATIONS_A_MINUTE", 3)

    answers = [flow.authorize() for _ in range(4)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_name_is_shown_escaped(flow):
    flow.register(client_name="<script>alert(1)</script>")

    response = flow.authorize(redirect_uri="https://evil.example/")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in response.text
    assert Application.objects.filter(name="<script>alert(1)</script>").exists()
