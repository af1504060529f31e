import pytest

from connections.services import create_connection


@pytest.mark.promise("get_connection.by_id", "get_connection.identifying_fields")
def test_a_connection_says_where_it_leads_and_nothing_to_sign_in_with(call_tool, account, actor):
    connection = create_connection(
        account=account,
        name="warehouse",
        kind="postgres",
        settings={"host": "db.example", "port": 5433, "database": "dwh", "username": "etl"},
        secrets={"password": "canary"},
        actor=actor,
    )

    answer = call_tool("get_connection", connection_id=connection.pk)

    shown = ("id", "name", "type", "host", "port", "database", "tunnel_type")
    assert {name: answer.data[name] for name in shown} == {
        "id": connection.pk,
        "name": "warehouse",
        "type": "postgres",
        "host": "db.example",
        "port": 5433,
        "database": "dwh",
        "tunnel_type": "direct",
    }
    assert "canary" not in str(answer.raw)
