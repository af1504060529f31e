"""Hostile input stops at the check; and without the check the locked session gives nothing away."""

import threading
from contextlib import suppress

import duckdb
import pytest

from engine.backends.session import SessionLimits, open_session
from engine.expressions import ExpressionRefused, compile_expression
from engine.fields import Field, Fields
from engine.variables import Variables
from tests.engine.hostile import NESTED, filled, hostile_expressions

FIELDS = Fields(
    (
        Field("n", "long"),
        Field("name", "string"),
        Field("m", "json"),
        Field("day", "date"),
        Field("paid", "boolean"),
    )
)
HOSTILE = hostile_expressions()
CANARY = "canary-4c1f77"


def test_there_are_hundreds_of_them():
    assert len(HOSTILE) > 700
    assert len(set(HOSTILE)) == len(HOSTILE)


@pytest.mark.parametrize("number", range(0, len(HOSTILE), 50))
def test_hostile_input_is_refused_before_any_engine(number):
    accepted = []
    for text in HOSTILE[number : number + 50]:
        try:
            compile_expression(filled(text), FIELDS, Variables())
        except ExpressionRefused:
            continue
        accepted.append(text[:200])

    assert accepted == []


@pytest.mark.parametrize("number", range(0, len(HOSTILE), 50))
def test_as_a_variable_it_is_refused_as_well(number):
    accepted = []
    for text in HOSTILE[number : number + 50]:
        try:
            compile_expression("$v", FIELDS, Variables({"v": filled(text)}))
        except ExpressionRefused:
            continue
        accepted.append(text[:200])

    assert accepted == []


@pytest.mark.parametrize("number", range(0, len(HOSTILE), 50))
def test_as_a_value_it_is_a_text_and_nothing_else(number):
    for text in HOSTILE[number : number + 50]:
        value = filled(text)
        tree, word = compile_expression("'<$v>'", FIELDS, Variables({}, {"v": value}))

        assert word == "string"
        assert tree.this == f"<{value}>"
        written = "SELECT " + tree.sql(dialect="duckdb")
        assert duckdb.sql(written).fetchall() == [(f"<{value}>",)]


@pytest.fixture
def locked(tmp_path, monkeypatch):
    """Runs a statement in a locked session; gives everything it says."""
    monkeypatch.setenv("CANARY", CANARY)
    outside = tmp_path / "outside.csv"
    outside.write_text(f"{CANARY}\n{CANARY}\n")
    written = tmp_path / "written"

    with open_session(SessionLimits()) as session:

        def say(statement):
            with suppress(duckdb.Error):
                session.rollback()
            session.execute(
                "CREATE OR REPLACE TEMP TABLE step_0 AS"
                " SELECT 1::BIGINT AS n, 'a' AS name, '{}' AS m, true AS paid,"
                " DATE '2024-01-01' AS day"
            )
            timer = threading.Timer(2.0, session.interrupt)
            timer.start()
            try:
                answer = session.execute(filled(statement, str(outside), str(written)))
                return repr(answer.fetchall()) if answer else ""
            except duckdb.Error as error:
                return str(error)
            finally:
                timer.cancel()
                timer.join()

        yield say
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside.csv"]


def test_without_the_check_the_session_still_reads_no_file_and_no_environment(locked):
    told = {}
    placed = set(HOSTILE[-500:])
    for text in HOSTILE:
        if text in NESTED:
            continue
        statements = [f"SELECT {text} FROM step_0"]  # noqa: S608
        if text not in placed:
            statements += [f"SELECT * FROM {text}", text]  # noqa: S608
        for statement in statements:
            if CANARY in (said := locked(statement)):
                told[statement] = said[:200]

    assert told == {}


@pytest.mark.parametrize(
    "statement",
    [
        "SET memory_limit = '99GB'",
        "SET temp_directory = '{written}'",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET lock_configuration = false",
        "SET log_query_path = '{written}'",
        "SET python_enable_replacements = true",
        "PRAGMA enable_logging",
        "PRAGMA memory_limit='99GB'",
        "RESET memory_limit",
        "SET GLOBAL threads = 64",
        "SET TimeZone = 'Asia/Tokyo'",
    ],
)
def test_without_the_check_the_session_still_changes_no_setting(locked, statement):
    before = locked("SELECT name, value FROM duckdb_settings() ORDER BY name")

    said = locked(statement)

    assert "locked" in said or "Error" in said
    assert locked("SELECT name, value FROM duckdb_settings() ORDER BY name") == before


def test_the_settings_that_can_be_read_hold_no_path_of_the_machine(locked, tmp_path):
    said = locked("SELECT name, value FROM duckdb_settings()")

    assert str(tmp_path) not in said
    assert "temp_directory', ''" in said
