"""Assert: rows are judged on their way through."""

from typing import Any, ClassVar, Final

from pydantic import Field
from sqlglot import exp

from engine.catalog.transforms import (
    Condition,
    ConditionGroup,
    Connective,
    OneStream,
    all_columns,
    conditions_predicate,
)
from engine.expressions import column
from engine.expressions.semantics import cast_to
from engine.fields import Field as FlowField
from engine.scope import Scope, relation, select_from
from engine.stages import ASSERTION, Outcome, Transform

_MAX_SHOWN_FIELDS: Final = 8
_MAX_SHOWN_CHARACTERS: Final = 60


class Assert(OneStream):
    """Fails the run at the first row found that does not meet the conditions, with a message of
    your own and the row's values of the fields that the conditions use; otherwise the rows pass
    unchanged. A row whose condition is NULL does not meet it. Nothing becomes visible in a
    destination of a run that fails.
    """

    type_name: ClassVar[str] = "assert"
    class_name: ClassVar[str] = "Assert"
    example: ClassVar[dict[str, Any]] = {
        "name": "amounts_are_positive",
        "error_message": "An order has no amount above 0.",
        "logical_operator": "all",
        "conditions": [{"left": "amount", "operator": "gt", "right": "0"}],
    }

    error_message: str = Field(
        min_length=1,
        max_length=1_000,
        description="What the run's error says.",
        json_schema_extra={"variables": True},
    )
    logical_operator: Connective = Field(
        default="all", description="all joins by AND, any by OR, none is NOT any."
    )
    conditions: tuple[Condition | ConditionGroup, ...] = Field(
        min_length=1,
        max_length=200,
        description="As in a filter: {left, operator, right}, or groups of conditions.",
    )

    def compile(self, scope: Scope) -> Outcome | None:
        fields = scope.inputs[0].fields
        message = scope.text(self.error_message, "error_message")
        predicate = conditions_predicate(
            scope, self.logical_operator, self.conditions, "conditions"
        )
        if predicate is None or message is None:
            return Outcome(fields, None, scope.inputs[0].at_most)
        used = {part.name for part in predicate.find_all(exp.Column)}
        stop = exp.Anonymous(
            this="error",
            expressions=[_told(message, [field for field in fields if field.name in used])],
        )
        judged = exp.Case(
            ifs=[exp.If(this=predicate, true=exp.true())],
            default=exp.cast(stop, "BOOLEAN", dialect="duckdb"),
        )
        query = select_from(relation(scope.inputs[0].relation), all_columns(fields))
        transform = Transform(query.where(judged, copy=False), keeps_count=True, once=True)
        return Outcome(fields, transform, scope.inputs[0].at_most)


def _told(message: str, used: list[FlowField]) -> exp.Expr:
    """The message with the values of the row at fault."""
    parts: list[exp.Expr] = [exp.Literal.string(f"{ASSERTION}{message}")]
    for index, field in enumerate(used[:_MAX_SHOWN_FIELDS]):
        separator = ", " if index else " ("
        parts.append(exp.Literal.string(f"{separator}{field.name} = "))
        parts.append(exp.Coalesce(this=_shown(field), expressions=[exp.Literal.string("NULL")]))
    if used:
        parts.append(exp.Literal.string(")"))
    joined = parts[0]
    for part in parts[1:]:
        joined = exp.DPipe(this=joined, expression=part)
    return joined


def _shown(field: FlowField) -> exp.Expr:
    text = cast_to(column(field.name), field.type, "string")[0]
    return exp.Left(this=text, expression=exp.Literal.number(_MAX_SHOWN_CHARACTERS))
