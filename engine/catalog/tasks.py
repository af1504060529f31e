"""Tasks: what the components of a workflow do, one after the other or side by side."""

import json
from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine import texts
from engine.catalog.base import Category, Component, ConnectionCategory, FlowType, Ports
from engine.catalog.http import HttpRequest, filled, filled_headers, is_address
from engine.scope import Scope
from engine.stages import Outcome
from engine.variables import NAME
from engine.workflow.work import (
    ExecuteSql,
    HttpCall,
    Mail,
    ResultType,
    RunPackage,
    TaskWork,
    Wait,
)

MAX_WAIT_SECONDS = 86_400.0
MAX_RECIPIENTS = 20

_VARIABLES: dict[str, Any] = {"variables": True}
_JSON = "application/json"


class Task(Component):
    """What every task has. A task moves no rows: its edges say when it runs."""

    category: ClassVar[Category] = "task"
    flow_types: ClassVar[tuple[FlowType, ...]] = ("workflow",)
    inputs: ClassVar[Ports] = Ports(min=0, max=None)
    outputs: ClassVar[Ports] = Ports(min=0, max=None)

    execution_condition: Literal["all", "any"] = Field(
        default="all",
        description="With several incoming edges: all of their conditions must hold, or any.",
    )

    def compile(self, scope: Scope) -> Outcome | None:
        """A data flow holds no tasks; the structure check has told so."""
        return None

    @abstractmethod
    def prepare(self, scope: Scope) -> TaskWork | None:
        """Check the properties against the variables and settle what is to be done.

        The same for checking and running. Findings go to `scope`; None after an error.
        """

    def assigns(self) -> str:
        """The variable that the task gives a value to; empty for none."""
        return ""


class RunPackageTask(Task):
    """Runs another package of the account, a data flow or a workflow, and waits for its end. The
    run is an ordinary one with a log of its own. It gets every variable of the workflow by name,
    results of earlier tasks included; `variables` go before those. The task fails when the run
    does.
    """

    type_name: ClassVar[str] = "run_package_task"
    class_name: ClassVar[str] = "RunPackageTask"
    example: ClassVar[dict[str, Any]] = {
        "name": "load_orders",
        "package_id": 7,
        "variables": {"since": "$last_day"},
    }

    package_id: int = Field(gt=0, description="The package to run, as it is when the task starts.")
    variables: dict[str, str] = Field(
        default_factory=dict,
        max_length=200,
        description="Values by name for the run, in place of the workflow's; $name is replaced.",
        json_schema_extra=_VARIABLES,
    )

    def prepare(self, scope: Scope) -> TaskWork | None:
        values = {}
        for name, value in self.variables.items():
            place = f"variables.{name[:128]}"
            if not _is_variable(scope, name, place):
                return None
            text = filled(scope, texts.fill, value, place)
            if text is None:
                return None
            values[name] = text
        return RunPackage(self.package_id, values)


class ExecuteSqlTask(Task):
    """Runs one SQL statement in a database, in a transaction of its own, and keeps its answer in a
    variable: the first value of the first row, the first row as a JSON object, or all rows as a
    JSON list. Variables are written ${name}, inside or outside of quotes, and enter as constants.
    Without a row, or for NULL, the variable is the empty text.
    """

    type_name: ClassVar[str] = "execute_sql_task"
    class_name: ClassVar[str] = "ExecuteSqlTask"
    connection_category: ClassVar[ConnectionCategory | None] = "database"
    example: ClassVar[dict[str, Any]] = {
        "name": "newest_day",
        "connection_id": 2,
        "query": "SELECT max(day) FROM orders WHERE region = '${region}'",
        "result_type": "single_value",
        "assign_to_variable": "last_day",
    }

    connection_id: int = Field(gt=0, description="The database.")
    query: str = Field(
        min_length=1,
        max_length=100_000,
        description="One statement in the database's own SQL.",
        json_schema_extra=_VARIABLES,
    )
    result_type: ResultType = Field(
        default="none", description="What of the answer goes into the variable."
    )
    assign_to_variable: str = Field(
        default="", max_length=128, description="The variable; required unless result_type is none."
    )

    def assigns(self) -> str:
        return self.assign_to_variable if self.result_type != "none" else ""

    def prepare(self, scope: Scope) -> TaskWork | None:
        for bare in dict.fromkeys(texts.bare_variables(self.query)):
            scope.report(
                "invalid_sql_variable_syntax",
                "query",
                f"{bare} is not replaced in SQL.",
                f"Write ${{{bare[1:]}}} for a variable.",
                severity="warning",
            )
        if self.result_type != "none" and not self.assign_to_variable:
            scope.report(
                "missing_required_property",
                "assign_to_variable",
                f"assign_to_variable is required when result_type is {self.result_type}.",
            )
            return None
        if self.assigns() and not _is_variable(scope, self.assigns(), "assign_to_variable"):
            return None
        query = self.query.strip().rstrip(";")
        statement = filled(scope, texts.bind_braces, query, "query")
        if statement is None:
            return None
        return ExecuteSql(self.connection_id, statement, self.result_type, self.assigns())


class WaitTask(Task):
    """Lets some time pass before the next tasks, a day at most. The run counts as running."""

    type_name: ClassVar[str] = "wait_task"
    class_name: ClassVar[str] = "WaitTask"
    example: ClassVar[dict[str, Any]] = {"name": "settle", "seconds": 30}

    seconds: float = Field(gt=0, le=MAX_WAIT_SECONDS, description="How long.")

    def prepare(self, scope: Scope) -> TaskWork | None:
        return Wait(self.seconds)


class HttpTask(HttpRequest, Task):
    """Sends one HTTP request, and fails on an answer with a status of fail_on_status or more. With
    a REST connection the url is a path below its base address and its credentials are sent. The
    body of the answer can go into a variable. Variables in the url are encoded, except one at its
    very beginning; in a JSON body they stand inside texts.
    """

    type_name: ClassVar[str] = "http_task"
    class_name: ClassVar[str] = "HttpTask"
    example: ClassVar[dict[str, Any]] = {
        "name": "refresh_cache",
        "method": "POST",
        "url": "https://example.com/refresh",
        "body_format": "json",
        "body": '{"day": "$last_day"}',
    }

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(
        default="GET", description="The HTTP method."
    )
    body_format: Literal["json", "text"] = Field(
        default="json", description="How variables enter the body."
    )
    body: str = Field(
        default="",
        max_length=1_000_000,
        description="What is sent; nothing when empty.",
        json_schema_extra=_VARIABLES,
    )
    fail_on_status: int = Field(
        default=400, ge=200, le=600, description="The least status that fails the task."
    )
    timeout_s: float = Field(
        default=60, gt=0, le=600, description="Seconds until the whole answer must be there."
    )
    assign_to_variable: str = Field(
        default="", max_length=128, description="The variable for the answer's body, if any."
    )

    def assigns(self) -> str:
        return self.assign_to_variable

    def prepare(self, scope: Scope) -> TaskWork | None:
        if self.assigns() and not _is_variable(scope, self.assigns(), "assign_to_variable"):
            return None
        url = filled(scope, texts.fill_url, self.url, "url")
        headers = filled_headers(scope, self.headers)
        body = self._body(scope)
        if url is None or headers is None or body is None:
            return None
        if not is_address(scope, self.connection_id, url):
            return None
        if body and self.body_format == "json":
            headers = {"Content-Type": _JSON, **headers}
        return HttpCall(
            connection_id=self.connection_id,
            method=self.method,
            url=url,
            headers=headers,
            body=body.encode() if body else None,
            fail_on_status=self.fail_on_status,
            timeout_seconds=self.timeout_s,
            variable=self.assign_to_variable,
        )

    def _body(self, scope: Scope) -> str | None:
        if not self.body:
            return ""
        filler = texts.fill_json_text if self.body_format == "json" else texts.fill
        return filled(scope, filler, self.body, "body")


EmailAddress = Annotated[str, Field(pattern=r"^[^@\s,;<>]{1,64}@[^@\s,;<>]{1,190}$")]


class NotifyTask(Task):
    """Tells people or programs: by e-mail, which needs a mail server set up by the operator, or as
    a webhook, a POST of {"subject", "message", "run_id", "package_id"} as JSON, where any status of
    400 or more fails the task.
    """

    type_name: ClassVar[str] = "notify_task"
    class_name: ClassVar[str] = "NotifyTask"
    connection_category: ClassVar[ConnectionCategory | None] = "service"
    example: ClassVar[dict[str, Any]] = {
        "name": "tell_team",
        "channel": "webhook",
        "url": "https://hooks.example.com/pipelines",
        "subject": "Orders are loaded",
        "message": "Newest day: $last_day",
    }

    channel: Literal["email", "webhook"] = Field(description="Which way it goes.")
    recipients: tuple[EmailAddress, ...] = Field(
        default=(), max_length=MAX_RECIPIENTS, description="E-mail addresses, for email."
    )
    connection_id: int | None = Field(
        default=None, gt=0, description="A REST connection for a webhook, if it needs credentials."
    )
    url: str = Field(
        default="",
        max_length=4_000,
        description="Where a webhook goes; with a connection a path below its base address.",
        json_schema_extra=_VARIABLES,
    )
    subject: str = Field(
        min_length=1, max_length=200, description="One line.", json_schema_extra=_VARIABLES
    )
    message: str = Field(
        default="",
        max_length=20_000,
        description="The text below the subject.",
        json_schema_extra=_VARIABLES,
    )

    def prepare(self, scope: Scope) -> TaskWork | None:
        subject = filled(scope, texts.fill, self.subject, "subject")
        message = filled(scope, texts.fill, self.message, "message")
        needed = "recipients" if self.channel == "email" else "url"
        if not getattr(self, needed):
            words = f"{needed} is required when channel is {self.channel}."
            scope.report("missing_required_property", needed, words)
            return None
        if subject is None or message is None:
            return None
        line = " ".join(subject.split())[:200]
        if self.channel == "email":
            return Mail(self.recipients, line, message)
        url = filled(scope, texts.fill_url, self.url, "url")
        if url is None or not is_address(scope, self.connection_id, url):
            return None
        facts = {
            "subject": line,
            "message": message,
            "run_id": filled(scope, texts.fill, "$_JOB_ID", "message"),
            "package_id": filled(scope, texts.fill, "$_PACKAGE_ID", "message"),
        }
        return HttpCall(
            connection_id=self.connection_id,
            method="POST",
            url=url,
            headers={"Content-Type": _JSON},
            body=json.dumps(facts).encode(),
            fail_on_status=400,
            timeout_seconds=30,
            variable="",
        )


def _is_variable(scope: Scope, name: str, place: str) -> bool:
    if NAME.fullmatch(name) and not name.startswith("_"):
        return True
    scope.report(
        "invalid_property_value",
        place,
        f"'{name[:128]}' cannot name a variable.",
        "Letters, digits and underscores, at most 128, beginning with a letter.",
    )
    return False
