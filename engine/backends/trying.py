"""DuckDB queries that try every value of a row and say why a row is bad."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
from sqlglot import exp

from connections.drivers.types import TEXT_WORDS, duckdb_type, word_of_arrow
from engine.backends import source_sql as sql
from engine.rejects import REJECT_FIELDS, Check
from engine.stages import SourceColumn

REASON: Final = '"#reason"'
ROW: Final = '"#row"'

_FLOATS: Final = frozenset({"FLOAT", "DOUBLE"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One outgoing value as a list of one, which is NULL where the value cannot be computed."""

    tried: str
    check: Check


def attempt(tree: exp.Expr, check: Check) -> Attempt:
    """An expression tried; one that raises its own errors cannot be and is computed as it is."""
    value = tree.sql(dialect="duckdb", comments=False)
    is_loud = any(call.name == "error" for call in tree.find_all(exp.Anonymous))
    return Attempt(f"[{value}]" if is_loud else f"TRY([{value}])", check)


def source_attempts(columns: Sequence[SourceColumn], given: pa.Schema, where: str) -> list[Attempt]:
    """The columns of a source in their declared types, each tried."""
    words = {field.name: word_of_arrow(field.type) for field in given}
    attempts = []
    for column in columns:
        word = words.get(column.name)
        wanted = column.type or word or "string"
        check = Check(column.alias, f"cannot be read as {wanted}")
        plain = sql.typed_column(column, word, where)
        if word in TEXT_WORDS and wanted not in TEXT_WORDS:
            name = sql.name(column.name)
            read = f"CASE WHEN {sql.unreadable(name, wanted)} THEN NULL"
            attempts.append(Attempt(f"{read} ELSE [{sql.cast_text(name, wanted)}] END", check))
        else:
            value = plain.removesuffix(f" AS {sql.name(column.alias)}")
            attempts.append(Attempt(f"TRY([{value}])", check))
    return attempts


@dataclass(frozen=True, slots=True)
class Trial:
    """The values of a component, each tried over the rows of one `source`."""

    attempts: tuple[Attempt, ...]
    source: str

    def query(self, types: Sequence[tuple[str, str]]) -> str:
        """A query for "#0", "#1" ... and, of bad rows, the reason and the row as JSON.

        `types` are the names and DuckDB types of the columns of the source.
        """
        tried = ", ".join(f'{one.tried} AS "#{place}"' for place, one in enumerate(self.attempts))
        reasons = ", ".join(
            part for place, one in enumerate(self.attempts) for part in _reasons(place, one.check)
        )
        row = ", ".join(f"{sql.text(name)}: {_as_json(name, kind)}" for name, kind in types)
        given = '"#given"'
        values = f"SELECT {tried}, to_json({{{row}}})::VARCHAR AS {given} FROM {self.source}"  # noqa: S608
        judged = f"SELECT *, nullif(concat_ws('; ', {reasons}), '') AS {REASON} FROM ({values})"  # noqa: S608
        shown = f"CASE WHEN {REASON} IS NOT NULL THEN {given} END AS {ROW}"
        return f"SELECT * EXCLUDE ({given}), {shown} FROM ({judged})"  # noqa: S608

    def good_rows(self, relation: str) -> str:
        """The rows without a reason, under their own names."""
        values = ", ".join(
            f'"#{place}"[1] AS {sql.name(one.check.field)}'
            for place, one in enumerate(self.attempts)
        )
        return f"SELECT {values} FROM {relation} WHERE {REASON} IS NULL"  # noqa: S608


def trial_of(query: exp.Query, checks: Sequence[Check]) -> Trial:
    """The values that a query selects from one relation, tried."""
    attempts = [
        attempt(selected.unalias(), check)
        for selected, check in zip(query.selects, checks, strict=True)
    ]
    return Trial(tuple(attempts), query.args["from_"].this.sql(dialect="duckdb", comments=False))


def bad_rows(component_name: str, relation: str) -> str:
    """The rows with a reason, in the fields of rejects."""
    return (
        f"SELECT {sql.text(component_name)}, {REASON}, {ROW} FROM {relation}"  # noqa: S608
        f" WHERE {REASON} IS NOT NULL"
    )


def rejects_table(relation: str) -> str:
    """The definition of a table of rejects."""
    columns = ", ".join(
        f"{sql.name(field.name)} {duckdb_type(field.type or 'string')}" for field in REJECT_FIELDS
    )
    return f"CREATE TEMP TABLE {sql.name(relation)} ({columns})"


def _reasons(place: int, check: Check) -> list[str]:
    value = f'"#{place}"'
    told = f"{check.field}: {check.failing}"
    reasons = [f"CASE WHEN {value} IS NULL THEN {sql.text(told)} END"]
    if check.required:
        words = sql.text(f"{check.field}: is NULL, which it may not be")
        reasons.append(f"CASE WHEN {value} IS NOT NULL AND {value}[1] IS NULL THEN {words} END")
    if check.length is not None:
        words = sql.text(f"{check.field}: is longer than {check.length} characters")
        long = f"length({value}[1]::VARCHAR) > {check.length}"
        reasons.append(f"CASE WHEN {long} THEN {words} END")
    return reasons


def _as_json(name: str, kind: str) -> str:
    value = sql.name(name)
    if kind in _FLOATS:
        return (
            f"CASE WHEN isfinite({value}) THEN to_json({value}) ELSE to_json({value}::VARCHAR) END"
        )
    if kind == "BLOB":
        return f"'\\x' || lower(hex({value}))"
    if kind.startswith("DECIMAL") or kind in ("HUGEINT", "UHUGEINT"):
        return f"{value}::VARCHAR"
    return value
