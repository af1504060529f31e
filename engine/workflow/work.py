"""What tasks ask for, settled down to the last value, and how a task ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Condition = Literal["success", "failure", "completion"]
EndState = Literal["completed", "failed", "skipped"]
ResultType = Literal["none", "single_value", "row", "table_json"]


@dataclass(frozen=True, slots=True)
class RunPackage:
    """Run another package and wait for its end."""

    package_id: int
    variables: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExecuteSql:
    """Run one statement of a database and keep its answer in a variable."""

    connection_id: int
    statement: str = field(repr=False)
    result_type: ResultType
    variable: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One HTTP request. Without a connection it carries no credentials."""

    connection_id: int | None
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    fail_on_status: int
    timeout_seconds: float
    variable: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One message by e-mail."""

    recipients: tuple[str, ...]
    subject: str
    text: str = field(repr=False)


TaskWork = RunPackage | ExecuteSql | Wait | HttpCall | Mail


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """How a task ended, for good. `variables` are what it leaves to the tasks after it."""

    state: EndState
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    message: str = ""
    retryable: bool = False
