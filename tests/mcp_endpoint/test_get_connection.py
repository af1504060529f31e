import pytest

from connections import vault
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


def test_an_s3_connection_shows_its_place_and_suggests_what_reads_and_writes_files(
    call_tool, make_connection
):
    connection = make_connection(
        "lake",
        kind="s3",
        settings={"username": "AKIAX", "region": "eu-west-1", "bucket": "b-1", "endpoint": ""},
        secrets=vault.encrypt({"password": "canary"}),
    )

    answer = call_tool("get_connection", connection_id=connection.pk)

    assert answer.data["suggested_components"] == [
        "cloud_storage_source_component",
        "cloud_storage_destination_component",
    ]
    assert answer.data["settings"]["region"] == "eu-west-1"
    assert answer.data["secrets_set"] == ["password"]
    assert "canary" not in str(answer.raw)
