"""What a component sees while it is compiled: its inputs, the variables, a place for findings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from engine.expressions import (
    ExpressionRefused,
    compile_comparison,
    compile_expression,
    unknown_field,
)
from engine.expressions.semantics import Typed, cast_to
from engine.fields import Field, Fields
from engine.problems import Problem, Severity
from engine.variables import Variables


@dataclass(frozen=True, slots=True)
class Input:
    """One incoming edge: the component it comes from, its relation, its fields, and a number of
    rows that it never exceeds where one is known."""

    component_name: str
    relation: str
    fields: Fields
    at_most: int | None = None


class Scope:
    """One component's surroundings. Inputs are in port order."""

    def __init__(
        self,
        component_id: str,
        component_name: str,
        inputs: Sequence[Input],
        variables: Variables,
        problems: list[Problem],
    ) -> None:
        self.component_name = component_name
        self.inputs = tuple(inputs)
        self.variables = variables
        self._component_id = component_id
        self._problems = problems

    def report(
        self,
        code: str,
        property_name: str,
        message: str,
        hint: str = "",
        severity: Severity = "error",
    ) -> None:
        """Note a finding about one property of the component."""
        self._problems.append(
            Problem(
                code,
                severity,
                self._component_id,
                self.component_name,
                property_name,
                message,
                hint,
            )
        )

    def expression(self, text: str, property_name: str) -> Typed | None:
        """An expression over the fields of the first input; None after a finding."""
        try:
            return compile_expression(text, self.inputs[0].fields, self.variables)
        except ExpressionRefused as refused:
            self._refused(refused, property_name)
            return None

    def comparison(
        self, kind: type[exp.Expr], left: str, right: str, property_name: str
    ) -> exp.Expr | None:
        """Two expressions over the first input compared; None after findings."""
        fields = self.inputs[0].fields
        try:
            return compile_comparison(kind, (left, right), fields, self.variables)[0]
        except ExpressionRefused as refused:
            sides = (
                self.expression(left, f"{property_name}.left"),
                self.expression(right, f"{property_name}.right"),
            )
            if None not in sides:
                self._refused(refused, property_name)
            return None

    def cast(
        self, tree: exp.Expr, given: str | None, wanted: str, property_name: str
    ) -> Typed | None:
        """A value cast to a declared type; None after a finding."""
        try:
            return cast_to(tree, given, wanted)
        except ExpressionRefused as refused:
            self._refused(refused, property_name)
            return None

    def text(self, value: str, property_name: str) -> str | None:
        """A property with its variables replaced; None after a finding."""
        try:
            return self.variables.substitute(value)
        except ExpressionRefused as refused:
            self._refused(refused, property_name)
            return None

    def sql(self, value: str, property_name: str) -> str | None:
        """SQL for the user's own database with constants for variables; None after a finding."""
        try:
            return self.variables.bind_sql(value)
        except ExpressionRefused as refused:
            self._refused(refused, property_name)
            return None

    def field(self, name: str, property_name: str, *, port: int = 0) -> Field | None:
        """An incoming field by name; None after a finding."""
        fields = self.inputs[port].fields
        field = fields.find(name)
        if field is None:
            self._refused(unknown_field(name, fields), property_name)
        return field

    def no_variables(self, value: str, property_name: str) -> bool:
        """Refuse a variable where none is allowed; True when there is none."""
        if "$" not in value:
            return True
        self.report(
            "variable_not_allowed",
            property_name,
            f"'{value[:80]}' may not hold a variable.",
            "Write the name itself.",
        )
        return False

    def _refused(self, refused: ExpressionRefused, property_name: str) -> None:
        self._problems.append(
            refused.problem(self._component_id, self.component_name, property_name)
        )


def relation(name: str) -> exp.Table:
    """The rows of an earlier stage, to select from."""
    return exp.table_(name, quoted=True)


def named(tree: exp.Expr, name: str) -> exp.Expr:
    """A selected value under its name. The tree is taken as it is, not copied."""
    return exp.Alias(this=tree, alias=exp.to_identifier(name, quoted=True))


def select_from(rows: exp.Expr, trees: Iterable[exp.Expr]) -> exp.Select:
    """A query for values of some rows. The trees are taken as they are, not copied."""
    return exp.select(*trees, copy=False).from_(rows, copy=False)


def joined(separator: str, texts: Iterable[exp.Expr]) -> exp.Expr:
    """Texts as one, NULL ones left out; of none of them the empty text."""
    parts = [exp.Literal.string(separator), *texts]
    return exp.ConcatWs(expressions=parts, safe=True, coalesce=True)
