"""Canary secrets in every place that holds one; no answer, log, page or row shows them."""

import base64
import json
import urllib.parse

import pytest
from django.db import connection as database

from audit.models import AuditEntry
from connected_apps.tokens import is_well_formed
from connections import vault
from connections.drivers import DRIVERS
from connections.queries import open_specs
from mcp_endpoint.registry import TOOLS
from packages_app.models import Package
from runs.models import Run
from runs.services import submit_run
from tests.conftest import sample_flow

CANARY = "canary-7f3b9c1e5d"
FORMS = (
    CANARY,
    base64.b64encode(CANARY.encode()).decode().rstrip("="),
    urllib.parse.quote(CANARY, safe=""),
    CANARY.encode().hex(),
)


@pytest.fixture
def connections(files, make_connection):
    """One connection of every kind that has secrets, its secret fields all canaries."""
    made = [files]
    for kind, driver in DRIVERS.items():
        secret_names = [field.name for field in driver.fields() if field.is_secret]
        if secret_names:
            settings = {"host": "db.invalid", "port": 5432, "database": "d", "username": "u"}
            secrets = vault.encrypt(dict.fromkeys(secret_names, CANARY))
            made.append(
                make_connection(
                    f"{kind} {CANARY[:3]}",
                    kind,
                    category=driver.category,
                    settings=settings,
                    secrets=secrets,
                )
            )
    return made


@pytest.fixture
def packages(connections, make_package):
    """A package that completes, and one for each secret connection that fails on it."""
    made = [make_package(flow=sample_flow(connections[0].pk))]
    for connection in connections[1:]:
        flow = sample_flow(connections[0].pk)
        flow["components"][4] = {
            "database_destination_component": {
                "id": "c5",
                "name": "out",
                "connection_id": connection.pk,
                "target_table": "t",
                "schema": {"fields": [{"name": "carrier"}]},
            }
        }
        made.append(make_package(name=f"to {connection.kind}", flow=flow))
    sealed = vault.encrypt({"partner_key": CANARY})
    Package.objects.update(secret_variables=sealed)
    return made


def test_no_door_shows_a_secret(
    platform,
    packages,
    connections,
    account,
    actor,
    client,
    user,
    call_tool,
    wait_for,
):
    runs = [submit_run(account=account, package_id=p.pk, actor=actor) for p in packages]
    for run in runs:
        wait_for(run, seconds=60)
    client.force_login(user)

    seen = [
        json.dumps(call_tool(name, **arguments).raw)
        for name in TOOLS
        for arguments in _arguments(name, packages, runs, connections)
    ]
    for page in _pages(packages, runs):
        response = client.get(page)
        assert response.status_code == 200, page
        seen.append(response.content.decode())
    seen += [line.message for run in runs for line in run.log_lines.all()]
    seen += [run.error for run in runs]

    assert {run.status for run in runs[1:]} <= {Run.Status.FAILED}
    _assert_clean(seen)


def test_no_row_holds_a_usable_secret(packages, connections, token, user):
    with database.cursor() as cursor:
        texts = []
        for table in database.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            texts += [_text(value) for row in cursor.fetchall() for value in row]

    _assert_clean(texts)
    assert not [text for text in texts if is_well_formed(text)]
    assert AuditEntry.objects.exists()


def test_history_rows_hold_no_secret(packages):
    rows = [str(row) for package in packages for row in package.history.values()]

    _assert_clean(rows)


def test_a_connection_does_not_show_its_secrets_in_its_text(connections, account):
    specs = open_specs(account, [connection.pk for connection in connections])

    _assert_clean([repr(specs), str(specs)])


def _assert_clean(texts):
    for text in texts:
        for form in FORMS:
            assert form not in text, text[:500]


def _text(value):
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).decode("latin-1")
    return str(value)


def _arguments(name, packages, runs, connections):
    given = TOOLS[name].arguments.model_fields
    for package, run, connection in zip(packages, runs, connections, strict=False):
        values = {
            "package_id": package.pk,
            "run_id": run.pk,
            "connection_id": connection.pk,
            "table": "t",
            "query": "postgres",
            "path": "*.csv",
        }
        if name == "run_package":
            continue
        yield {field: value for field, value in values.items() if field in given}


def _pages(packages, runs):
    yield "/acme/packages"
    yield "/acme/runs"
    for package in packages:
        yield f"/acme/packages/{package.pk}"
        yield f"/acme/packages/{package.pk}?view=list"
    for run in runs:
        yield f"/acme/runs/{run.pk}"
        yield f"/acme/runs/{run.pk}/log"
