"""Variables of a run: names to expressions, and the ways their values enter a flow.

In an expression `$name` stands for the variable's own expression. In a text, a path or a table
name it is replaced by the value. In SQL it becomes a constant: see sql_variables.py. No value can
ever change the structure of what it enters.
"""

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import duckdb
from sqlglot import exp

from common.redact import forms_of
from engine.backends.session import SessionLimits, open_session
from engine.expressions.compiler import VARIABLE_IN_TEXT, compile_expression
from engine.expressions.errors import ExpressionRefused
from engine.expressions.typed import Typed
from engine.fields import Fields
from engine.problems import did_you_mean
from engine.sql_variables import NUMBER, bound_sql
from engine.system_variables import SUBMITTED_AT, SYSTEM_VARIABLES

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
"""What a variable may be called."""

_EVALUATION_SECONDS = 2.0


class Variables:
    """The variables of one run, evaluated when first asked for.

    `expressions` have the precedence among them applied already, and override the defaults of
    system variables. `predefined` are plain values and go before them. `secrets` are plain texts
    and go before everything.
    """

    def __init__(
        self,
        expressions: Mapping[str, str] | None = None,
        predefined: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        self._expressions = {**SYSTEM_VARIABLES, **(expressions or {})}
        self._predefined = {SUBMITTED_AT: _now(), **(predefined or {})}
        self._secrets = dict(secrets or {})
        self._compiled: dict[str, Typed] = {}
        self._texts: dict[str, str] = {}
        self._open: list[str] = []

    def with_values(self, values: Mapping[str, str]) -> "Variables":
        """The same variables, with plain values in the place of those that bear their names."""
        return Variables(self._expressions, {**self._predefined, **values}, self._secrets)

    def texts(self) -> dict[str, str]:
        """The values of all variables, for handing on to another run.

        Without those of the platform, whose names begin with `_`, without the secret ones, and
        without what was made of a secret one.
        """
        names = {*self._expressions, *self._predefined} - set(self._secrets)
        texts = {name: self.text(name) for name in sorted(names) if not name.startswith("_")}
        return {name: text for name, text in texts.items() if not self.hold_secret(text)}

    def hold_secret(self, text: str) -> bool:
        """Whether a secret variable's value stands in the text, in a form that would be masked."""
        forms = {form for secret in self._secrets.values() for form in forms_of(secret)}
        return any(form in text for form in forms)

    def value(self, name: str) -> Typed:
        """The variable's compiled expression; a plain value as a constant."""
        if name not in self._compiled:
            self._compiled[name] = self._compile(name)
        tree, word = self._compiled[name]
        return tree.copy(), word

    def _compile(self, name: str) -> Typed:
        if name in self._secrets:
            return exp.Literal.string(self._secrets[name]), "string"
        if name in self._predefined:
            given = self._predefined[name]
            if NUMBER.fullmatch(given):
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
                refused.code, f"In the variable ${name}: {refused.told}", refused.hint
            ) from None
        finally:
            self._open.pop()

    def text(self, name: str) -> str:
        """The variable's value as text; NULL is the empty text."""
        if name not in self._texts:
            self._texts[name] = self._plain(name) or _evaluated(name, self.value(name)[0])
        return self._texts[name]

    def substitute(self, text: str) -> str:
        """The text with `$name` replaced by values and `$$` by a dollar sign."""
        return VARIABLE_IN_TEXT.sub(lambda found: self.text(found[1]) if found[1] else "$", text)

    def bind_sql(self, fragment: str) -> str:
        """SQL for the user's own database, its variables replaced by constants.

        Raises ExpressionRefused where databases disagree on where a text ends.
        """
        return bound_sql(fragment, self.text)

    def _plain(self, name: str) -> str | None:
        """A value that nothing has to be computed for."""
        if name in self._secrets:
            return self._secrets[name]
        return self._predefined.get(name)

    def _undefined(self, name: str) -> ExpressionRefused:
        known = [*self._expressions, *self._predefined, *self._secrets]
        hint = did_you_mean(name, known) or "Define it on the package or pass it to the run."
        return ExpressionRefused(
            "undefined_variable", f"The variable ${name[:128]} is not defined.", hint
        )


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
