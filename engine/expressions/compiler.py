"""A parsed expression, judged against the incoming fields and rebuilt from what is allowed.

Only node classes with a handler here pass; everything else is refused by class, so a statement, a
subquery, a star, a lambda or an unknown function cannot reach an engine.
"""

import re
from collections.abc import Callable
from typing import Final, Protocol

from sqlglot import exp

from engine.expressions.calls import call
from engine.expressions.dialect import CALLED, MATCHES
from engine.expressions.errors import ExpressionRefused
from engine.expressions.parsing import MAX_NODES, parse_expression
from engine.expressions.refusals import Places, refused_part, unknown_field
from engine.expressions.semantics import (
    as_double,
    cast_to,
    date_arithmetic,
    divide,
    integer_division,
)
from engine.expressions.typed import Typed
from engine.expressions.typing import (
    CAST_NAMES,
    cast_word,
    common_type,
    family,
    literal_type,
    needs_widening,
)
from engine.fields import Fields

_COMPILED_NODES = 5 * MAX_NODES

VARIABLE_IN_TEXT: Final = re.compile(r"\$\$|\$([A-Za-z_][A-Za-z0-9_]*)")
"""A dollar sign written twice, or a variable inside a text."""


class VariableValues(Protocol):
    """What an expression may ask of the variables. Both raise ExpressionRefused."""

    def value(self, name: str) -> Typed:
        """The variable's own compiled expression, which uses no fields."""

    def substitute(self, text: str) -> str:
        """The text with `$name` replaced by values and `$$` by a dollar sign."""


def compile_expression(text: str, fields: Fields, variables: VariableValues) -> Typed:
    """The tree to hand to an engine, and its type where known. Raises ExpressionRefused."""
    parsed = parse_expression(text)
    places = Places(text, parsed)
    compiler = _Compiler(fields, variables, places)
    try:
        tree, word = compiler.compile(parsed)
    except RecursionError:
        raise ExpressionRefused("expression_syntax", "It is nested too deeply.") from None
    if sum(1 for _ in tree.walk()) > _COMPILED_NODES:
        raise ExpressionRefused("expression_syntax", "The expression has too many parts.")
    return tree, word


def compile_comparison(
    kind: type[exp.Expr], sides: tuple[str, str], fields: Fields, variables: VariableValues
) -> Typed:
    """Two expressions compared, as one tree. Raises ExpressionRefused."""
    left, right = (compile_expression(side, fields, variables) for side in sides)
    compiler = _Compiler(fields, variables, None)
    return compiler.compared(kind(), left, right)


def column(name: str, relation: str | None = None) -> exp.Column:
    """A reference to a field, quoted so that its exact name is meant."""
    return exp.column(name, table=relation, quoted=True)


class _Compiler:
    def __init__(self, fields: Fields, variables: VariableValues, places: Places | None) -> None:
        self._fields = fields
        self._variables = variables
        self._places = places

    def compile(self, node: exp.Expr) -> Typed:
        node.comments = None
        try:
            handler = _HANDLERS.get(type(node))
            if handler is None:
                raise refused_part(node)
            return handler(self, node)
        except ExpressionRefused as refused:
            if self._places is not None:
                self._places.mark(refused, node)
            raise

    def plain(self, node: exp.Expr, word: str | None) -> Typed:
        """A node that only needs its children compiled."""
        self.children(node)
        return node, word

    def children(self, node: exp.Expr) -> list[str | None]:
        """Compile every child in place; their types in order."""
        words = []
        for key, value in list(node.args.items()):
            if isinstance(value, exp.Expr):
                tree, word = self._child(value)
                node.set(key, tree)
                words.append(word)
            elif isinstance(value, list):
                compiled = [self._child(item) for item in value]
                node.set(key, [tree for tree, _ in compiled])
                words.extend(word for _, word in compiled)
        return words

    def _child(self, node: exp.Expr) -> Typed:
        return (node, None) if isinstance(node, exp.Var) else self.compile(node)

    def function(self, node: exp.Expr) -> Typed:
        """A call: a function of the catalogue, or an older name for something in it."""
        name = str(node.this)
        if not name.startswith(CALLED):
            raise refused_part(node)
        return call(name.removeprefix(CALLED), node.expressions, self.compile)

    def operator(self, node: exp.Expr) -> Typed:
        """An operator that is a function of the catalogue in another spelling."""
        others = [node.args.get("expression"), *(node.args.get("expressions") or ())]
        operands = [part for part in (node.this, *others) if part is not None]
        return call(_OPERATORS[type(node)], operands, self.compile)

    def matching(self, node: exp.Expr) -> Typed:
        """`text matches 'pattern'`."""
        if str(node.args.get("operator")).upper() != MATCHES:
            raise refused_part(node)
        return call("regexp_full_match", [node.this, node.expression], self.compile)

    def lookup(self, node: exp.Expr) -> Typed:
        """`m#'k'`: one value of a JSON object, as text."""
        keys = node.expressions
        if len(keys) != 1 or not isinstance(keys[0], exp.Literal) or not keys[0].is_string:
            raise ExpressionRefused(
                "expression_syntax",
                "Square brackets take the key of a JSON object: m['key'].",
                "Elements of arrays are taken by array_get(array, 1).",
            )
        return call("json_get", [node.this, keys[0]], self.compile)

    def column(self, node: exp.Expr) -> Typed:
        """A bare field name."""
        if not isinstance(node.this, exp.Identifier) or node.args.get("table") is not None:
            raise ExpressionRefused(
                "unknown_input_field",
                f"'{node.sql()[:80]}' is not a field name.",
                "Write the name of an incoming field alone, without a table.",
            )
        field = self._fields.find(node.name)
        if field is None:
            raise unknown_field(node.name, self._fields)
        return column(field.name), field.type

    def placeholder(self, node: exp.Expr) -> Typed:
        """`$name`, replaced by the variable's own expression in brackets."""
        name = node.this
        if not isinstance(name, str) or not name.isidentifier():
            raise refused_part(node)
        tree, word = self._variables.value(name)
        return (tree if isinstance(tree, exp.Literal) else exp.Paren(this=tree)), word

    def literal(self, node: exp.Expr) -> Typed:
        """A constant; variables inside a text become part of that text and nothing more."""
        literal = exp.Literal(this=node.this, is_string=node.args["is_string"])
        if literal.is_string and "$" in literal.this:
            literal = exp.Literal.string(self._variables.substitute(literal.this))
        return literal, literal_type(literal)

    def paren(self, node: exp.Expr) -> Typed:
        tree, word = self.compile(node.this)
        return exp.Paren(this=tree), word

    def negative(self, node: exp.Expr) -> Typed:
        tree, word = self.compile(node.this)
        return exp.Neg(this=tree), word

    def logical(self, node: exp.Expr) -> Typed:
        """AND, OR, NOT and IS: their operands are what they are, the value is a boolean."""
        return self.plain(node, "boolean")

    def comparison(self, node: exp.Expr) -> Typed:
        """Comparisons of two values of like types."""
        if node.args.get("symmetric"):
            raise refused_part(node)
        sides = (node.this, node.args.get("expression") or node.args["low"])
        words = self.children(node)
        return self._judged(node, words, sides)

    def compared(self, node: exp.Expr, left: Typed, right: Typed) -> Typed:
        """Two compiled values compared."""
        node.set("this", exp.paren(left[0], copy=False))
        node.set("expression", exp.paren(right[0], copy=False))
        return self._judged(node, [left[1], right[1]], (left[0], right[0]))

    def _judged(
        self, node: exp.Expr, words: list[str | None], sides: tuple[exp.Expr, exp.Expr]
    ) -> Typed:
        self._same_family(words[:2], sides)
        if "datetime" in words:
            for key in ("this", "expression", "low", "high"):
                if isinstance(part := node.args.get(key), exp.Expr):
                    node.set(key, _as_moment(part))
        return node, "boolean"

    def membership(self, node: exp.Expr) -> Typed:
        """`x IN (a, b)`: a list of values, never a query or a field holding a list."""
        if {key for key, value in node.args.items() if value} - {"this", "expressions"}:
            raise ExpressionRefused("expression_syntax", "IN takes a list of values in brackets.")
        parts = (node.this, *node.expressions)
        words = self.children(node)
        for word, part in zip(words[1:], parts[1:], strict=True):
            self._same_family([words[0], word], (parts[0], part))
        if words[0] == "datetime":
            node.set("expressions", [_as_moment(part) for part in node.expressions])
        return node, "boolean"

    def _same_family(self, words: list[str | None], parts: tuple[exp.Expr, exp.Expr]) -> None:
        kinds = [family(word) for word in words]
        if None in kinds or kinds[0] == kinds[1]:
            return
        if "date or time" in kinds and any(part.unnest().is_string for part in parts):
            return
        raise ExpressionRefused(
            "type_mismatch",
            f"A {words[0]} cannot be compared with a {words[1]}.",
            "Cast one side, for example CAST(x AS double).",
        )

    def arithmetic(self, node: exp.Expr) -> Typed:
        """`+ - *` on numbers, and dates moved by an interval or a number of days."""
        for side in (node.this, node.expression):
            if isinstance(side, exp.Interval):
                return self._moved(node, side)
        left, right = self.children(node)
        kinds = {family(left), family(right)}
        if kinds - {None, "number", "date or time"}:
            raise ExpressionRefused(
                "type_mismatch",
                f"Arithmetic does not work on a {left or 'value'} and a {right or 'value'}.",
                "Text is joined with ||.",
            )
        return self._arithmetic_result(node, left, right)

    def _arithmetic_result(self, node: exp.Expr, left: str | None, right: str | None) -> Typed:
        if family(left) == family(right) == "date or time":
            if not isinstance(node, exp.Sub) or (left, right) != ("date", "date"):
                raise ExpressionRefused(
                    "type_mismatch",
                    "Two points in time cannot be combined like this.",
                    "Use date_diff('day', start, end).",
                )
            return node, "long"
        if left == "date" or right == "date":
            return node, "date"
        return _widened(node, left, right), common_type((left, right))

    def _moved(self, node: exp.Expr, interval: exp.Expr) -> Typed:
        if node.expression is not interval or not isinstance(node, exp.Add | exp.Sub):
            raise ExpressionRefused(
                "expression_syntax", "Write the interval on the right: date + INTERVAL 1 DAY."
            )
        tree, word = self.compile(node.this)
        amount, unit = interval.this, interval.args.get("unit")
        if not isinstance(amount, exp.Literal) or not isinstance(unit, exp.Var):
            raise ExpressionRefused(
                "expression_syntax", "An interval is a number and a unit: INTERVAL 1 DAY."
            )
        if word not in (None, "date", "datetime"):
            raise ExpressionRefused(
                "type_mismatch", f"An interval cannot be added to a {word}.", "Cast it to date."
            )
        node.set("this", tree)
        return date_arithmetic(node, word, unit.name.upper())

    def division(self, node: exp.Expr) -> Typed:
        """`a / b`, always as double."""
        self.arithmetic_operands(node)
        return divide((node.this, None), (node.expression, None))

    def whole_division(self, node: exp.Expr) -> Typed:
        """`a // b` and `a % b`."""
        words = self.arithmetic_operands(node)
        return integer_division(_widened(node, *words), words)

    def arithmetic_operands(self, node: exp.Expr) -> tuple[str | None, str | None]:
        """Compile both operands; they must be numbers as far as is known."""
        left, right = self.children(node)[:2]
        for word in (left, right):
            if family(word) not in (None, "number"):
                raise ExpressionRefused("type_mismatch", f"A {word} cannot be divided.")
        return left, right

    def joined(self, node: exp.Expr) -> Typed:
        """`a || b`: NULL when one of them is NULL."""
        return self.plain(node, "string")

    def case(self, node: exp.Expr) -> Typed:
        """CASE in both forms, and if(): the type is what all branches have in common."""
        branches: list[tuple[exp.Expr, str]] = []
        if node.this is not None:
            node.set("this", self.compile(node.this)[0])
        for branch in node.args["ifs"]:
            branch.set("this", self.compile(branch.this)[0])
            branches.append((branch, "true"))
        if node.args.get("default") is not None:
            branches.append((node, "default"))
        return node, self._branches(branches)

    def _branches(self, branches: list[tuple[exp.Expr, str]]) -> str | None:
        words = [self._branch(node, key) for node, key in branches]
        if needs_widening(words):
            for (node, key), word in zip(branches, words, strict=True):
                node.set(key, as_double(node.args[key], word))
        return common_type(word for word in words if word != "null")

    def _branch(self, node: exp.Expr, key: str) -> str | None:
        is_null = isinstance(node.args[key], exp.Null)
        tree, word = self.compile(node.args[key])
        node.set(key, tree)
        return "null" if is_null else word

    def cast(self, node: exp.Expr) -> Typed:
        """CAST and TRY_CAST to one of the product's types."""
        word = cast_word(node.args["to"])
        if word is None or node.args.get("format") or node.args.get("default"):
            raise ExpressionRefused(
                "expression_syntax",
                f"There is no cast to '{node.args['to'].sql(dialect='duckdb')[:60]}'.",
                f"The types are {CAST_NAMES}.",
            )
        tree, given = self.compile(node.this)
        return cast_to(tree, given, word, safe=isinstance(node, exp.TryCast))


def _widened(node: exp.Expr, left: str | None, right: str | None) -> exp.Expr:
    """The operation on doubles, where an engine would compute in float."""
    if needs_widening((left, right)):
        node.set("this", as_double(node.this, left))
        node.set("expression", as_double(node.expression, right))
    return node


def _as_moment(part: exp.Expr) -> exp.Expr:
    """A text constant beside a datetime, read as a datetime; anything else as it is."""
    return cast_to(part, "string", "datetime")[0] if part.unnest().is_string else part


_OPERATORS: Final[dict[type[exp.Expr], str]] = {
    exp.Pow: "power",
    exp.Coalesce: "coalesce",
    exp.StartsWith: "starts_with",
    exp.RegexpFullMatch: "regexp_full_match",
    exp.RegexpLike: "regexp_matches",
    exp.Abs: "abs",
    exp.Concat: "concat",
}
"""`2 ** 3`, `a ?? b`, `text ^@ start`, `text ~ pattern`, `@x`, and texts side by side."""

_Handler = Callable[[_Compiler, exp.Expr], Typed]

_HANDLERS: Final[dict[type[exp.Expr], _Handler]] = {
    exp.Column: _Compiler.column,
    exp.Placeholder: _Compiler.placeholder,
    exp.Literal: _Compiler.literal,
    exp.Boolean: lambda _compiler, node: (node, "boolean"),
    exp.Null: lambda _compiler, node: (node, None),
    exp.Paren: _Compiler.paren,
    exp.Neg: _Compiler.negative,
    exp.Case: _Compiler.case,
    exp.Anonymous: _Compiler.function,
    exp.Bracket: _Compiler.lookup,
    exp.Operator: _Compiler.matching,
    **dict.fromkeys(_OPERATORS, _Compiler.operator),
    exp.Cast: _Compiler.cast,
    exp.TryCast: _Compiler.cast,
    exp.In: _Compiler.membership,
    exp.Div: _Compiler.division,
    exp.IntDiv: _Compiler.whole_division,
    exp.Mod: _Compiler.whole_division,
    exp.DPipe: _Compiler.joined,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul), _Compiler.arithmetic),
    **dict.fromkeys(
        (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ,
         exp.Between),
        _Compiler.comparison,
    ),
    **dict.fromkeys(
        (exp.And, exp.Or, exp.Not, exp.Is, exp.Like, exp.ILike, exp.Escape), _Compiler.logical
    ),
}  # fmt: skip
