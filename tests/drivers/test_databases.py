"""One suite for every database driver."""

import datetime
import threading
from decimal import Decimal
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from common.errors import InvalidInput, NotAllowed, NotFound, ProductError, UpstreamFailed
from connections.drivers import ConnectionSpec, Reach, open_driver
from connections.drivers.base import Operation, ReadColumn, TableRead, TableWrite, WriteToken
from tests.drivers.postgres_place import postgres_driver

FILE_KINDS = ("duckdb", "sqlite")
KINDS = (*FILE_KINDS, "postgres")
TOKEN = WriteToken(5, "c_1")


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    """Opens a driver of one kind; every call of one test gives the same empty database."""
    if request.param == "postgres":
        return partial(postgres_driver, request.getfixturevalue("postgres_place"), "books")
    return partial(file_driver, tmp_path, request.param)


@pytest.fixture(params=FILE_KINDS)
def file_database(request, tmp_path):
    return partial(file_driver, tmp_path, request.param)


def file_driver(root: Path, kind: str, file: str = "a.db", reach: Reach | None = None):
    spec = ConnectionSpec(1, "books", kind, {"database": file})
    return open_driver(spec, reach or Reach(root))


def quiet(_level: str, _message: str) -> None:
    return None


def target(operation: Operation = "append", *, keys: tuple[str, ...] = (), **changes) -> TableWrite:
    given = {"create_table": True, "add_columns": False, **changes}
    return TableWrite(table="t", schema=None, operation=operation, keys=keys, **given)


def deliver(database, rows: pa.Table, write: TableWrite, token: WriteToken = TOKEN) -> int:
    driver = database()
    try:
        writer = driver.writer(write, token, quiet)
        writer.begin()
        count = writer.load(rows.schema, iter(rows.to_batches(max_chunksize=2)))
        writer.commit()
        assert not writer.has_marker()
        return count
    finally:
        driver.close()


def read(database, columns: dict[str, str | None], **how) -> list[tuple]:
    driver = database()
    try:
        request = TableRead(
            tuple(ReadColumn(name, word) for name, word in columns.items()),
            **{"table": "t", **how},
        )
        table = driver.read(request).read_all()
        return [tuple(row.values()) for row in table.to_pylist()]
    finally:
        driver.close()


SAMPLE = pa.table(
    {
        "i": pa.array([1, None, 2**63 - 1], pa.int64()),
        "d": pa.array([0.1, -0.0, None], pa.float64()),
        "s": pa.array(["", None, "ünï'\"\n,"], pa.string()),
        "b": pa.array([True, False, None], pa.bool_()),
        "day": pa.array([datetime.date(2024, 2, 29), None, datetime.date(1, 1, 1)], pa.date32()),
        "at": pa.array(
            [datetime.datetime.fromisoformat("2024-02-29T23:59:59.123456"), None,
             datetime.datetime.fromisoformat("1969-12-31T00:00:00")],
            pa.timestamp("us"),
        ),
        "m": pa.array([Decimal("1.10"), Decimal("-9999999999999.99"), None], pa.decimal128(15, 2)),
        "x": pa.array([b"", None, b"\x00\xff"], pa.binary()),
    }
)  # fmt: skip


def test_every_type_survives_the_way_there_and_back(database):
    deliver(database, SAMPLE, target())

    columns = dict.fromkeys(SAMPLE.schema.names)
    assert read(database, columns) == [tuple(row.values()) for row in SAMPLE.to_pylist()]


def numbers(*rows: tuple[int, str | None]) -> pa.Table:
    keys = pa.array([k for k, _ in rows], pa.int64())
    return pa.table({"k": keys, "v": pa.array([v for _, v in rows], pa.string())})


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("append", [(1, "a"), (2, "b"), (2, "B"), (3, "C")]),
        ("overwrite_truncate", [(2, "B"), (3, "C")]),
        ("overwrite_delete", [(2, "B"), (3, "C")]),
        ("merge_delete_insert", [(1, "a"), (2, "B"), (3, "C")]),
        ("merge_update_insert", [(1, "a"), (2, "B"), (3, "C")]),
    ],
)
def test_each_operation_leaves_the_rows_it_promises(database, operation, expected):
    deliver(database, numbers((1, "a"), (2, "b")), target())
    keys = ("k",) if operation.startswith("merge") else ()

    count = deliver(database, numbers((2, "B"), (3, "C")), target(operation, keys=keys))

    assert count == 2
    assert sorted(read(database, {"k": None, "v": None})) == sorted(expected)


def test_a_merge_over_two_keys_updates_only_full_matches(database):
    first = pa.table({"a": [1, 1], "b": ["x", "y"], "n": [1, 2]})
    second = pa.table({"a": [1, 2], "b": ["y", "y"], "n": [20, 30]})
    deliver(database, first, target())

    deliver(database, second, target("merge_update_insert", keys=("a", "b")))

    assert sorted(read(database, {"a": None, "b": None, "n": None})) == [
        (1, "x", 1),
        (1, "y", 20),
        (2, "y", 30),
    ]


@pytest.mark.parametrize("operation", ["merge_delete_insert", "merge_update_insert"])
def test_doubled_and_missing_merge_keys_are_refused_and_nothing_changes(database, operation):
    deliver(database, numbers((1, "a")), target())

    with pytest.raises(InvalidInput, match=r"k = 7 comes 2 times"):
        deliver(database, numbers((7, "x"), (7, "y")), target(operation, keys=("k",)))
    nulls = pa.table({"k": pa.array([None], pa.int64()), "v": ["x"]})
    with pytest.raises(InvalidInput, match="no value in the merge key"):
        deliver(database, nulls, target(operation, keys=("k",)))

    assert read(database, {"k": None, "v": None}) == [(1, "a")]


def test_a_missing_table_or_column_is_named_with_the_way_out(database):
    rows = numbers((1, "a"))
    with pytest.raises(NotFound, match="no table t in books.*create_table"):
        deliver(database, rows, target(create_table=False))
    deliver(database, rows, target())
    wider = rows.append_column("extra", pa.array([1.5]))
    with pytest.raises(NotFound, match="The table t has no column extra"):
        deliver(database, wider, target())

    deliver(database, wider, target(add_columns=True))

    assert sorted(read(database, {"k": None, "extra": None}), key=str) == [(1, 1.5), (1, None)]


def test_a_value_that_a_column_cannot_hold_is_refused_before_anything_changes(database):
    deliver(database, numbers((1, "a")), target())

    wrong = pa.table({"k": [1.5], "v": ["b"]})
    with pytest.raises(InvalidInput, match="The column k of t is .* incoming field is double"):
        deliver(database, wrong, target("overwrite_truncate"))

    assert read(database, {"k": None, "v": None}) == [(1, "a")]


def test_markers_are_hidden_from_listings_and_found_again(database):
    driver = database()
    writer = driver.writer(target(), TOKEN, quiet)
    writer.begin()

    assert writer.has_marker()
    assert driver.tables(None, None, 10, 0) == []
    driver.close()
    other = database()
    assert other.writer(target(), TOKEN, quiet).has_marker()
    assert not other.writer(target(), WriteToken(6, "c_1"), quiet).has_marker()
    other.writer(target(), TOKEN, quiet).discard()
    assert not other.writer(target(), TOKEN, quiet).has_marker()
    other.close()


def test_an_abandoned_load_is_rolled_back_by_closing(database):
    deliver(database, numbers((1, "a")), target())
    driver = database()
    writer = driver.writer(target("overwrite_truncate"), TOKEN, quiet)
    writer.begin()
    writer.load(numbers((2, "b")).schema, iter(numbers((2, "b")).to_batches()))

    driver.close()

    assert read(database, {"k": None, "v": None}) == [(1, "a")]


def test_tables_and_columns_are_listed_with_search_and_pages(database):
    for name in ("orders", "order_lines", "people"):
        driver = database()
        writer = driver.writer(
            TableWrite(name, None, "append", (), create_table=True, add_columns=False), TOKEN, quiet
        )
        writer.begin()
        writer.load(numbers().schema, iter([]))
        writer.commit()
        driver.close()
    driver = database()

    assert [t.name for t in driver.tables(None, "ORDER", 10, 0)] == ["order_lines", "orders"]
    assert [t.name for t in driver.tables(None, None, 1, 1)] == ["orders"]
    assert [(c.name, c.type) for c in driver.columns(None, "people")] == [
        ("k", "long"),
        ("v", "string"),
    ]
    with pytest.raises(NotFound, match="no table nothing in books"):
        driver.columns(None, "nothing")
    driver.close()


@pytest.mark.parametrize("file", ["../a.db", "/etc/passwd", "~/a.db", "x/../../a.db"])
def test_paths_outside_the_root_are_refused(file_database, file):
    with pytest.raises(InvalidInput):
        file_database(file)


def test_a_link_out_of_the_root_is_refused(file_database, tmp_path):
    outside = tmp_path.parent / f"outside-{tmp_path.name}"
    outside.mkdir()
    (tmp_path / "link").symlink_to(outside)

    with pytest.raises(InvalidInput, match="leads outside"):
        file_database("link/a.db")


def test_without_a_root_local_databases_are_off(file_database):
    with pytest.raises(NotAllowed, match="LOCAL_DATA_ROOT"):
        file_database(reach=Reach(None))


def test_a_missing_file_is_not_created_by_reading(file_database, tmp_path):
    driver = file_database()

    with pytest.raises(NotFound, match=r"a\.db of books does not exist"):
        driver.ping()

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_told_in_one_line(file_database, tmp_path):
    (tmp_path / "a.db").write_bytes(b"not a database at all" * 100)
    driver = file_database()

    with pytest.raises(UpstreamFailed) as caught:
        driver.ping()

    assert "\n" not in caught.value.message
    assert caught.value.message.startswith("books: ")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM t",
        "SELECT 1 AS k) AS q; DELETE FROM t; --",
        "SELECT 1 AS k; DELETE FROM t",
        "ATTACH 'other.db' AS o",
        "PRAGMA table_info(t)",
    ],
)
def test_a_query_can_only_read(database, query):
    deliver(database, numbers((1, "a")), target())

    with pytest.raises(ProductError):
        read(database, {"k": None}, table=None, query=query)

    assert read(database, {"k": None, "v": None}) == [(1, "a")]


def test_secrets_do_not_show_in_the_text_form():
    spec = ConnectionSpec(1, "books", "sqlite", {"password": "canary"})

    assert "canary" not in repr(spec)
    assert "canary" not in str(spec)


def test_unknown_kinds_and_settings_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match="no connection kind"):
        open_driver(ConnectionSpec(1, "x", "oracle", {}), Reach(tmp_path))
    with pytest.raises(InvalidInput, match="database"):
        open_driver(ConnectionSpec(1, "x", "sqlite", {}), Reach(tmp_path))


def test_sqlite_refuses_what_it_would_change_silently(tmp_path):
    def sqlite():
        return open_driver(ConnectionSpec(1, "b", "sqlite", {"database": "a"}), Reach(tmp_path))

    long_decimal = pa.table({"m": pa.array([Decimal("1.1")], pa.decimal128(30, 2))})
    with pytest.raises(InvalidInput, match="15 is the most"):
        deliver(sqlite, long_decimal, target())
    with pytest.raises(InvalidInput, match="NaN"):
        deliver(sqlite, pa.table({"d": [float("nan")]}), target())


def test_several_threads_of_one_process_may_look_into_one_file(database):
    deliver(database, numbers((1, "a")), target())
    found, start = [], threading.Barrier(6)

    def look() -> None:
        start.wait()
        found.append(read(database, {"k": None, "v": None}))

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [[(1, "a")]] * 6
