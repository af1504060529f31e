import sqlite3

import pytest

from connections.services import create_connection


@pytest.fixture
def numbers(account, actor, local_root):
    """A connection to a table of 250 numbers."""
    database = sqlite3.connect(local_root / "numbers.db")
    database.execute("CREATE TABLE numbers (n integer)")
    database.executemany("INSERT INTO numbers VALUES (?)", [(n,) for n in range(250)])
    database.commit()
    database.close()
    return create_connection(
        account=account,
        name="numbers",
        kind="sqlite",
        settings={"database": "numbers.db"},
        actor=actor,
    )


@pytest.mark.promise("preview_data.arguments")
@pytest.mark.parametrize(("given", "rows"), [({}, 20), ({"row_count": 200}, 200)])
def test_20_rows_are_shown_unless_up_to_200_are_asked_for(call_tool, numbers, given, rows):
    data = call_tool("preview_data", connection_id=numbers.pk, table="numbers", **given).data

    assert len(data["rows"]) == data["row_count"] == rows
    assert {row["n"] for row in data["rows"]} <= set(range(250))


@pytest.mark.promise("preview_data.arguments")
def test_a_table_is_looked_for_in_the_schema_that_is_named(call_tool, place, postgres_orders):
    place.execute("CREATE SCHEMA archive", "CREATE TABLE archive.orders (id integer)")
    place.insert("archive.orders", "VALUES (99)")

    def ids(**schema):
        answer = call_tool(
            "preview_data", connection_id=postgres_orders.pk, table="orders", **schema
        )
        return sorted(row["id"] for row in answer.data["rows"])

    assert ids() == [1, 2, 3]
    assert ids(schema_name="archive") == [99]
