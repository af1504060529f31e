"""A tree with the type of its value."""

from sqlglot import exp

Typed = tuple[exp.Expr, str | None]
"""A tree and the type word of its value; None where it is known only at run time."""
