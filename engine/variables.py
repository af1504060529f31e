"""Variables of a run: names to expressions, and the three ways their values enter a flow.

In an expression `$name` stands for the variable's own expression. In a text, a path or a table
name it is replaced by the value; in SQL that goes to the user's own database it becomes a
constant. No value can ever change the structure of what it enters.
"""

import re
import threading
from collections.abc import Mapping
from typing import Final

import duckdb
from sqlglot import exp

from engine.backends.session import SessionLimits, open_session
from engine.expressions.compiler import VARIABLE_IN_TEXT, compile_expression
from engine.expressions.errors import ExpressionRefused
from engine.expressions.semantics import Typed
from engine.fields import Fields
from engine.problems import did_you_mean

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
"""What a variable may be called."""

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?")

_EVALUATION_SECONDS = 2.0

_SQL_PARTS = re.compile(
    r"""
    (?P<comment>--[^\r\n]*|/\*.*?(?:\*/|\Z))
    | (?P<escaped>(?<![^\W\d])[eE]'(?:[^'\\]|''|\\.)*'?)
    | (?P<quoted>\$\$.*?\$\$|\$[^\W\d]\w*\$)
    | (?P<text>'(?:[^']|'')*'?)
    | (?P<name>"(?:[^"]|"")*"?)
    | (?P<dollars>\$\$)
    | \$(?P<variable>[A-Za-z_][A-Za-z0-9_]*)
    """,
    re.VERBOSE | re.DOTALL,
)

_NOT_WITH_VARIABLES = frozenset({"comment", "escaped", "quoted", "dollars"})


class Variables:
    """The variables of one run, evaluated when first asked for."""

    def __init__(
        self,
        expressions: Mapping[str, str] | None = None,
        predefined: Mapping[str, str] | None = None,
    ) -> None:
        self._expressions = dict(expressions or {})
        self._predefined = dict(predefined or {})
        self._texts: dict[str, str] = {}
        self._open: list[str] = []

    def with_values(self, values: Mapping[str, str]) -> "Variables":
        """The same variables, with plain values in the place of those that bear their names."""
        return Variables(self._expressions, {**self._predefined, **values})

    def texts(self) -> dict[str, str]:
        """The values of all variables but those of the platform, whose names begin with `_`."""
        names = {*self._expressions, *self._predefined}
        return {name: self.text(name) for name in sorted(names) if not name.startswith("_")}

    def value(self, name: str) -> Typed:
        """The variable's compiled expression; a predefined value as a constant."""
        if name in self._predefined:
            given = self._predefined[name]
            if _NUMBER.fullmatch(given):
                return compile_expression(given, Fields(), self)
            return exp.Literal.string(given), "string"
        if name not in self._expressions:
            raise self._undefined(name)
        with_cycle = [*self._open, name]
        if name in self._open:
            raise ExpressionRefused(
                "undefined_variable",
                f"The variables {' -> '.join(f'${part}' for part in with_cycle)} go in a circle.",
            )
        self._open.append(name)
        try:
            return compile_expression(self._expressions[name], Fields(), self)
        except ExpressionRefused as refused:
            if refused.code == "undefined_variable":
                raise
            raise ExpressionRefused(
                refused.code, f"In the variable ${name}: {refused.message}", refused.hint
            ) from None
        finally:
            self._open.pop()

    def text(self, name: str) -> str:
        """The variable's value as text; NULL is the empty text."""
        if name not in self._texts:
            self._texts[name] = self._predefined.get(name) or _evaluated(name, self.value(name)[0])
        return self._texts[name]

    def substitute(self, text: str) -> str:
        """The text with `$name` replaced by values and `$$` by a dollar sign."""
        return VARIABLE_IN_TEXT.sub(lambda found: self.text(found[1]) if found[1] else "$", text)

    def bind_sql(self, fragment: str) -> str:
        """SQL for the user's own database, its variables replaced by constants.

        Inside quotes a value stays inside them; elsewhere it becomes a number or a quoted text.
        Raises ExpressionRefused where databases disagree on what ends a text.
        """
        if any(found[1] for found in VARIABLE_IN_TEXT.finditer(fragment)):
            for found in _SQL_PARTS.finditer(fragment):
                if found.lastgroup in _NOT_WITH_VARIABLES:
                    raise ExpressionRefused(
                        "expression_syntax",
                        "SQL with variables cannot hold comments, texts written as E'...', or a"
                        f" double dollar sign or $tag$ outside quotes; it holds {found[0][:40]}.",
                        "Take it out, or write the text in plain single quotes.",
                    )
        return _SQL_PARTS.sub(self._bound, fragment)

    def _bound(self, found: re.Match[str]) -> str:
        if found["comment"] or found["quoted"]:
            return found[0]
        for group, quote in (("escaped", "'"), ("text", "'"), ("name", '"')):
            if part := found[group]:
                return VARIABLE_IN_TEXT.sub(
                    lambda inner, quote=quote: (
                        self.text(inner[1]).replace(quote, quote * 2) if inner[1] else "$"
                    ),
                    part,
                )
        if found["dollars"]:
            return "$"
        value = self.text(found["variable"])
        if _NUMBER.fullmatch(value):
            return f"({value})" if value.startswith("-") else value  # two minus signs: a comment
        before = found.string[: found.start()][-1:]
        space = " " if before == "'" or before.isalnum() else ""  # e'...' has other rules
        return space + "'" + value.replace("'", "''") + "'"

    def _undefined(self, name: str) -> ExpressionRefused:
        known = [*self._expressions, *self._predefined]
        hint = did_you_mean(name, known) or "Define it on the package or pass it to the run."
        return ExpressionRefused(
            "undefined_variable", f"The variable ${name[:128]} is not defined.", hint
        )


def check_variable(name: str, expression: str, others: Mapping[str, str]) -> None:
    """Refuse a bad name, and an expression that cannot be a variable's value.

    `others` are variables it may refer to. Raises ExpressionRefused.
    """
    if not NAME.fullmatch(name):
        raise ExpressionRefused(
            "invalid_property_value",
            f"'{name[:128]}' cannot name a variable.",
            "Letters, digits and underscores, at most 128, not starting with a digit.",
        )
    Variables({**others, name: expression}).value(name)


def _evaluated(name: str, tree: exp.Expr) -> str:
    if isinstance(tree, exp.Literal):
        return str(tree.this)
    query = f"SELECT CAST({tree.sql(dialect='duckdb', comments=False)} AS VARCHAR)"  # noqa: S608
    with open_session(SessionLimits()) as session:
        timer = threading.Timer(_EVALUATION_SECONDS, session.interrupt)
        timer.start()
        try:
            rows = session.execute(query).fetchall()
        except duckdb.InterruptException:
            raise ExpressionRefused(
                "expression_syntax",
                f"The variable ${name} takes longer than {_EVALUATION_SECONDS:g} s to compute.",
                "Make its expression simpler.",
            ) from None
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0][:200]
            raise ExpressionRefused(
                "expression_syntax", f"The variable ${name} has no value: {reason}"
            ) from None
        finally:
            timer.cancel()
            timer.join()
    return "" if rows[0][0] is None else str(rows[0][0])
