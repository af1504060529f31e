"""The frame of a window figure: from which row to which it looks."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field
from sqlglot import exp

from connections.drivers.types import INTEGER_WORDS
from engine.catalog.base import Part
from engine.catalog.ordering import SortField
from engine.expressions.typing import family
from engine.scope import Scope


class Frame(Part):
    """Rows from one distance to another; an absent end is open, 0 is this row."""

    unit: Literal["rows", "range"] = "rows"
    start: float | None = Field(default=None, alias="from", gt=-(2**53), lt=2**53)
    end: float | None = Field(default=None, alias="to", gt=-(2**53), lt=2**53)
    time_unit: Literal["day", "hour", "minute", "second"] = "day"


def frame_spec(
    scope: Scope, frame: Frame | None, order: Sequence[SortField], place: str
) -> exp.WindowSpec | None:
    """The frame as a tree, the whole partition when none is given; None after a finding."""
    if frame is None:
        return exp.WindowSpec(
            kind="ROWS",
            start="UNBOUNDED",
            start_side="PRECEDING",
            end="UNBOUNDED",
            end_side="FOLLOWING",
        )
    problem = _problem(scope, frame, order)
    if problem:
        scope.report("invalid_property_value", place, *problem)
        return None
    word = _ordered_type(scope, order) if frame.unit == "range" else None
    start, start_side = _bound(frame, frame.start, word, is_end=False)
    end, end_side = _bound(frame, frame.end, word, is_end=True)
    return exp.WindowSpec(
        kind=frame.unit.upper(), start=start, start_side=start_side, end=end, end_side=end_side
    )


def _problem(scope: Scope, frame: Frame, order: Sequence[SortField]) -> tuple[str, str] | None:
    if not order:
        return "A frame needs order_by: it says what is before a row.", "Add order_by."
    if frame.start is not None and frame.end is not None and frame.start > frame.end:
        return "The frame ends before it begins.", "Exchange from and to."
    is_whole = all(side is None or side.is_integer() for side in (frame.start, frame.end))
    if frame.unit == "rows":
        return None if is_whole else ("A number of rows is whole.", "Use whole numbers.")
    if not (frame.start or frame.end):
        return None
    if len(order) != 1:
        return "A range with distances needs exactly one order_by field.", "Or use unit rows."
    word = _ordered_type(scope, order)
    if family(word) not in (None, "number", "date or time"):
        return f"There are no distances between values of {word}.", "Use unit rows."
    if not is_whole and (word in INTEGER_WORDS or family(word) == "date or time"):
        return f"A distance in {word} is a whole number.", "Choose a smaller time_unit."
    return None


def _ordered_type(scope: Scope, order: Sequence[SortField]) -> str | None:
    field = scope.inputs[0].fields.find(order[0].field)
    return None if field is None else field.type


def _bound(
    frame: Frame, distance: float | None, word: str | None, *, is_end: bool
) -> tuple[str | exp.Expr, str | None]:
    if distance is None:
        return "UNBOUNDED", "FOLLOWING" if is_end else "PRECEDING"
    if distance == 0:
        return "CURRENT ROW", None
    side = "FOLLOWING" if distance > 0 else "PRECEDING"
    size = abs(distance)
    number = exp.Literal.number(int(size) if size.is_integer() else repr(size))
    if word in ("date", "datetime"):
        return exp.Interval(this=number, unit=exp.var(frame.time_unit.upper())), side
    return number, side
