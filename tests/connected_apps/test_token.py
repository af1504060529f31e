"""The token endpoint: once for a code, rotation, and what ends a connection."""

import base64
import json

import pytest

from audit.models import AuditEntry
from connected_apps.cleanup import forget_expired
from connected_apps.models import AccessToken, ConnectedApplication, Grant, RefreshToken
from connected_apps.oauth.issue import REFRESH_LIFETIME
from connected_apps.tokens import is_well_formed
from tests.connected_apps.conftest import CALLBACK, VERIFIER, later, returned


def is_refused(response, error="invalid_grant", status=400):
    assert response.status_code == status, response.text
    assert response.json()["error"] == error
    assert response.headers["Cache-Control"] == "no-store"
    return True


def test_tokens_are_typed_and_checksummed(flow):
    tokens = flow.sign_in()

    assert tokens["access_token"].startswith("ioa_")
    assert tokens["refresh_token"].startswith("ior_")
    assert is_well_formed(tokens["access_token"])
    assert is_well_formed(tokens["refresh_token"])


@pytest.mark.promise("sign_in.code_with_pkce_s256")
@pytest.mark.parametrize(
    ("verifier", "error"),
    [
        (None, "invalid_request"),
        ("v" * 42, "invalid_request"),
        ("v" * 129, "invalid_request"),
        ("ü" * 50, "invalid_request"),
        ("w" * 64, "invalid_grant"),
    ],
)
def test_a_code_needs_its_verifier(flow, verifier, error):
    code = flow.code()

    assert is_refused(flow.redeem(code, code_verifier=verifier), error)
    assert not AccessToken.objects.exists()
    assert flow.redeem(code).status_code == 200


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"redirect_uri": "http://localhost:41828/callback"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code": "invented"}, "invalid_grant"),
        ({"code": None}, "invalid_grant"),
        ({"resource": "http://127.0.0.1:8000/zenith/api/mcp"}, "invalid_target"),
        ({"resource": "https://elsewhere.example/"}, "invalid_target"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
    ],
)
def test_what_does_not_fit_the_authorization_is_refused(flow, parameters, error):
    code = flow.code()

    assert is_refused(flow.redeem(**{"code": code, **parameters}), error)
    assert not AccessToken.objects.exists()


def test_a_code_of_another_client_is_refused(flow):
    code = flow.code()
    flow.register()

    assert is_refused(flow.redeem(code))


def test_a_code_expires(flow):
    code = flow.code()

    with later(minutes=3):
        assert is_refused(flow.redeem(code))


def test_a_code_used_twice_ends_what_the_first_use_made(flow):
    code = flow.code()
    tokens = flow.redeem(code).json()

    assert is_refused(flow.redeem(code))

    assert flow.call(tokens["access_token"]).status_code == 401
    assert is_refused(flow.refresh(tokens["refresh_token"]))
    connection = ConnectedApplication.objects.get()
    assert (connection.status, connection.ended_because) == (
        "revoked",
        "its authorization code was used twice",
    )
    assert AuditEntry.objects.filter(action="revoke", object_id=connection.pk).exists()


def test_an_unknown_client_is_401_so_that_it_registers_again(flow):
    flow.client_id = "forgotten"

    assert is_refused(flow.refresh("x"), "invalid_client", 401)
    assert is_refused(flow.token(client_id=None), "invalid_client", 401)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_confidential_client_shows_its_secret(flow, method):
    secret = flow.register(token_endpoint_auth_method=method).json()["client_secret"]
    code = flow.code()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }

    assert is_refused(flow.redeem(code), "invalid_client", 401)
    assert is_refused(flow.redeem(code, client_secret="wrong"), "invalid_client", 401)
    if method == "client_secret_post":
        assert flow.redeem(code, client_secret=secret).status_code == 200
        return
    basic = base64.b64encode(f"{flow.client_id}:{secret}".encode()).decode()
    response = flow.web.post("/token", form, headers={"Authorization": f"Basic {basic}"})
    assert response.status_code == 200
    wrong = flow.web.post("/token", form, headers={"Authorization": "Basic !!!"})
    assert wrong.status_code == 401
    assert wrong.headers["WWW-Authenticate"].startswith("Basic")


def test_a_form_that_cannot_be_read_is_a_json_400(flow):
    many = "&".join(f"a{number}=1" for number in range(2000))
    twice = f"client_id={flow.client_id}&client_id=x"

    for body in (many, twice):
        response = flow.web.post("/token", body, content_type="application/x-www-form-urlencoded")
        assert is_refused(response, "invalid_request")
    assert is_refused(
        flow.web.post("/token", json.dumps({}), content_type="application/json"),
        "invalid_client",
        401,
    )


def test_a_refresh_rotates_and_keeps_the_connection(flow):
    first = flow.sign_in()

    second = flow.refresh(first["refresh_token"], resource=flow.resource).json()

    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == first["scope"]
    assert flow.call(second["access_token"]).status_code == 200
    assert ConnectedApplication.objects.count() == 1


def test_a_lost_answer_can_be_asked_for_once_more_within_the_grace(flow):
    first = flow.sign_in()
    second = flow.refresh(first["refresh_token"]).json()

    with later(seconds=55):
        again = flow.refresh(first["refresh_token"])
        assert again.status_code == 200
        assert is_refused(flow.refresh(first["refresh_token"]))
        assert flow.call(again.json()["access_token"]).status_code == 200
        assert flow.refresh(again.json()["refresh_token"]).status_code == 200
        assert flow.refresh(second["refresh_token"]).status_code == 200


def test_an_old_refresh_token_after_the_grace_ends_the_connection(flow):
    first = flow.sign_in()
    second = flow.refresh(first["refresh_token"]).json()

    with later(seconds=65):
        assert is_refused(flow.refresh(first["refresh_token"]))

        assert flow.call(second["access_token"]).status_code == 401
        assert is_refused(flow.refresh(second["refresh_token"]))
    connection = ConnectedApplication.objects.get()
    assert connection.status == "revoked"
    assert connection.ended_because == "an old refresh token was used again"
    entry = AuditEntry.objects.get(action="revoke")
    assert entry.reason == "an old refresh token was used again"
    assert entry.account_id == connection.account_id


def test_a_refresh_may_narrow_and_not_widen(flow):
    tokens = flow.sign_in()

    narrow = flow.refresh(tokens["refresh_token"], scope="mcp:read").json()
    assert narrow["scope"] == "mcp:read"
    wide = flow.refresh(narrow["refresh_token"]).json()
    assert wide["scope"] == "mcp:read mcp:run mcp:write"


def test_a_refresh_beyond_the_grant_is_refused_and_spends_nothing(flow):
    answer = returned(flow.answer(flow.consent_page(), access="read"))
    tokens = flow.redeem(answer["code"]).json()

    assert is_refused(
        flow.refresh(tokens["refresh_token"], scope="mcp:read mcp:write"), "invalid_scope"
    )
    elsewhere = "http://127.0.0.1:8000/zenith/api/mcp"
    assert is_refused(flow.refresh(tokens["refresh_token"], resource=elsewhere), "invalid_target")
    assert flow.refresh(tokens["refresh_token"]).status_code == 200


def test_a_refresh_token_of_another_client_is_refused(flow):
    tokens = flow.sign_in()
    flow.register()

    assert is_refused(flow.refresh(tokens["refresh_token"]))
    assert flow.call(tokens["access_token"]).status_code == 200


def test_a_refresh_token_is_no_bearer_token(flow):
    tokens = flow.sign_in()

    assert flow.call(tokens["refresh_token"]).status_code == 401


def test_a_refresh_token_expires_without_use(flow):
    tokens = flow.sign_in()

    with later(seconds=REFRESH_LIFETIME.total_seconds() + 1):
        assert is_refused(flow.refresh(tokens["refresh_token"]))


@pytest.mark.promise("sign_in.short_lived")
def test_an_access_token_lives_two_hours(flow):
    tokens = flow.sign_in()

    with later(seconds=7190):
        assert flow.call(tokens["access_token"]).status_code == 200
    with later(seconds=7201):
        assert flow.call(tokens["access_token"]).status_code == 401


def test_a_person_who_may_not_sign_in_gets_no_tokens(flow, user):
    code = flow.code()
    tokens = flow.redeem(code).json()
    user.is_active = False
    user.save()

    assert is_refused(flow.refresh(tokens["refresh_token"]))
    assert flow.call(tokens["access_token"]).status_code == 401


def test_a_person_who_left_since_the_consent_gets_no_tokens(flow, user):
    code = flow.code()
    user.memberships.all().delete()

    assert is_refused(flow.redeem(code))
    assert not ConnectedApplication.objects.exists()


def test_a_client_revokes_a_refresh_token_and_all_goes(flow):
    tokens = flow.sign_in()

    def revoke(token):
        return flow.web.post("/revoke", {"token": token, "client_id": flow.client_id}).status_code

    assert revoke("unknown") == 200
    assert flow.call(tokens["access_token"]).status_code == 200
    assert revoke(tokens["refresh_token"]) == revoke(tokens["refresh_token"]) == 200
    assert flow.call(tokens["access_token"]).status_code == 401
    assert ConnectedApplication.objects.get().ended_because == "the application signed out"


def test_a_client_revokes_an_access_token_alone(flow):
    tokens = flow.sign_in()

    flow.web.post("/revoke", {"token": tokens["access_token"], "client_id": flow.client_id})

    assert flow.call(tokens["access_token"]).status_code == 401
    assert flow.refresh(tokens["refresh_token"]).status_code == 200


def test_a_client_cannot_revoke_the_tokens_of_another(flow, token):
    tokens = flow.sign_in()
    flow.register()

    for one in (tokens["access_token"], tokens["refresh_token"], token):
        response = flow.web.post("/revoke", {"token": one, "client_id": flow.client_id})
        assert response.status_code == 200
    assert flow.call(tokens["access_token"]).status_code == 200
    assert flow.call(token).status_code == 200


def test_what_has_expired_is_forgotten_and_live_things_stay(flow):
    old = flow.sign_in()
    with later(days=3):
        live = flow.refresh(old["refresh_token"]).json()
        forget_expired()

        assert not Grant.objects.exists()
        assert AccessToken.objects.count() == 1
        assert RefreshToken.objects.count() == 2
        assert flow.refresh(live["refresh_token"]).status_code == 200
    with later(days=100):
        forget_expired()
        forget_expired()

        assert not RefreshToken.objects.exists()
        assert not AccessToken.objects.exists()
        assert ConnectedApplication.objects.get().status == "expired"
