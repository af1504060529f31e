import datetime
from decimal import Decimal

import duckdb
import pytest

from engine.backends.session import SessionLimits, open_session
from engine.expressions import FUNCTIONS, ExpressionRefused, compile_expression
from engine.expressions.parsing import MAX_LENGTH
from engine.fields import Field, Fields
from engine.variables import Variables

FIELDS = Fields(
    (
        Field("Amount", "double"),
        Field("price", "decimal(10,2)"),
        Field("n", "long"),
        Field("name", "string"),
        Field("day", "date"),
        Field("at", "datetime"),
        Field("paid", "boolean"),
    )
)
ROW = """
    SELECT 2.5::DOUBLE AS "Amount", 1.10::DECIMAL(10,2) AS price, -7::BIGINT AS n,
           'straße' AS name, DATE '2024-01-31' AS day,
           TIMESTAMP '2024-01-31 23:59:59.5' AS at, NULL::BOOLEAN AS paid
"""


def value_of(text: str, variables: Variables | None = None) -> object:
    tree, _ = compile_expression(text, FIELDS, variables or Variables())
    with open_session(SessionLimits()) as session:
        query = f"SELECT {tree.sql(dialect='duckdb', comments=False)} FROM ({ROW})"  # noqa: S608
        return session.execute(query).fetchall()[0][0]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_every_catalogue_function_does_what_its_example_says(function):
    text, expected = function.example

    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n / 0", None),
        ("n // 0", None),
        ("n % 0", None),
        ("7 // 2", 3),
        ("1 / 4", 0.25),
        ("price / 2", 0.55),
        ("cast(Amount AS int)", 3),
        ("cast(-2.5 AS int)", -3),
        ("cast(-Amount AS long)", -3),
        ("cast('1.9' AS int)", 2),
        ("try_cast('x' AS int)", None),
        ("cast(price AS decimal(10,1))", Decimal("1.1")),
        ("day + INTERVAL 1 MONTH", datetime.date(2024, 2, 29)),
        ("day + INTERVAL 1 HOUR", datetime.datetime.fromisoformat("2024-01-31T01:00")),
        ("date_trunc('month', day)", datetime.date(2024, 1, 1)),
        ("date_trunc('hour', at)", datetime.datetime.fromisoformat("2024-01-31T23:00")),
        ("day - DATE '2024-01-01'", 30),
        ("'a' || NULL", None),
        ("concat('a', NULL)", "a"),
        ("regexp_replace('aaa', 'a', 'b')", "bbb"),
        ("ln(n)", None),
        ("sqrt(n)", None),
        ("substring(name, n + 7, 2)", "st"),
        ("CASE WHEN paid THEN 1 ELSE 2 END", 2),
        ("paid IS NULL", True),
        ("NULL IN (1, 2)", None),
        ("3 NOT IN (1, NULL)", None),
        ("name LIKE 'str%' AND NOT paid IS NOT NULL", True),
        ("n BETWEEN -7 AND 0", True),
        ("day >= '2024-01-31'", True),
        ("amount", 2.5),
        ('"AMOUNT" + 1', 3.5),
        ("1 - (2 - 3)", 2),
        ("-n * 2 + 1", 15),
    ],
)
def test_meanings_are_written_out(text, expected):
    assert value_of(text) == expected


HOSTILE = [
    "getenv('HOME')",
    "read_text('/etc/passwd')",
    "(SELECT content FROM read_text('/etc/passwd'))",
    "(SELECT 1)",
    "EXISTS (SELECT 1)",
    "n IN (SELECT 1)",
    "1; DROP TABLE step_0",
    "1) FROM step_0; --",
    "DROP TABLE step_0",
    "COPY (SELECT 1) TO '/tmp/x'",
    "ATTACH '/tmp/x'",
    "PRAGMA database_list",
    "SET memory_limit = '1GB'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CALL duckdb_settings()",
    "query('select 1')",
    "duckdb_settings()",
    "current_setting('temp_directory')",
    "*",
    "COLUMNS('a')",
    "step_0.n",
    "x -> x + 1",
    "list_transform([1], x -> x)",
    "[1, 2][1]",
    "{'a': 1}",
    "cast(n AS STRUCT(x INT))",
    "cast(n AS INT[])",
    "sum(n)",
    "row_number() OVER ()",
    "n AS m",
    "?",
    "$1",
    "#1",
    "current_timestamp",
    "random()",
    "nextval('s')",
    "error('stop')",
    "reflect('java.lang.System', 'exit')",
    "pg_sleep(10)",
    "n COLLATE nocase",
    "e'a\\nb'",
    "n IS DISTINCT FROM (SELECT 1)",
    "CASE WHEN (SELECT true) THEN 1 END",
    "DESCRIBE step_0",
    "FROM step_0",
    "(FROM step_0)",
    "upper(*)",
    "a\x00b",
    "(" * 5_000,
    "not " * 3_000 + "paid",
    "-" * 3_000 + "1",
    "1" + "+1" * 4_000,
    "n" + " + n" * 100,
    "x" * (MAX_LENGTH + 1),
    "CASE WHEN true THEN " * 200,
    "[" * 3_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_refused_before_any_engine(text):
    with pytest.raises(ExpressionRefused):
        compile_expression(text, FIELDS, Variables())


def test_a_long_chain_within_the_limits_compiles():
    tree, word = compile_expression(" + ".join(["n"] * 90), FIELDS, Variables())

    assert word == "long"
    assert tree.sql(dialect="duckdb").count('"n"') == 90


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("amout", "unknown_input_field", "Did you mean Amount?"),
        ("uper(name)", "unknown_function", "Did you mean upper"),
        ("left(name)", "wrong_argument_count", ""),
        ("name > 5", "type_mismatch", "CAST"),
        ("name + 1", "type_mismatch", "||"),
        ("n +", "expression_syntax", ""),
        ("log(n)", "unknown_function", "log10"),
        ("cast(day AS int)", "type_mismatch", "epoch"),
        ("date_trunc('fortnight', day)", "expression_syntax", "week"),
        ("substring(name, 0)", "expression_syntax", ""),
    ],
)
def test_a_refusal_carries_its_code_and_a_way_out(text, code, words):
    with pytest.raises(ExpressionRefused) as caught:
        compile_expression(text, FIELDS, Variables())

    assert caught.value.code == code
    assert words in caught.value.hint


SECOND_WALL = [
    "SELECT * FROM read_text('{outside}')",
    "SELECT * FROM read_csv('{outside}')",
    "SELECT * FROM '{outside}'",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM read_csv('{link}')",
    "SELECT * FROM read_csv('{inside}/../outside.csv')",
    "SELECT getenv('HOME')",
    "SELECT * FROM secret_rows",
    "COPY (SELECT 1) TO '{outside}'",
    "ATTACH '{outside}.db'",
    "SET enable_external_access = true",
    "SET allowed_paths = ['/']",
    "SET memory_limit = '10GB'",
    "INSTALL httpfs",
    "LOAD httpfs",
]


@pytest.mark.parametrize("statement", SECOND_WALL)
def test_the_locked_session_reaches_nothing_even_without_the_check(tmp_path, statement):
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a.csv").write_text("a\n1\n")
    outside = tmp_path / "outside.csv"
    outside.write_text("secret\n1\n")
    (inside / "link.csv").symlink_to(outside)
    secret_rows = [("secret",)]
    statement = statement.format(outside=outside, inside=inside, link=inside / "link.csv")

    with (
        open_session(SessionLimits(), files=[inside / "a.csv"]) as session,
        pytest.raises(duckdb.Error),
    ):
        session.execute(statement).fetchall()

    assert secret_rows
    assert outside.read_text() == "secret\n1\n"


def test_the_locked_session_reads_the_file_it_was_given(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")

    with open_session(SessionLimits(), files=[path]) as session:
        rows = session.execute("SELECT a FROM read_csv($1)", [str(path)]).fetchall()

    assert rows == [(1,)]
