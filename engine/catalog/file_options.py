"""Whether the options of a file source fit each other and its columns."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import jsonpath

from common.errors import InvalidInput
from connections.file_sample import known_encoding
from engine.scope import Scope
from engine.stages import SourceColumn

_Finding = tuple[str, str, str]
"""Property, message and hint."""


class FileOptions(Protocol):
    """The properties that are looked at."""

    @property
    def record_type(self) -> str: ...
    @property
    def record_delimiter(self) -> str: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def quote(self) -> str: ...
    @property
    def escape(self) -> str | None: ...
    @property
    def char_encoding(self) -> str: ...
    @property
    def base_record_jsonpath(self) -> str | None: ...
    @property
    def zip_password(self) -> str | None: ...


class FileOptionsCheck:
    """Reports what does not fit."""

    def __init__(self, options: FileOptions, scope: Scope) -> None:
        self._options = options
        self._scope = scope

    def passed(self, columns: Sequence[SourceColumn]) -> bool:
        """Whether nothing was found; a password written out is only a warning."""
        found = [*self._signs(), *self._encoding(), *self._records(columns), *self._paths(columns)]
        for name, message, hint in found:
            self._scope.report("invalid_property_value", name, message, hint)
        password = self._options.zip_password
        if password and "$" not in password:
            self._scope.report(
                "secret_in_flow",
                "zip_password",
                "zip_password stands in the flow, where everybody who sees the package reads it.",
                "Keep it in a secret variable and write $ and its name.",
                "warning",
            )
        return not found

    def _signs(self) -> Iterator[_Finding]:
        options = self._options
        if options.record_type != "delimited":
            return
        if options.record_delimiter == "eof":
            yield (
                "record_delimiter",
                "record_delimiter: delimited text has a record on each line (new_line).",
                "To have a whole file as one value, set record_type to raw.",
            )
        if options.delimiter in "\r\n" or (options.escape or "x") in "\r\n":
            yield "delimiter", "delimiter: neither it nor escape may be a line break.", ""
        if options.delimiter in (options.quote[:1], options.escape):
            yield "delimiter", "delimiter: must be another character than quote and escape.", ""

    def _encoding(self) -> Iterator[_Finding]:
        try:
            known_encoding(self._options.char_encoding)
        except InvalidInput as error:
            yield "char_encoding", f"{error.message}.", ""

    def _records(self, columns: Sequence[SourceColumn]) -> Iterator[_Finding]:
        options = self._options
        if options.record_type == "raw" and len(columns) > 1:
            yield (
                "schema.fields",
                f"Raw files have one field, and schema.fields lists {len(columns)}.",
                "List one field of type string or binary, and take it apart in a select.",
            )
        for place, column in enumerate(columns):
            yield from self._column(f"schema.fields[{place}].type", column)

    def _column(self, where: str, column: SourceColumn) -> Iterator[_Finding]:
        options = self._options
        if options.record_type == "parquet":
            return
        if options.record_type == "raw":
            if column.type not in (None, "string", "binary"):
                yield where, f"A raw field is string or binary, not {column.type}.", ""
            if column.type == "binary" and options.record_delimiter == "new_line":
                hint = "Set record_delimiter to eof, or the type to string."
                yield where, "Bytes have no lines.", hint
        elif column.type == "binary":
            hint = "Declare it as string, and decode it in a select."
            yield where, f"Files of type {options.record_type} hold no bytes.", hint

    def _paths(self, columns: Sequence[SourceColumn]) -> Iterator[_Finding]:
        base = self._options.base_record_jsonpath
        if self._options.record_type != "json":
            if base:
                message = "base_record_jsonpath is for record_type json."
                yield "base_record_jsonpath", message, "Leave it out."
            return
        named = {f"schema.fields[{i}].name": c.name for i, c in enumerate(columns)}
        paths = {where: name for where, name in named.items() if name.startswith("$")}
        for where, path in {**paths, **({"base_record_jsonpath": base} if base else {})}.items():
            try:
                jsonpath.compile(path)
            except jsonpath.JSONPathError as error:
                reason = str(error).partition("\n")[0]
                place = error.token.index + 1 if error.token else len(path)
                yield where, f"{path[:80]} is no JSONPath: {reason} at character {place}.", ""
