"""The tasks of workflows, with a desk that remembers what is asked of the platform."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.workflow.work import Mail, TaskEnd
from tests.engine.cases.case import Fails, nothing
from tests.engine.cases.nasty import NAME, ROWS
from tests.engine.cases.services import always, arrived, headers_told, in_order, json_told, silent
from tests.engine.flows import SQLITE, WEB, Bench
from tests.engine.tables import sqlite_rows
from tests.workflows.building import sql, task, wait, workflow

PREDEFINED = {"_JOB_ID": "71", "_PACKAGE_ID": "72"}


@dataclass
class MemoryDesk:
    """Every package ends well, and every mail is sent."""

    ends: dict[str, TaskEnd] = field(default_factory=dict)
    packages: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)

    def task_end(self, component_id: str) -> TaskEnd | None:
        return None

    def task_begins(self, component_id: str) -> None: ...

    def task_ends(self, component_id: str, end: TaskEnd) -> None:
        self.ends[component_id] = end

    def run_package(
        self, component_id: str, package_id: int, variables: Mapping[str, str]
    ) -> TaskEnd:
        self.packages.append((package_id, dict(variables)))
        return TaskEnd("completed")

    def send_mail(self, component_id: str, mail: Mail) -> TaskEnd:
        self.mails.append(mail)
        return TaskEnd("completed")


@dataclass(frozen=True)
class TaskCase:
    """A small workflow and what it does; tasks that `states` does not name complete."""

    name: str
    parts: list[dict[str, Any]]
    expected: list[Any] | Fails
    found: Callable[[Bench, MemoryDesk], list[Any]] = lambda bench, desk: []
    edges: list[tuple[str, ...]] = field(default_factory=list)
    states: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Bench], None] = nothing

    def flow(self) -> dict[str, Any]:
        return workflow(*self.parts, edges=self.edges)


def books(bench: Bench) -> None:
    sqlite_rows(bench.root, "CREATE TABLE seen (what TEXT)")


def seen(bench: Bench, desk: MemoryDesk) -> list[str]:
    return [what for (what,) in sqlite_rows(bench.root, "SELECT what FROM seen ORDER BY rowid")]


def handed(bench: Bench, desk: MemoryDesk) -> list[Any]:
    return desk.packages


def handed_json(bench: Bench, desk: MemoryDesk) -> list[Any]:
    return [json.loads(variables["got"]) for _, variables in desk.packages]


def sent(bench: Bench, desk: MemoryDesk) -> list[tuple]:
    return [json_told(asked) for asked in arrived(bench).asked]


def as_variable(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


NAMES = [row[NAME] for row in ROWS if row[NAME] is not None and "\\" not in row[NAME]]
VALUES = {f"n{n}": name for n, name in enumerate(NAMES)}
WRITTEN = {name: as_variable(value) for name, value in VALUES.items()}
HAND_ON = task("run_package", "hand_on", package_id=5, variables={"got": "$got"})


def noted(name: str, query: str = "INSERT INTO seen VALUES ('here')", **properties) -> dict:
    return sql(name, query, SQLITE, **properties)


def noted_values(form: str) -> dict:
    """Every one of VALUES by its variable, written in this form."""
    rows = ", ".join(form % name for name in VALUES)
    return noted("put", f"INSERT INTO seen VALUES {rows}")  # noqa: S608


def answered(result_type: str, query: str, expected: object) -> TaskCase:
    asking = noted("ask", query, result_type=result_type, assign_to_variable="got")
    return TaskCase(f"the answer {result_type} of {query}", [asking, HAND_ON], [expected],
                    handed if result_type == "single_value" else handed_json,
                    [("ask", "hand_on")], prepare=books)  # fmt: skip


def calls(name: str, expected, found=sent, *, prepare=None, variables=None, **properties):
    request = task("http", "call", **{"url": "jobs", "connection_id": WEB, **properties})
    return TaskCase(name, [request], expected, found, prepare=prepare or always({}),
                    variables=variables or {})  # fmt: skip


EVERY_KIND: dict[str, dict[str, Any]] = {
    "execute_sql": {"connection_id": SQLITE, "query": "SELECT 1", "result_type": "none"},
    "wait": {"seconds": 0.01},
    "run_package": {"package_id": 5},
    "http": {"url": "jobs", "connection_id": WEB},
    "notify": {"channel": "webhook", "url": "jobs", "connection_id": WEB, "subject": "x"},
}


def conditional(kind: str, condition: str, state: str) -> TaskCase:
    """A task behind one that completes and one that fails, whose failure another one takes."""
    parts = [
        wait("good"), noted("bad", "SELECT * FROM absent"), wait("after_bad"),
        task(kind, "judged", execution_condition=condition, **EVERY_KIND[kind]),
    ]  # fmt: skip
    edges: list[tuple[str, ...]] = [
        ("good", "judged"), ("bad", "judged"), ("bad", "after_bad", "failure"),
    ]  # fmt: skip
    return TaskCase(f"{kind} when {condition} of its edges come true", parts, [], edges=edges,
                    states={"bad": "failed", "judged": state}, prepare=always({}))  # fmt: skip


HOOK = {"subject": 'Day it\'s "now"', "message": "line\nline", "run_id": "71", "package_id": "72"}
NOW = {"day": "'it''s \"now\"'"}
ROW = {"a": 1, "b": None, "c": 'it\'s "é"\\', "d": 0.5}
ROW_SQL = "SELECT 1 AS a, NULL AS b, 'it''s \"é\"\\' AS c, 0.5 AS d"

TASK_CASES = [
    TaskCase("values inside quotes of SQL",
             [noted_values("('${%s}')")], NAMES, seen, variables=WRITTEN, prepare=books),
    TaskCase("values outside quotes of SQL",
             [noted_values("(${%s})")], NAMES, seen, variables=WRITTEN, prepare=books),
    TaskCase("a value with a backslash in SQL", [noted("put", "INSERT INTO seen VALUES ('${v}')")],
             Fails("backslash", "put"), variables={"v": "'a\\'"}, prepare=books),
    TaskCase("SQL that the database refuses", [noted("put", "SELECT * FROM absent")],
             Fails("absent", "put")),
    answered("single_value", "SELECT 'it''s' UNION ALL SELECT 'x'", (5, {"got": "it's"})),
    answered("single_value", "SELECT NULL", (5, {"got": ""})),
    answered("single_value", "SELECT 1 WHERE 1 = 0", (5, {"got": ""})),
    answered("row", ROW_SQL, ROW),
    answered("table_json", f"{ROW_SQL} UNION ALL SELECT 2, 'x', NULL, NULL",
             [ROW, {"a": 2, "b": "x", "c": None, "d": None}]),
    answered("table_json", "SELECT 1 AS a WHERE 1 = 0", []),

    TaskCase("waiting", [noted("late", "INSERT INTO seen VALUES ('late')"), wait("w", 0.4),
                         noted("early", "INSERT INTO seen VALUES ('early')")],
             ["early", "late"], seen, [("w", "late")], prepare=books),
    TaskCase("variables of a child package",
             [task("run_package", "run", package_id=9,
                   variables={"n0": "<$n1>", "more": "${n3} and $$"})],
             [(9, {**VALUES, "n0": f"<{NAMES[1]}>", "more": f"{NAMES[3]} and $"})],
             handed, variables=WRITTEN),

    *[calls(f"{method} with JSON", [(method, "/api/jobs", in_order({"day": 'it\'s "now"'}))],
            method=method, body_format="json", body='{"day": "$day"}', variables=NOW)
      for method in ("POST", "PUT", "PATCH", "DELETE")],
    calls("text with headers", [("<it's \"now\">", "text/x-day", b"day it's \"now\"")],
          lambda bench, desk: [(*headers_told("x-day", "content-type")(asked), asked.body)
                               for asked in arrived(bench).asked],
          method="POST", body_format="text", body="day $day", variables=NOW,
          headers={"X-Day": "<$day>", "Content-Type": "text/x-day"}),
    calls("a variable in the way of a URL", [("GET", "/api/jobs/a%2Fb", {"q": "a/b"})],
          lambda bench, desk: [(asked.method, asked.path, asked.query)
                               for asked in arrived(bench).asked],
          method="GET", url="jobs/$v?q=$v", variables={"v": "'a/b'"}),
    calls("a status that is too high", Fails("status 404", "call"), prepare=always({}, 404)),
    calls("a status that is not too high", [("PUT", "/api/jobs", "{}")], prepare=always({}, 404),
          method="PUT", body="{}", fail_on_status=405),
    calls("a status below an own bound", Fails("status 201", "call"), prepare=always({}, 201),
          fail_on_status=201),
    calls("no answer in time", Fails("no whole answer within 0.2 s", "call"), prepare=silent,
          timeout_s=0.2),
    TaskCase("an answer that is kept",
             [task("http", "ask", url="jobs", connection_id=WEB, assign_to_variable="got"),
              HAND_ON], [ROW], handed_json, [("ask", "hand_on")], prepare=always(ROW)),

    TaskCase("a webhook",
             [task("notify", "tell", channel="webhook", url="hook", connection_id=WEB,
                   subject="Day $day", message="line\nline")],
             [("POST", "/api/hook", in_order(HOOK))], sent, variables=NOW, prepare=always({})),
    TaskCase("a mail",
             [task("notify", "tell", channel="email", recipients=["a@b.example", "c@d.example"],
                   subject="Day\n$day", message="$day\n$$")],
             [Mail(("a@b.example", "c@d.example"), 'Day it\'s "now"', 'it\'s "now"\n$')],
             lambda bench, desk: desk.mails, variables=NOW),

    *[conditional(kind, condition, state) for kind in EVERY_KIND
      for condition, state in (("all", "skipped"), ("any", "completed"))],
]  # fmt: skip
