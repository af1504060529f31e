"""DuckDB queries that try every value of a row and say why a row is bad."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
from sqlglot import exp

from connections.drivers.types import TEXT_WORDS, duckdb_type, word_of_arrow
from engine.backends import source_sql as sql
from engine.rejects import REJECT_FIELDS, Check
from engine.stages import SourceColumn

REASON: Final = '"#reason"'
ROW: Final = '"#row"'

FILE: Final = "#file of the row"
"""The column of a source that tells which file a row is from."""

_MAX_SHOWN = 80

_FLOATS: Final = frozenset({"FLOAT", "DOUBLE"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One outgoing value as a list of one, which is NULL where the value cannot be computed. The
    reason tells the value and the file of the `column` that it comes from."""

    tried: str
    check: Check
    column: str | None = None


def attempt(tree: exp.Expr, check: Check) -> Attempt:
    """An expression tried; one that raises its own errors cannot be and is computed as it is."""
    value = tree.sql(dialect="duckdb", comments=False)
    is_loud = any(call.name == "error" for call in tree.find_all(exp.Anonymous))
    return Attempt(f"[{value}]" if is_loud else f"TRY([{value}])", check)


def source_attempts(columns: Sequence[SourceColumn], given: pa.Schema, where: str) -> list[Attempt]:
    """The columns of a source in their declared types, each tried."""
    words = {field.name: word_of_arrow(field.type) for field in given}
    return [read_attempt(column, words.get(column.name), where) for column in columns]


def read_attempt(column: SourceColumn, word: str | None, where: str) -> Attempt:
    """A column of a source that holds values of the type `word`, in its declared type."""
    wanted = column.type or word or "string"
    check = Check(column.alias, f"cannot be read as {wanted}")
    plain = sql.typed_column(column, word, where)
    if word in TEXT_WORDS and wanted not in TEXT_WORDS:
        name = sql.name(column.name)
        read = f"CASE WHEN {sql.unreadable(name, wanted)} THEN NULL"
        return Attempt(f"{read} ELSE [{sql.cast_text(name, wanted)}] END", check)
    value = plain.removesuffix(f" AS {sql.name(column.alias)}")
    return Attempt(f"TRY([{value}])", check)


@dataclass(frozen=True, slots=True)
class Trial:
    """The values of a component, each tried over the rows of one `source`. `files` are the names
    of its files by their paths."""

    attempts: tuple[Attempt, ...]
    source: str
    files: Mapping[str, str] = field(default_factory=dict)

    def query(self, types: Sequence[tuple[str, str]]) -> str:
        """A query for "#0", "#1" ... and, of bad rows, the reason and the row as JSON.

        `types` are the names and DuckDB types of the columns of the source.
        """
        places = range(len(self.attempts))
        tried = [f'{self.attempts[place].tried} AS "#{place}"' for place in places]
        reasons = ", ".join(part for place in places for part in self._reasons(place))
        row = ", ".join(
            f"{sql.text(name)}: {_as_json(name, kind)}" for name, kind in types if name != FILE
        )
        given = '"#given"'
        computed = ", ".join([*tried, *self._shown(), f"to_json({{{row}}})::VARCHAR AS {given}"])
        values = f"SELECT {computed} FROM {self.source}"  # noqa: S608
        judged = f"SELECT *, nullif(concat_ws('; ', {reasons}), '') AS {REASON} FROM ({values})"  # noqa: S608
        shown = f"CASE WHEN {REASON} IS NOT NULL THEN {given} END AS {ROW}"
        kept = ", ".join([*(f'"#{place}"' for place in places), REASON, shown])
        return f"SELECT {kept} FROM ({judged})"  # noqa: S608

    def good_rows(self, relation: str) -> str:
        """The rows without a reason, under their own names."""
        values = ", ".join(
            f'"#{place}"[1] AS {sql.name(one.check.field)}'
            for place, one in enumerate(self.attempts)
        )
        return f"SELECT {values} FROM {relation} WHERE {REASON} IS NULL"  # noqa: S608

    def _shown(self) -> Iterable[str]:
        """What reasons show besides what was tried: the file, and values as they came."""
        if self.files:
            yield f'{sql.name(FILE)} AS "#file"'
        for place, one in enumerate(self.attempts):
            if one.column is not None:
                yield f'{sql.name(one.column)} AS "#{place} given"'

    def _reasons(self, place: int) -> Iterable[str]:
        one = self.attempts[place]
        value = f'"#{place}"'
        yield f"CASE WHEN {value} IS NULL THEN {self._refusal(place)} END"
        if one.check.required:
            words = sql.text(f"{one.check.field}: is NULL, which it may not be")
            yield f"CASE WHEN {value} IS NOT NULL AND {value}[1] IS NULL THEN {words} END"
        if one.check.length is not None:
            words = sql.text(f"{one.check.field}: is longer than {one.check.length} characters")
            long = f"length({value}[1]::VARCHAR) > {one.check.length}"
            yield f"CASE WHEN {long} THEN {words} END"

    def _refusal(self, place: int) -> str:
        """What is told of a value that cannot be had; never NULL, which would be no reason."""
        one = self.attempts[place]
        if one.column is None:
            return sql.text(f"{one.check.field}: {one.check.failing}")
        value = f'left("#{place} given"::VARCHAR, {_MAX_SHOWN})'
        parts = [sql.text(f"{one.column}: '"), value, sql.text("'")]
        if self.files:
            paths = ", ".join(sql.text(path) for path in self.files)
            names = ", ".join(sql.text(name) for name in self.files.values())
            parts += [sql.text(" in "), f'map([{paths}], [{names}])["#file"]']
        return f"concat({', '.join([*parts, sql.text(f' {one.check.failing}')])})"


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
