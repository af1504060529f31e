"""What the engine asks of a foreign system: look, read record batches, write them exactly once.

A driver is opened for one run or one question, used from one thread (only `cancel` may come from
another) and closed. Rows travel as Arrow record batches of at most `BATCH_ROWS` rows.

Writing follows one protocol for databases and folders alike. `begin` makes a durable marker named
after the `WriteToken`; `load` prepares every row without making any visible; `commit` makes all
rows visible and removes the marker in one atomic step. So after a crash the marker tells what
happened: still there means nothing was committed, gone (after `begin`) means everything was.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import pyarrow as pa

BATCH_ROWS = 65_536
"""Most rows in one record batch."""

MAX_SMALL_FILE_BYTES = 64 * 1024 * 1024
"""Largest file that is held in memory whole."""

LOCK_WAIT_SECONDS = 30.0
"""How long a writer waits for a file that another writer holds."""

Category = Literal["database", "cloud_storage", "service"]

Operation = Literal[
    "append",
    "overwrite_truncate",
    "overwrite_delete",
    "merge_delete_insert",
    "merge_update_insert",
]

DestinationAction = Literal["fail_if_exists", "replace", "append"]

FileFormat = Literal["delimited", "json_lines", "parquet"]

Compression = Literal["none", "gzip", "bzip2", "zstd"]

Note = Callable[[str, str], None]
"""Receives a log level (DEBUG, INFO, WARN, ERROR) and a line about what the driver does."""


Rejected = Callable[[str, str], None]
"""Takes the reason why a row is put aside, and the row as a JSON text."""


@dataclass(frozen=True, slots=True)
class ConnectionSpec:
    """One connection with its decrypted settings; secrets never show in its text form."""

    id: int
    name: str
    kind: str
    settings: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far drivers may go. Without `local_root` the local kinds are off.

    `allowed_hosts` are the operator's exceptions from the policy of `reach.py`: host, host:port
    or network. `own_services` are host and port of what the product itself stands on.
    """

    local_root: Path | None
    allowed_hosts: tuple[str, ...] = ()
    own_services: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class WriteToken:
    """Names the marker and staging objects of one run's one destination."""

    run_id: int
    component_id: str

    @property
    def suffix(self) -> str:
        """`<run>_<hash of the component>`, safe in file and table names."""
        digest = hashlib.sha256(self.component_id.encode()).hexdigest()[:12]
        return f"{self.run_id}_{digest}"


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table or view a connection can see."""

    schema: str
    name: str
    kind: Literal["table", "view"]


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column with its type in the system's own words and in the product's (None: unknown)."""

    name: str
    native_type: str
    type: str | None
    nullable: bool


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column to read; `type` is the product's type word it shall have, None for its own."""

    name: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class TableRead:
    """Rows of one table (with an optional predicate) or of one query; columns in this order.

    At most `row_limit` rows, found by the system within `timeout_seconds`; None is no limit. With
    `value_limit` a table's texts come cut to so many characters and its binary values to so many
    bytes: for looking only, never for carrying data. `connections` above 1 lets a server read
    ranges of the column `split_by` side by side, in one snapshot; a file is read by one.
    """

    columns: tuple[ReadColumn, ...]
    schema: str | None = None
    table: str | None = None
    where: str | None = None
    query: str | None = None
    row_limit: int | None = None
    timeout_seconds: int | None = None
    value_limit: int | None = None
    split_by: str | None = None
    connections: int = 1


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """What a statement answered: names and values of its rows, none for one without an answer."""

    names: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class TableWrite:
    """Where and how rows go into a table. `keys` are the columns that identify a row in merges.

    `before` and `after` are statements that run in transactions of their own. `batch_rows` is how
    many rows are handed over at a time; None leaves it to the driver. `lengths` are the most
    characters of a text column that is made. With `widens`, columns are made wider for what comes.
    """

    table: str
    schema: str | None
    operation: Operation
    keys: tuple[str, ...]
    create_table: bool
    add_columns: bool
    not_null: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    batch_rows: int | None = None
    lengths: tuple[tuple[str, int], ...] = ()
    widens: bool = False


@dataclass(frozen=True, slots=True)
class FileWrite:
    """Where and how rows go into a folder. `delimiter` and the like matter for text only.

    `json_fields` hold JSON text, which goes into JSON lines as it is. Without `max_file_bytes` all
    rows go into one file; with it the next file begins once one has grown beyond.
    """

    directory: str
    format: FileFormat
    action: DestinationAction
    bucket: str | None = None
    file_prefix: str = "part"
    delimiter: str = "\t"
    string_qualifier: Literal["none", '"', "'"] = "none"
    escape_character: str = ""
    write_header: bool = False
    compression: Compression = "none"
    max_file_bytes: int | None = None
    json_fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file of a connection: its path below the folder or bucket, and its size.

    `version` is another text whenever the content may be another.
    """

    path: str
    size_bytes: int
    bucket: str | None = None
    version: str = ""


class Writer(Protocol):
    """One delivery into one table or folder; see the module's head for the protocol."""

    def has_marker(self) -> bool:
        """Whether the durable marker of this token exists."""

    def discard(self) -> None:
        """Undo whatever is not committed and remove marker and staging. Harmless when clean."""

    def begin(self) -> None:
        """Make the durable marker; one that an earlier attempt left will do. What the user wants
        done before is done in the same transaction. Raises UpstreamFailed or InvalidInput with
        nothing made."""

    def load(
        self,
        schema: pa.Schema,
        batches: Iterator[pa.RecordBatch],
        rejected: Rejected | None = None,
    ) -> int:
        """Take every row without making any visible; answers how many there were. With `rejected`,
        rows that the system refuses for their values are handed to it and left out."""

    def commit(self) -> None:
        """Make all rows visible and remove the marker, atomically."""

    def finish(self) -> None:
        """Do what the user wants done after the commit, unless it is done already. After a failure
        `discard` forgets that it is to be done."""


class Driver(Protocol):
    """What every kind can do. `connection_name` is for messages to people."""

    connection_name: str

    def ping(self) -> None:
        """Raises UpstreamFailed or InvalidInput when the system cannot be used as set up."""

    def close(self) -> None:
        """Give everything back; uncommitted work is rolled back. May be called twice."""

    def cancel(self) -> None:
        """Stop what another thread is doing on this driver; its call then raises."""


@runtime_checkable
class DatabaseDriver(Driver, Protocol):
    """A system that holds tables. `reads_beside_writes`: a reader that is still open never makes
    a writer of other tables wait."""

    reads_beside_writes: bool

    def tables(
        self, schema: str | None, search: str | None, limit: int, offset: int
    ) -> list[TableInfo]:
        """Tables and views by schema and name, without the markers of runs."""

    def columns(self, schema: str | None, table: str) -> list[ColumnInfo]:
        """The columns of a table in its order. Raises NotFound for an absent table."""

    def read(self, request: TableRead, rejected: Rejected | None = None) -> pa.RecordBatchReader:
        """The rows asked for. Raises NotFound for an absent table or column. With `rejected`, rows
        that hold a value which cannot be carried are handed to it and left out."""

    def writer(self, target: TableWrite, token: WriteToken, note: Note) -> Writer:
        """A delivery into one table."""

    def run_sql(self, statement: str, most_rows: int) -> SqlAnswer:
        """Any one statement in a transaction of its own, committed when this returns.

        At most `most_rows` rows of its answer are looked at. Raises UpstreamFailed when the system
        refuses it; nothing of it stays then.
        """


@runtime_checkable
class FileDriver(Driver, Protocol):
    """A system that holds files. `bucket` is for stores that have some; a folder refuses it."""

    def list_files(self, pattern: str, bucket: str | None = None) -> list[FileInfo]:
        """Files that a path, folder or pattern names, sorted by path."""

    def read_part(self, path: str, start: int, length: int, bucket: str | None = None) -> bytes:
        """Up to `length` bytes of a file that `list_files` named, from byte `start` on."""

    def local_path(self, file: FileInfo) -> Path | None:
        """The real path where the engine may open the file; None when it must be fetched."""

    def fetch(self, files: Sequence[tuple[FileInfo, Path]], arrived: Callable[[int], None]) -> None:
        """Copy files to new local ones, telling of bytes as they arrive. Raises UpstreamFailed
        for a file that is another by now."""

    def read_small(self, path: str, bucket: str | None = None) -> bytes | None:
        """The whole of a file of at most `MAX_SMALL_FILE_BYTES`; None when there is none."""

    def replace_small(self, path: str, data: bytes, bucket: str | None = None) -> None:
        """Put a small file in its place at once: a reader sees the old one or the new one."""

    def put(self, source: Path, path: str, bucket: str | None = None) -> None:
        """Copy a local file of any size to its place, where it is seen whole or not at all."""

    def remove(self, path: str, bucket: str | None = None) -> None:
        """Take a file away; harmless when there is none."""

    def writer(self, target: FileWrite, token: WriteToken, note: Note) -> Writer:
        """A delivery into one folder."""
