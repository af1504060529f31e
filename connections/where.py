"""Judges one where fragment before it goes to a database: a single harmless boolean expression.

The fragment is parsed in the dialect of its database and every part of the tree must be on the
list of what is allowed; what is sent is written anew from that tree, never the text that came in.
So there is no second statement, no subquery, no function that is not named here, no cast to a type
that looks up names, and no column that the table does not have. This is the first wall; the second
is the database's own: a read-only transaction with a time limit.
"""

import difflib
import re
from collections.abc import Collection
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from common.errors import InvalidInput

MAX_LENGTH = 4_000
"""Characters in one fragment."""

MAX_NODES = 1_000
MAX_NESTING = 40
"""Brackets, CASE and prefix operators open at one place."""

MAX_DEPTH = 100
"""Levels of the tree; `a AND b AND c` has as many as it has operators."""

_SEMICOLONS: Final = re.compile("[;\u037e\ufe14\ufe54\uff1b]")
_COMMENTS: Final = re.compile(r"--|/\*|\*/|#")
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)
_OPENING: Final = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.CASE})
_CLOSING: Final = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.END})
_PREFIX: Final = frozenset({TokenType.NOT, TokenType.DASH, TokenType.PLUS, TokenType.TILDE})

_BOOLEAN: Final = (exp.Connector, exp.Not, exp.Boolean, exp.Column, exp.Escape)
_COMPARISONS: Final = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.ILike, exp.In, exp.Between,
    exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ,
)  # fmt: skip
_PARTS: Final = frozenset(
    {exp.And, exp.Or, exp.Not, exp.Paren, exp.Tuple, exp.Column, exp.Identifier, exp.Literal}
    | {exp.Boolean, exp.Null, exp.Escape, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv}
    | {exp.Mod, exp.DPipe, exp.Case, exp.If, exp.Interval, exp.Var, exp.Cast, exp.DataType}
    | {exp.DataTypeParam, *_COMPARISONS}
)
_IN_LIST: Final = frozenset({"this", "expressions"})
"""What IN over a list of values is made of; SQLite takes a bare name behind IN for a table."""

_FUNCTIONS: Final = frozenset(
    {exp.Lower, exp.Upper, exp.Length, exp.Trim, exp.Substring, exp.Left, exp.Right, exp.Abs}
    | {exp.Round, exp.Ceil, exp.Floor, exp.Sign, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least}
    | {exp.Concat, exp.StrPosition, exp.StartsWith, exp.Extract, exp.TimestampTrunc, exp.DateTrunc}
    | {exp.CurrentDate, exp.CurrentTimestamp, exp.Year, exp.Month, exp.Day, exp.Date}
)
_TYPES: Final = frozenset(
    {exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT, exp.DType.DECIMAL, exp.DType.FLOAT}
    | {exp.DType.DOUBLE, exp.DType.BOOLEAN, exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR}
    | {
        exp.DType.DATE,
        exp.DType.TIMESTAMP,
        exp.DType.TIMESTAMPTZ,
        exp.DType.TIMESTAMPNTZ,
        exp.DType.TIME,
        exp.DType.UUID,
    }
)


def refuse_open_fragment(fragment: str) -> None:
    """Refuse what would not stay one predicate between `WHERE (` and `)`.

    For a database that runs the fragment with the connection's own rights, in its own SQL: only
    its ends are judged, not its parts. Raises InvalidInput.
    """
    if _SEMICOLONS.search(fragment) or re.search(r"--|/\*", fragment):
        raise InvalidInput("The where clause holds a semicolon or a comment mark.")
    depth, quote = 0, ""
    for sign in fragment:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        else:
            depth += (sign == "(") - (sign == ")")
            if depth < 0:
                break
    if depth or quote:
        raise InvalidInput("The where clause has a bracket or a quote without its other half.")


def judged(fragment: str, *, dialect: str, columns: Collection[str]) -> str:
    """The fragment written anew, fit to stand behind WHERE in a query of one table.

    `columns` are the table's own, as the database spells them. Raises InvalidInput, whose text
    begins with `where_clause:` and says what is not accepted.
    """
    _judge_text(fragment)
    tree = _parsed(fragment, dialect)
    _bound(tree)
    if not isinstance(_inside(tree), (*_BOOLEAN, *_COMPARISONS)):
        raise _refused("write a condition, such as amount > 1000")
    for node in tree.walk():
        _judge_part(node)
    for column in tree.find_all(exp.Column):
        _judge_column(column, columns)
    return tree.sql(dialect=dialect, comments=False)


def _refused(words: str, *, quotes_outside: bool = False) -> InvalidInput:
    return InvalidInput(f"where_clause: {words}.", quotes_outside=quotes_outside)


def _judge_text(fragment: str) -> None:
    if not fragment.strip():
        raise _refused("is empty; leave it out to get all rows")
    if len(fragment) > MAX_LENGTH:
        raise _refused(f"has {len(fragment):,} characters; the limit is {MAX_LENGTH:,}")
    if _SEMICOLONS.search(fragment):
        raise _refused("semicolons are not accepted, not even inside a text")
    if _COMMENTS.search(fragment):
        raise _refused("comment marks (--, /*, */, #) are not accepted, not even inside a text")
    if _CONTROL.search(fragment):
        raise _refused("holds a control character or an invisible one")
    if "$" in fragment or "\\" in fragment or "`" in fragment:
        raise _refused("the characters $, \\ and ` are not accepted")


def _parsed(fragment: str, dialect: str) -> exp.Expr:
    try:
        tokens = Dialect.get_or_raise(dialect).tokenize(fragment)
        _bound_nesting([token.token_type for token in tokens])
        trees = sqlglot.parse(fragment, read=dialect)
    except (SqlglotError, RecursionError, ValueError):
        raise _refused("cannot be read as a condition; check quotes and operators") from None
    if len(trees) != 1 or trees[0] is None:
        raise _refused("must be exactly one condition")
    return trees[0]


def _bound_nesting(kinds: list[TokenType]) -> None:
    open_now = prefixes = 0
    for kind in kinds:
        open_now += (kind in _OPENING) - (kind in _CLOSING)
        prefixes = prefixes + 1 if kind in _PREFIX else 0
        if open_now + prefixes > MAX_NESTING:
            raise _refused(f"nests more than {MAX_NESTING} levels")


def _bound(tree: exp.Expr) -> None:
    if sum(1 for _ in tree.walk()) > MAX_NODES:
        raise _refused("has too many parts; use IN for many alternatives")
    level = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.iter_expressions()]
        if not level:
            return
    raise _refused(f"chains more than {MAX_DEPTH} operations; use IN for many alternatives")


def _inside(tree: exp.Expr) -> exp.Expr:
    while isinstance(tree, exp.Paren):
        tree = tree.this
    return tree


def _judge_part(node: exp.Expr) -> None:
    kind = type(node)
    if kind is exp.In and any(value for key, value in node.args.items() if key not in _IN_LIST):
        raise _refused("write the values of IN in brackets; subqueries are not accepted")
    if kind in _FUNCTIONS or (kind in _PARTS and not isinstance(node, exp.DataType | exp.Var)):
        return
    if isinstance(node, exp.DataType):
        if node.this in _TYPES and not node.args.get("nested"):
            return
        raise _refused(f"a cast to {node.sql()[:60]} is not accepted")
    if isinstance(node, exp.Var) and isinstance(node.parent, exp.Interval | exp.Extract | exp.Func):
        return
    if isinstance(node, exp.Query | exp.Subquery | exp.Exists):
        raise _refused("subqueries are not accepted")
    if isinstance(node, exp.Func):
        raise _refused(f"the function {_function_name(node)} is not accepted")
    raise _refused(f"{_words(kind)} is not accepted")


def _judge_column(column: exp.Column, known: Collection[str]) -> None:
    if len(column.parts) != 1 or not isinstance(column.this, exp.Identifier):
        raise _refused("write column names alone, without a table or schema")
    name = column.name
    folded = {other.casefold(): other for other in known}
    if name in known or (not column.this.quoted and name.casefold() in folded):
        return
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    hint = f"; did you mean {folded[near[0]]}?" if near else ""
    raise _refused(f"the table has no column {name[:80]}{hint}", quotes_outside=bool(hint))


def _function_name(node: exp.Func) -> str:
    return str(node.this if isinstance(node, exp.Anonymous) else node.sql_name())[:60].lower()


def _words(kind: type[exp.Expr]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()
