"""discover_schema, preview_data and test_connection, over every kind of database."""

import time

import pyarrow as pa
import pytest

from connections import inspection
from connections.drivers import open_driver
from connections.drivers.base import ReadColumn, TableRead, TableWrite, WriteToken
from connections.models import Connection
from connections.queries import installation_reach, open_specs
from tests.connections.conftest import postgres_connection

NOT_A_DATABASE = {"error": "connection not found, or not a database connection"}


@pytest.mark.promise("discover_schema.lists_tables", "discover_schema.arguments")
def test_discover_schema_lists_tables_and_views_in_pages(call_tool, orders):
    schema = "public" if orders.kind == "postgres" else "main"

    first = call_tool("discover_schema", connection_id=orders.pk, limit=1)
    second = call_tool("discover_schema", connection_id=orders.pk, limit=1, offset=1)

    assert first.data == {
        "connection_id": orders.pk,
        "offset": 0,
        "tables": [{"schema_name": schema, "name": "large", "type": "view"}],
        "next_offset": 1,
    }
    assert second.data["tables"] == [{"schema_name": schema, "name": "orders", "type": "table"}]
    assert second.data["next_offset"] is None


@pytest.mark.promise("discover_schema.arguments")
def test_discover_schema_narrows_by_schema_and_search(call_tool, orders):
    found = call_tool("discover_schema", connection_id=orders.pk, search="ORD").data
    nothing = call_tool("discover_schema", connection_id=orders.pk, schema_name="other").data

    assert [table["name"] for table in found["tables"]] == ["orders"]
    assert nothing["tables"] == []


@pytest.mark.promise("preview_data.rows_and_columns")
def test_preview_data_shows_columns_and_rows(call_tool, orders):
    answer = call_tool("preview_data", connection_id=orders.pk, table="orders").data

    assert [(c["name"], c["nullable"]) for c in answer["columns"]] == [
        ("id", True),
        ("amount", True),
        ("note", True),
    ]
    rows = [(r["id"], float(r["amount"]), r["note"]) for r in answer["rows"]]
    assert sorted(rows) == [(1, 10.5, "first"), (2, 2000.0, None), (3, 3000.25, "it's")]
    assert (answer["row_count"], answer["truncated"]) == (3, False)


@pytest.mark.promise("preview_data.where_clause")
@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("amount > 1000", [2, 3]),
        ("note = 'it''s'", [3]),
        ("note IS NULL OR id = 1", [1, 2]),
        ("lower(note) LIKE 'F%' OR upper(note) LIKE 'F%'", [1]),
        ("id IN (1, 3) AND NOT amount BETWEEN 1 AND 100", [3]),
    ],
)
def test_preview_data_filters_by_a_condition(call_tool, orders, clause, expected):
    answer = call_tool(
        "preview_data", connection_id=orders.pk, table="orders", where_clause=clause
    ).data

    assert sorted(row["id"] for row in answer["rows"]) == expected


def test_preview_data_shows_no_more_rows_than_asked(call_tool, orders):
    answer = call_tool("preview_data", connection_id=orders.pk, table="large", row_count=1).data

    assert answer["row_count"] == len(answer["rows"]) == 1


@pytest.mark.promise("preview_data.where_clause")
@pytest.mark.parametrize(
    "clause", ["id = 1; DROP TABLE orders", "id = 1 -- x", "id IN (SELECT 1)", "sleep(9) = 1"]
)
def test_preview_data_refuses_bad_clauses_before_the_database_sees_them(call_tool, orders, clause):
    answer = call_tool("preview_data", connection_id=orders.pk, table="orders", where_clause=clause)

    assert answer.is_error
    assert answer.data["error"].startswith("where_clause: ")
    assert call_tool("preview_data", connection_id=orders.pk, table="orders").data["row_count"] == 3


@pytest.mark.promise("preview_data.arguments")
@pytest.mark.parametrize(("count", "is_error"), [(0, True), (1, False), (200, False), (201, True)])
def test_preview_data_takes_1_to_200_rows(call_tool, postgres_orders, count, is_error):
    answer = call_tool(
        "preview_data", connection_id=postgres_orders.pk, table="orders", row_count=count
    )

    assert answer.is_error is is_error


@pytest.mark.parametrize(
    "table",
    ["nothing", "orders; DROP TABLE orders", 'or"ders', "or\x00ders", "x" * 128, "pg_shadow(1)",
     "orders WHERE 1 = 1", "\U0001f600", "select"],
)  # fmt: skip
def test_a_table_that_is_not_there_is_named_whatever_its_name_holds(call_tool, orders, table):
    answer = call_tool("preview_data", connection_id=orders.pk, table=table)

    assert answer.is_error
    assert "SELECT" not in answer.data["error"]
    assert call_tool("preview_data", connection_id=orders.pk, table="orders").data["row_count"] == 3


def test_odd_names_are_quoted_rightly(call_tool, place, postgres_orders):
    for name in ('we"ird', "select", "\U0001f600 t", "Orders", "a;b"):
        quoted = '"' + name.replace('"', '""') + '"'
        place.execute(f'CREATE TABLE {quoted} ("col""x" int)')
        place.insert(quoted, "VALUES (7)")

        answer = call_tool("preview_data", connection_id=postgres_orders.pk, table=name).data

        assert answer["rows"] == [{'col"x': 7}]


def test_the_database_itself_ends_a_preview_that_takes_too_long(
    call_tool, place, postgres_orders, monkeypatch
):
    monkeypatch.setattr(inspection, "PREVIEW_SECONDS", 1)
    place.execute("CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(30)::text AS v")
    started = time.monotonic()

    answer = call_tool("preview_data", connection_id=postgres_orders.pk, table="slow")

    assert time.monotonic() - started < 8
    assert answer.is_error
    assert "statement timeout" in answer.data["details"]


def test_a_view_that_writes_is_stopped_by_the_read_only_transaction(
    call_tool, place, postgres_orders
):
    place.execute(
        "CREATE FUNCTION meddle() RETURNS int LANGUAGE sql AS 'DELETE FROM orders RETURNING 1'",
        "CREATE VIEW trap AS SELECT meddle() AS id",
    )

    answer = call_tool("preview_data", connection_id=postgres_orders.pk, table="trap")

    assert "read-only transaction" in answer.data["details"]
    assert place.rows("SELECT count(*) FROM orders") == [(3,)]


def test_long_values_and_large_tables_are_cut_and_said_to_be(call_tool, place, postgres_orders):
    place.execute("CREATE TABLE wide AS SELECT repeat('x', 5000) AS v FROM generate_series(1, 500)")

    answer = call_tool(
        "preview_data", connection_id=postgres_orders.pk, table="wide", row_count=200
    )

    assert answer.data["truncated"]
    assert len(answer.data["rows"][0]["v"]) == inspection.MAX_CELL_CHARACTERS + 1
    assert len(answer.raw["content"][0]["text"]) < 100_000


@pytest.mark.promise("discover_schema.databases_only", "preview_data.databases_only")
@pytest.mark.parametrize("tool", ["discover_schema", "preview_data"])
def test_what_is_no_database_of_the_account_gets_the_same_words(
    call_tool, make_connection, other_account, tool
):
    arguments = {"table": "orders"} if tool == "preview_data" else {}
    folder = make_connection()
    foreign = make_connection(
        name="other", account=other_account, kind="sqlite", category="database"
    )

    for number in (folder.pk, foreign.pk, 999_999, 2**63):
        answer = call_tool(tool, connection_id=number, **arguments)
        assert answer.is_error
        assert answer.data == NOT_A_DATABASE


@pytest.mark.promise("test_connection.pings", "test_connection.outcome")
def test_test_connection_tells_success_and_remembers_it(call_tool, orders):
    answer = call_tool("test_connection", connection_id=orders.pk, connection_type=orders.kind)

    assert answer.data == {"connection_id": orders.pk, "success": True, "error_message": None}
    orders.refresh_from_db()
    assert orders.status == Connection.Status.OK
    assert orders.last_tested_at is not None
    assert orders.last_test_error == ""


@pytest.mark.promise("test_connection.pings", "test_connection.outcome")
def test_an_unreachable_system_is_a_normal_answer_without_the_password(
    call_tool, account, actor, place
):
    connection = postgres_connection(account, actor, place, port=1, password="canary-pass-word")

    answer = call_tool("test_connection", connection_id=connection.pk)

    assert not answer.is_error
    assert answer.data["success"] is False
    assert "refused" in answer.data["error_message"]
    assert "canary" not in str(answer.raw)
    connection.refresh_from_db()
    assert connection.status == Connection.Status.FAILING
    assert connection.last_test_error == answer.data["error_message"]


def test_a_secret_that_the_server_repeats_is_masked(call_tool, account, actor, place):
    role = f"reader_{place.database}"
    place.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'canary-pass-word'")
    connection = postgres_connection(
        account, actor, place, database="canary-pass-word", username=role,
        password="canary-pass-word",
    )  # fmt: skip

    answer = call_tool("test_connection", connection_id=connection.pk)

    place.execute(f"DROP ROLE {role}")
    assert "does not exist" in answer.data["error_message"]
    assert "canary-pass-word" not in str(answer.raw)


@pytest.mark.parametrize("tool", ["discover_schema", "preview_data", "test_connection"])
def test_the_reach_policy_holds_in_every_tool(call_tool, settings, postgres_orders, tool):
    settings.CONNECTION_ALLOW_HOSTS = []
    arguments = {"table": "orders"} if tool == "preview_data" else {}

    answer = call_tool(tool, connection_id=postgres_orders.pk, **arguments)

    words = answer.data["error_message" if tool == "test_connection" else "error"]
    assert "CONNECTION_ALLOW_HOSTS" in words


def test_the_products_own_database_is_refused(call_tool, settings, place, postgres_orders):
    settings.DATABASE_URL = place.server.url()

    answer = call_tool("test_connection", connection_id=postgres_orders.pk)

    assert "is a service of this installation itself" in answer.data["error_message"]


@pytest.mark.promise("test_connection.connection_type")
def test_test_connection_refuses_another_type_and_foreign_ids(call_tool, orders, other_account):
    wrong = call_tool("test_connection", connection_id=orders.pk, connection_type="local_folder")
    unknown = call_tool("test_connection", connection_id=999_999)

    assert wrong.data == unknown.data == {"error": "connection not found"}


def test_a_preview_fetches_no_more_of_a_long_value_than_it_shows(orders):
    spec = open_specs(orders.account, [orders.pk])[orders.pk]
    driver = open_driver(spec, installation_reach())
    writer = driver.writer(
        TableWrite("long", None, "append", (), create_table=True, add_columns=False),
        WriteToken(1, "c"),
        lambda level, message: None,
    )
    rows = pa.table({"v": ["äbcdefghij", None], "x": [b"0123456789", None], "n": [1234567, None]})
    writer.begin()
    writer.load(rows.schema, iter(rows.to_batches()))
    writer.commit()
    columns = tuple(ReadColumn(name) for name in ("v", "x", "n"))
    request = TableRead(columns, table="long", where="v = 'äbcdefghij'", value_limit=4)

    found = driver.read(request).read_all().to_pylist()

    driver.close()
    assert found == [{"v": "äbcd", "x": b"0123", "n": 1234567}]
