"""What every test may ask for."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from accounts import throttle
from accounts.models import Account, Membership, User
from accounts.services import create_account, create_user
from audit.actor import Actor, Door, command_actor
from connected_apps.services import create_token
from connections.models import Connection
from engine.flow import complete_document
from packages_app.editing import save_version
from packages_app.models import Package
from runs.models import Run
from runs.services import submit_run

pytest_plugins = [
    "tests.services.fixtures",
    "tests.platform",
    "tests.rivals",
    "tests.every_tool",
    "tests.promises.summary",
]

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fresh_throttle() -> None:
    """Tests fail to sign in more often in a minute than people may."""
    throttle._buckets.cache_clear()


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture
def actor() -> Actor:
    return command_actor("tests")


@pytest.fixture
def account(db, actor) -> Account:
    return create_account(subdomain="acme", name="Acme Air", actor=actor, mcp_enabled=True)


@pytest.fixture
def other_account(db, actor) -> Account:
    return create_account(subdomain="zenith", name="Zenith", actor=actor, mcp_enabled=True)


@pytest.fixture
def make_user(actor) -> Callable[..., User]:
    def make(account: Account, role: str = "owner", email: str | None = None) -> User:
        return create_user(
            email=email or f"{role}@{account.subdomain}.example",
            password=PASSWORD,
            account=account,
            role=role,
            name=f"{role.title()} of {account.name}",
            actor=actor,
        )

    return make


@pytest.fixture
def user(account, make_user) -> User:
    return make_user(account, Membership.Role.OWNER, "maya@acme.example")


@pytest.fixture
def stranger(other_account, make_user) -> User:
    return make_user(other_account, Membership.Role.OWNER, "charlie@zenith.example")


@pytest.fixture
def user_actor(user, account) -> Actor:
    return Actor(door=Door.PAGE, account_id=account.pk, user_id=user.pk, user_label=user.email)


@pytest.fixture
def token(account, user, actor) -> str:
    return create_token(account=account, user=user, name="Laptop", actor=actor)[1]


def sample_flow(connection_id: int = 1) -> dict[str, Any]:
    """Two sources, a filter, a join and a destination: enough for every list and picture."""
    fields = {"fields": [{"name": "carrier", "type": "string"}, {"name": "delay", "type": "long"}]}
    names = {"fields": [{"name": "carrier", "type": "string"}, {"name": "name", "type": "string"}]}
    return {
        "flow_version": "2.0.0",
        "components": [
            {
                "cloud_storage_source_component": {
                    "id": "c1",
                    "name": "flights",
                    "connection_id": connection_id,
                    "path": "flights.csv",
                    "delimiter": ",",
                    "header_row": True,
                    "schema": fields,
                }
            },
            {
                "filter_component": {
                    "id": "c2",
                    "name": "late",
                    "conditions": [{"left": "delay", "operator": "gt", "right": "$min_delay"}],
                }
            },
            {
                "cloud_storage_source_component": {
                    "id": "c3",
                    "name": "airlines",
                    "connection_id": connection_id,
                    "path": "airlines.csv",
                    "delimiter": ",",
                    "header_row": True,
                    "schema": names,
                }
            },
            {
                "join_component": {
                    "id": "c4",
                    "name": "with_airline",
                    "join_type": "left",
                    "conditions": [{"left_field": "carrier", "right_field": "carrier"}],
                }
            },
            {
                "cloud_storage_destination_component": {
                    "id": "c5",
                    "name": "late_flights",
                    "connection_id": connection_id,
                    "directory": "out/late",
                    "destination_format": "parquet",
                    "destination_action": "replace",
                    "schema": {
                        "fields": [{"name": "carrier"}, {"name": "delay"}, {"name": "name"}]
                    },
                }
            },
        ],
        "edges": [
            {"id": "e1", "source": "c1", "target": "c2"},
            {"id": "e2", "source": "c2", "target": "c4", "target_port": "left"},
            {"id": "e3", "source": "c3", "target": "c4", "target_port": "right"},
            {"id": "e4", "source": "c4", "target": "c5"},
        ],
    }


@pytest.fixture
def make_package(account, actor) -> Callable[..., Package]:
    """A package as its row may be, broken flows and lost connections included."""

    def make(name: str = "Late flights", **fields: Any) -> Package:
        fields.setdefault("account", account)
        fields.setdefault("variables", {"min_delay": "60"})
        document = complete_document(fields.pop("flow", sample_flow()))
        package = Package(name=name, data_flow_json=document, **fields)
        save_version(package, actor)
        return package

    return make


@pytest.fixture
def make_run(actor) -> Callable[..., Run]:
    """A submitted run; fields given are written into its row as they are."""

    def make(package: Package, **fields: Any) -> Run:
        run = submit_run(account=package.account, package_id=package.pk, actor=actor)
        if fields:
            Run.objects.filter(pk=run.pk).update(**fields)
            run.refresh_from_db()
        return run

    return make


@pytest.fixture
def make_connection(account) -> Callable[..., Connection]:
    def make(name: str = "flight-files", kind: str = "local_folder", **fields: Any) -> Connection:
        fields.setdefault("account", account)
        fields.setdefault("settings", {"path": "flight-files"})
        fields.setdefault("category", "cloud_storage")
        return Connection.objects.create(name=name, kind=kind, **fields)

    return make


@dataclass(frozen=True)
class ToolAnswer:
    """The result of a tools/call: its data without the boundary marks, whether it is an error, and
    the whole result."""

    data: Any
    is_error: bool
    raw: dict[str, Any]


@pytest.fixture
def rpc(client: Client, account, token) -> Callable[..., Any]:
    """Send one JSON-RPC message and get the HTTP response."""

    def send(method: str, params: Any = None, *, bearer: str = token, to: str = "acme") -> Any:
        message = {"jsonrpc": "2.0", "id": 1, "method": method}
        if params is not None:
            message["params"] = params
        return client.post(
            f"/{to}/api/mcp",
            data=json.dumps(message),
            content_type="application/json",
            headers={"Authorization": f"Bearer {bearer}"},
        )

    return send


@pytest.fixture
def call_tool(rpc) -> Callable[..., ToolAnswer]:
    def call(name: str, /, **arguments: Any) -> ToolAnswer:
        response = rpc("tools/call", {"name": name, "arguments": arguments})
        assert response.status_code == 200, response.content
        result = response.json()["result"]
        data = json.loads(result["content"][0]["text"])
        if not result["isError"]:
            assert data == result["structuredContent"]
        for mark in ("untrusted_begin", "untrusted_end"):
            data.pop(mark, None)
        return ToolAnswer(data, result["isError"], result)

    return call
