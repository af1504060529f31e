"""The expression language: one grammar in two spellings, our own functions, no statements."""

from engine.expressions.catalog import FUNCTIONS, describe_functions
from engine.expressions.compiler import (
    column,
    compile_comparison,
    compile_expression,
)
from engine.expressions.errors import ExpressionRefused
from engine.expressions.refusals import unknown_field
from engine.expressions.rows import Function

__all__ = [
    "FUNCTIONS",
    "ExpressionRefused",
    "Function",
    "column",
    "compile_comparison",
    "compile_expression",
    "describe_functions",
    "unknown_field",
]
