"""The expression language: DuckDB's spelling, our own function catalogue, no statements."""

from engine.expressions.compiler import (
    column,
    compile_comparison,
    compile_expression,
    unknown_field,
)
from engine.expressions.errors import ExpressionRefused
from engine.expressions.functions import FUNCTIONS, Function

__all__ = [
    "FUNCTIONS",
    "ExpressionRefused",
    "Function",
    "column",
    "compile_comparison",
    "compile_expression",
    "unknown_field",
]
