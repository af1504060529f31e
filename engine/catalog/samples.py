"""Sample data, whose rows stand in the flow, and the log destination, which shows rows."""

from typing import Any, ClassVar

from pydantic import Field

from engine.catalog.constants import constant, inferred_word
from engine.catalog.destinations import Mapped
from engine.catalog.sources import Listed, SourceSchema
from engine.fields import Field as FlowField
from engine.fields import Fields
from engine.problems import did_you_mean
from engine.scope import Scope
from engine.stages import Outcome, ReadRows, SourceColumn, WriteLog

MAX_SAMPLE_ROWS = 10_000
MAX_LOGGED_ROWS = 1_000


class SampleDataSource(Listed):
    """Gives rows that are written into the flow itself, for demos and tests. Each row is an
    object by the names of schema.fields; what it lacks is NULL. Dates and times are ISO texts, a
    time with an offset is put in UTC, binary is base64, NaN is the text "NaN". Without schema the
    fields are those of the rows, with types by their values.
    """

    type_name: ClassVar[str] = "sample_data_source"
    class_name: ClassVar[str] = "SampleDataSource"
    example: ClassVar[dict[str, Any]] = {
        "name": "orders",
        "rows": [
            {"id": 1, "customer": "ann", "amount": 10.5, "day": "2024-01-31"},
            {"id": 2, "customer": None, "amount": 7, "day": "2024-02-29"},
        ],
        "schema": {
            "fields": [
                {"name": "id", "type": "long"},
                {"name": "customer", "type": "string"},
                {"name": "amount", "type": "decimal(10,2)"},
                {"name": "day", "type": "date"},
            ]
        },
    }

    rows: tuple[dict[str, Any], ...] = Field(
        max_length=MAX_SAMPLE_ROWS, description="The rows, each {field: value}; may be empty."
    )
    schema_: SourceSchema = Field(
        default=SourceSchema(), alias="schema", description="The fields and their types."
    )

    def compile(self, scope: Scope) -> Outcome | None:
        columns = self.columns(scope, self._names())
        if columns is None:
            return None
        self._look_for_strays(scope, {column.name for column in columns})
        typed = [self._typed(scope, column) for column in columns]
        fields = Fields(tuple(FlowField(column.alias, column.type) for column, _ in typed))
        if any(values is None for _, values in typed):
            return Outcome(fields, None, len(self.rows))
        rows = tuple(zip(*(values or [] for _, values in typed), strict=True))
        work = ReadRows(tuple(column for column, _ in typed), rows)
        return Outcome(fields, work, len(self.rows))

    def _names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for row in self.rows for name in row))

    def _look_for_strays(self, scope: Scope, listed: set[str]) -> None:
        for name in self._names():
            if name not in listed:
                scope.report(
                    "unknown_property",
                    "rows",
                    f"Rows hold '{name[:80]}', which schema.fields does not list; it is left out.",
                    did_you_mean(name, listed),
                    severity="warning",
                )

    def _typed(self, scope: Scope, column: SourceColumn) -> tuple[SourceColumn, list[Any] | None]:
        """The column with its type and values; None for the values after a finding."""
        given = [row.get(column.name) for row in self.rows]
        word = column.type or inferred_word(given)
        typed = SourceColumn(column.name, column.alias, word)
        values = []
        for index, value in enumerate(given):
            try:
                values.append(constant(value, word))
            except (ValueError, OverflowError):
                scope.report(
                    "invalid_property_value",
                    f"rows[{index}].{column.name}",
                    f"{str(value)[:80]!r} is not {word}.",
                    "Correct the value, or the type in schema.fields.",
                )
                return typed, None
        return typed, values

    def location(self) -> str | None:
        return f"{len(self.rows):,} rows in the flow"


class LogDestination(Mapped):
    """Shows the first rows in the run's log, one line each as JSON, and counts all of them. It
    writes nowhere else: for tests, demos, and a look at what arrives.
    """

    type_name: ClassVar[str] = "log_destination"
    class_name: ClassVar[str] = "LogDestination"
    example: ClassVar[dict[str, Any]] = {"name": "look", "row_count": 10}

    row_count: int = Field(
        default=20, ge=0, le=MAX_LOGGED_ROWS, description="How many rows are shown."
    )

    def compile(self, scope: Scope) -> Outcome | None:
        mapping = self.mapping(scope)
        if mapping is None:
            return None
        query, columns = mapping
        return Outcome(columns, WriteLog(query, self.row_count))

    def location(self) -> str | None:
        return "the run's log"
