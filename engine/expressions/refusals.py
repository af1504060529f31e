"""Why a part of an expression is refused, and where it stands."""

from sqlglot import exp

from engine.expressions.dialect import CALLED
from engine.expressions.errors import ExpressionRefused, place_in
from engine.fields import Fields
from engine.problems import did_you_mean


class Places:
    """Where the parts of an expression stand in its text."""

    def __init__(self, text: str, tree: exp.Expr) -> None:
        self._text = text
        self._starts = {
            id(node): (node, start)
            for node in tree.walk()
            if (start := node.meta.get("start")) is not None
        }

    def mark(self, refused: ExpressionRefused, node: exp.Expr) -> None:
        """Give the refusal the place of its part, unless it has one already."""
        if refused.place is None and id(node) in self._starts:
            refused.place = place_in(self._text, self._starts[id(node)][1])


def unknown_field(name: str, fields: Fields) -> ExpressionRefused:
    """No such field arrives; with the nearest names, or the first few that do arrive."""
    hint = did_you_mean(name, fields.names)
    if not hint and len(fields):
        hint = f"The incoming fields are {', '.join(fields.names[:12])}."
    if not len(fields):
        hint = f"Text is written in single quotes: '{name[:40]}'."
    return ExpressionRefused("unknown_input_field", f"There is no field '{name[:128]}'.", hint)


def refused_part(node: exp.Expr) -> ExpressionRefused:
    what = type(node).__name__
    written = node.sql(dialect="duckdb", comments=False).replace(CALLED, "")
    return ExpressionRefused(
        "expression_syntax",
        f"'{written[:60]}' ({what}) is not part of an expression.",
        "Expressions hold fields, constants, operators, CASE, casts and catalogue functions.",
    )
