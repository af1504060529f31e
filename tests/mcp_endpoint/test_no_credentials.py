"""No tool returns a credential, a certificate or a key, whichever of them it is called with."""

import json

import pytest

from connections import vault
from mcp_endpoint.registry import TOOLS
from packages_app.models import Package
from tests.every_tool import CHANGING, READING

SECRETS = {
    "password": "canary-password",
    "ssl_key": "-----BEGIN PRIVATE KEY-----\ncanary-key\n-----END PRIVATE KEY-----",
    "tls_certificate": "-----BEGIN CERTIFICATE-----\ncanary-certificate\n-----END CERTIFICATE-----",
}
TRACES = ("canary", "BEGIN CERTIFICATE", "PRIVATE KEY")


@pytest.fixture
def calls(account, make_calls, make_connection):
    """By tool, its good call, and where it takes a connection one with the guarded connection."""
    good = make_calls(account)
    Package.objects.update(secret_variables=vault.encrypt({"partner_key": "canary-variable"}))
    guarded = make_connection(
        "everything guarded",
        "postgres",
        category="database",
        settings={"host": "db.invalid", "database": "d", "username": "u"},
        secrets=vault.encrypt(SECRETS),
    )
    return {
        name: [arguments, {**arguments, "connection_id": guarded.pk}]
        if "connection_id" in TOOLS[name].arguments.model_fields
        else [arguments]
        for name, arguments in good.items()
    }


@pytest.mark.promise("tools.no_credentials")
@pytest.mark.parametrize("name", [*READING, *CHANGING])
def test_no_answer_holds_anything_secret(call_tool, calls, name):
    answers = [call_tool(name, **arguments) for arguments in calls[name]]

    assert not answers[0].is_error, answers[0].data
    for answer in answers:
        text = json.dumps(answer.raw)
        assert [trace for trace in TRACES if trace in text] == []
