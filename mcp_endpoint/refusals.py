"""Refused arguments in words: one line a field, naming the limit."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mcp_endpoint.registry import ToolArgs

Context = dict[str, Any]

WORDS: dict[str, Callable[[Context], str]] = {
    "missing": lambda _: "is required",
    "int_type": lambda _: "must be an integer",
    "int_from_float": lambda _: "must be an integer",
    "string_type": lambda _: "must be a string",
    "bool_type": lambda _: "must be true or false",
    "dict_type": lambda _: "must be an object",
    "list_type": lambda _: "must be an array",
    "greater_than": lambda limit: f"must be above {limit['gt']}",
    "greater_than_equal": lambda limit: f"must be at least {limit['ge']}",
    "less_than": lambda limit: f"must be below {limit['lt']}",
    "less_than_equal": lambda limit: f"must be at most {limit['le']}",
    "string_too_short": lambda limit: f"must have at least {limit['min_length']} characters",
    "string_too_long": lambda limit: f"must have at most {limit['max_length']} characters",
    "too_long": lambda limit: f"must have at most {limit['max_length']} entries",
    "literal_error": lambda limit: f"must be {limit['expected']}",
}


def explain(refused: ValidationError, arguments: type[ToolArgs]) -> str:
    """Every refused field with what it must be."""
    return "\n".join(_line(error, arguments) for error in refused.errors(include_url=False))


def _line(error: ErrorDetails, arguments: type[ToolArgs]) -> str:
    path = ".".join(str(part) for part in error["loc"]) or "''"
    if error["type"] == "extra_forbidden":
        known = ", ".join(arguments.model_fields) or "none"
        return f"{path}: is not an argument of this tool; its arguments are: {known}"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    word = WORDS.get(error["type"])
    return f"{path}: {word(error.get('ctx', {})) if word else error['msg']}"
