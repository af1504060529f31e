"""The stages of a plan: what is to be done, said without any engine's words.

Queries are SQLGlot trees over the relations of the stages before; every backend writes them out
in its own dialect.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlglot import exp

from connections.drivers.base import FileWrite, TableRead, TableWrite
from connections.drivers.rest_read import RestRead
from connections.drivers.rest_write import RestWrite
from engine.fields import Fields
from engine.rejects import Check, RejectRule

Drift = Literal["ignore", "fail", "add_columns"]

FileRecords = Literal["delimited", "json", "raw", "excel", "parquet"]

ASSERTION: Final = "Assertion failed: "
"""How the message of a query begins that stops the run by the user's own wish."""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of a source, the field it becomes and the declared type (None: as it comes)."""

    name: str
    alias: str
    type: str | None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """Read files of one file storage connection. `quote` is empty when values are never quoted.

    `manifest_path` names the file that remembers which ones were read by earlier runs.
    """

    connection_id: int
    path: str
    format: FileRecords
    columns: tuple[SourceColumn, ...]
    bucket: str | None = None
    record_delimiter: Literal["new_line", "eof"] = "new_line"
    delimiter: str = "\t"
    quote: str = ""
    escape: str = ""
    header_row: bool = False
    char_encoding: str = "utf-8"
    compression: Literal["auto", "none", "gzip", "bzip2", "zip", "zstd"] = "auto"
    zip_password: str = field(default="", repr=False)
    null_string: str = ""
    base_path: str = ""
    sheet: str = ""
    manifest_path: str = ""


@dataclass(frozen=True, slots=True)
class ReadTable:
    """Read one table or query of a database connection. With `keeps` all rows are stored by the
    engine before anything comes after, so that the database is free again."""

    connection_id: int
    request: TableRead
    columns: tuple[SourceColumn, ...]
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class ReadRows:
    """Take rows that stand in the flow; values are of Python's kind for each column's type."""

    columns: tuple[SourceColumn, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Transform:
    """A query over the relations of the input stages.

    `keeps_count`: as many rows leave as came in, so that nobody needs to count them.
    `orders`: the rows leave in a meaningful order.
    `checks`: one for each selected value, when rows whose values cannot be had are put aside.
    `once`: all rows are computed, and only once, whoever reads them and however few of them: the
    query stops the run at certain rows, or gives others each time.
    """

    query: exp.Query
    keeps_count: bool = False
    orders: bool = False
    checks: tuple[Check, ...] = ()
    once: bool = False


@dataclass(frozen=True, slots=True)
class WriteTable:
    """Deliver the rows of `query` into a table; `checks` as in a Transform."""

    connection_id: int
    query: exp.Query
    target: TableWrite
    checks: tuple[Check, ...] = ()
    drift: Drift = "ignore"


@dataclass(frozen=True, slots=True)
class WriteFiles:
    """Deliver the rows of `query` into a folder."""

    connection_id: int
    query: exp.Query
    target: FileWrite


@dataclass(frozen=True, slots=True)
class WriteLog:
    """Compute the rows of `query`, and show the first `row_count` in the run's log."""

    query: exp.Query
    row_count: int


@dataclass(frozen=True, slots=True)
class ReadRest:
    """Read the answers of a service, page by page. Without a connection, any public one."""

    connection_id: int | None
    request: RestRead
    columns: tuple[SourceColumn, ...]


@dataclass(frozen=True, slots=True)
class AnswerFolder:
    """Where a file of what a service answered is put; empty is the connection's own folder."""

    connection_id: int
    folder: str
    bucket: str | None


@dataclass(frozen=True, slots=True)
class WriteRest:
    """Send the rows of `query` to a service, and save what it answers where that is wanted."""

    connection_id: int | None
    query: exp.Query
    target: RestWrite
    answers: AnswerFolder | None = None


Source = ReadFiles | ReadTable | ReadRows | ReadRest
Delivered = WriteTable | WriteFiles | WriteRest
Destination = Delivered | WriteLog
Work = Source | Transform | Destination


@dataclass(frozen=True, slots=True)
class Outcome:
    """What compiling one component gives: its outgoing fields and its work.

    `at_most` is a number of rows that it never exceeds, None when nothing is known. `rejects` says
    how many rows may be put aside; None: a bad row fails the run.
    """

    fields: Fields
    work: Work | None
    at_most: int | None = None
    rejects: RejectRule | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One component of a plan. `relation` is the name its rows have in later queries, and
    `rejects_relation` that of the rows it puts aside."""

    component_id: str
    component_name: str
    wrapper_key: str
    relation: str
    inputs: tuple[str, ...]
    fields: Fields
    work: Work
    rejects: RejectRule | None = None

    @property
    def rejects_relation(self) -> str:
        """The name of the rows put aside."""
        return rejects_relation(self.relation)


def rejects_relation(relation: str) -> str:
    """The name of the rows that the stage of a relation puts aside."""
    return f"{relation}_rejects"
