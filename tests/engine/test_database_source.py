"""What a database source says about its properties before it runs, and does when it runs."""

import pytest

from engine.check import check_flow
from engine.execute import StageFailed
from engine.flow import parse_flow
from engine.variables import Variables
from tests.engine.flows import DUCKDB, SQLITE, Recorder, chain, component, table_destination
from tests.engine.tables import duckdb_rows, sqlite_rows


def source(**properties):
    given = {"connection_id": SQLITE, "schema": {"fields": [{"name": "a", "type": "long"}]}}
    return component("database_source", "in", **{**given, **properties})


def codes(**properties) -> list[tuple[str, str]]:
    flow = parse_flow(chain(source(**properties), table_destination("out", "t")))
    problems = check_flow(flow, Variables({"v": "'x'"}))
    return [(problem.code, problem.property) for problem in problems]


@pytest.mark.parametrize(
    ("clause", "code"),
    [
        ("WHERE a = 1", "where_keyword"),
        ("where(a = 1)", "where_keyword"),
        ("a = 1; DROP TABLE t", "unsafe_sql_fragment"),
        ("a = 1 -- all", "unsafe_sql_fragment"),
        ("a = 1 /* all */", "unsafe_sql_fragment"),
        ("a = 1) UNION SELECT a FROM s WHERE (1 = 1", "unsafe_sql_fragment"),
        ("a = 1) OR (1 = 1", "unsafe_sql_fragment"),
        ("(a = 1", "unsafe_sql_fragment"),
        ("a = 'x", "unsafe_sql_fragment"),
    ],
)
def test_a_where_clause_that_is_no_single_predicate_is_refused(clause, code):
    assert codes(source_table="s", where_clause=clause) == [(code, "where_clause")]


@pytest.mark.parametrize(
    "clause",
    ["a = 1", "a IN (1, 2) AND (b = ')' OR c = '(')", "wherever = 1", "c = 'it''s (' AND a > 0",
     "a > 0 AND c = '$v'"],
)  # fmt: skip
def test_a_predicate_in_the_databases_own_sql_is_let_through(clause):
    assert codes(source_table="s", where_clause=clause) == []


@pytest.mark.parametrize(
    "query",
    ["SELECT a, b AS A FROM s", "SELECT s.id, t.id FROM s JOIN t ON s.id = t.id",
     "SELECT 1 AS a, 2 AS a UNION SELECT 3, 4"],
)  # fmt: skip
def test_a_query_with_one_name_for_two_columns_is_refused(query):
    assert codes(access_mode="query", query=query) == [("query_columns_not_unique", "query")]


@pytest.mark.parametrize(
    "query", ["SELECT a, b FROM s", "SELECT *, 1 AS a FROM s", "SELECT s.* FROM s", "FROM s -> odd"]
)
def test_a_query_whose_columns_cannot_be_told_apart_here_is_left_to_the_database(query):
    assert codes(access_mode="query", query=query) == []


def test_a_query_cannot_be_split():
    given = {"access_mode": "query", "query": "SELECT 1 AS a", "split_by_column": "a"}

    assert codes(**given) == [("invalid_property_value", "split_by_column")]


@pytest.mark.parametrize("number", [0, -1, 33, "many"])
def test_the_number_of_connections_is_a_positive_one(number):
    found = codes(source_table="s", max_parallel_connections=number)

    assert found == [("invalid_property_value", "max_parallel_connections")]


@pytest.mark.parametrize("connection", [SQLITE, DUCKDB])
def test_columns_of_one_name_behind_a_star_are_found_by_the_database(bench, connection):
    for rows in (sqlite_rows, duckdb_rows):
        rows(bench.root, "CREATE TABLE s (a INTEGER)")
    query = "SELECT * FROM s AS x JOIN s AS y ON x.a = y.a"
    flow = chain(
        source(connection_id=connection, access_mode="query", query=query),
        table_destination("out", "t", connection_id=SQLITE),
    )

    with pytest.raises(StageFailed, match="more than one column called a"):
        bench.run(flow)


@pytest.mark.parametrize("connection", [SQLITE, DUCKDB])
def test_a_file_database_with_a_split_column_gives_every_row_once(bench, connection):
    rows = sqlite_rows if connection == SQLITE else duckdb_rows
    rows(bench.root, "CREATE TABLE s (a INTEGER)")
    rows(bench.root, "INSERT INTO s VALUES (1), (2), (NULL), (3)")
    reading = source(connection_id=connection, source_table="s", split_by_column="a",
                     max_parallel_connections=4)  # fmt: skip

    bench.run(chain(reading, table_destination("out", "t")))

    assert sorted(duckdb_rows(bench.root, "SELECT a FROM t"), key=str) == [
        (1,),
        (2,),
        (3,),
        (None,),
    ]


def test_a_copied_source_is_stored_before_its_destination_begins(bench):
    sqlite_rows(bench.root, "CREATE TABLE s (a INTEGER)")
    sqlite_rows(bench.root, "INSERT INTO s VALUES (1), (2)")
    recorder = Recorder()
    reading = source(source_table="s", source_action="copy")

    bench.run(chain(reading, table_destination("out", "t")), recorder=recorder)

    said = [(name, line.partition(" ")[0]) for _, name, line in recorder.lines]
    assert said.index(("in", "Read")) < said.index(("out", "Writing"))
    assert duckdb_rows(bench.root, "SELECT sum(a) FROM t") == [(3,)]
