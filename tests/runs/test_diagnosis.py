"""Which line of a failed run's log is the cause, and what to do about it."""

from collections.abc import Callable
from typing import Any

import pytest

from runs.diagnosis import MAX_EXCERPT, Diagnosis, diagnose
from runs.models import Run, RunLog

PASSWORD = 'warehouse: FATAL:  password authentication failed for user "etl"'
ABORTED = "Job aborted due to stage failure: Task 3 in stage 1.0 failed 4 times"
REFUSED = "warehouse: connection to db:5432 refused. Check host and port."

Explain = Callable[..., Diagnosis]


@pytest.fixture
def explain(make_package, make_run) -> Explain:
    """Diagnose a failed run with these log lines: texts of level ERROR, or (level, text)."""

    def run(*lines: str | tuple[str, str], flow: dict[str, Any] | None = None, **row: Any):
        package = make_package(**({} if flow is None else {"flow": flow}))
        failed = make_run(package, **{"status": Run.Status.FAILED, **row})
        written = [("ERROR", line) if isinstance(line, str) else line for line in lines]
        log = [
            RunLog(run=failed, number=n, at=failed.created_at, level=level, message=text)
            for n, (level, text) in enumerate(written, start=40)
        ]
        return diagnose(failed, log)

    return run


def ids(diagnosis: Diagnosis) -> list[str]:
    return [finding.pattern_id for finding in diagnosis.patterns]


def test_the_last_loud_line_with_a_known_text_is_the_primary_error(explain):
    diagnosis = explain(PASSWORD, "it rains", ("FATAL", REFUSED), "all is lost", error="it rains")

    assert diagnosis.primary_error == REFUSED
    assert ids(diagnosis) == ["postgres_password", "unreachable"]
    assert [finding.line for finding in diagnosis.patterns] == [1, 3]


def test_the_runs_own_error_counts_as_the_line_before_the_log(explain):
    alone = explain("Run failed", error=REFUSED)
    outdone = explain(PASSWORD, error=REFUSED)

    assert (alone.primary_error, alone.patterns[-1].line) == (REFUSED, 0)
    assert outdone.primary_error == PASSWORD


def test_quiet_lines_say_nothing(explain):
    diagnosis = explain(("INFO", PASSWORD), ("WARN", PASSWORD), ("DEBUG", PASSWORD), error="odd")

    assert (diagnosis.primary_error, diagnosis.patterns) == ("odd", ())


@pytest.mark.parametrize(
    "wrapper", [ABORTED, "Package failed to execute.", "Run failed", "Job aborted."]
)
def test_a_text_that_only_says_it_failed_loses_to_any_other(explain, wrapper):
    diagnosis = explain(PASSWORD, wrapper, error="Package failed to execute.")

    assert diagnosis.primary_error == PASSWORD
    assert diagnosis.patterns[-1].pattern_id == "postgres_password"
    assert diagnosis.patterns[-1].confidence == "high"


def test_a_wrapper_alone_is_told_with_low_confidence(explain):
    diagnosis = explain(ABORTED, error="Package failed to execute.")

    assert [(found.pattern_id, found.confidence) for found in diagnosis.patterns] == [
        ("stage_failed", "low")
    ]
    assert diagnosis.retry_may_help is False


def test_of_a_chain_the_innermost_cause_counts(explain):
    trace = "\n".join(
        [
            "java.lang.RuntimeException: Read timed out",
            "\tat com.acme.Loader.run(Loader.java:12)",
            "Caused by: java.io.IOException: Connection refused",
            "\tat java.net.Socket.connectTimedOutByEOF(Socket.java:4)",
            "Caused by: java.net.UnknownHostException: db.internal",
            "\t... 12 more",
        ]
    )

    diagnosis = explain(trace, "Run failed")

    assert diagnosis.primary_error == "java.net.UnknownHostException: db.internal"
    assert ids(diagnosis) == ["http_passing_failure", "unreachable_host"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["it rains", "com.acme.OddException: x", "com.acme.LateException: y"], 1),
        (["com.acme.OddException: x", "Caused by: com.acme.InnerError: y"], 1),
        (["it rains", "it pours"], None),
    ],
)
def test_without_a_known_text_an_exception_is_told_before_the_runs_error(explain, lines, expected):
    diagnosis = explain(*lines, error="the run's own words")

    wanted = "the run's own words" if expected is None else lines[expected]
    assert diagnosis.primary_error == wanted.removeprefix("Caused by: ")
    assert diagnosis.patterns == ()


def test_without_any_error_the_last_loud_line_is_told(explain):
    assert explain("it rains", "it pours").primary_error == "it pours"
    assert explain().primary_error == ""


def test_a_pattern_is_told_once_at_its_last_place_and_not_at_length(explain):
    diagnosis = explain(PASSWORD, REFUSED, PASSWORD + "!" * 1000)

    assert [(found.pattern_id, found.line) for found in diagnosis.patterns] == [
        ("unreachable", 2),
        ("postgres_password", 3),
    ]
    assert len(diagnosis.patterns[-1].excerpt) == MAX_EXCERPT


@pytest.mark.parametrize(
    ("text", "may_help", "beginning", "tool"),
    [
        (REFUSED, True, "A retry may help", "retry_job"),
        ("deadlock detected", True, "A retry may help", "retry_job"),
        ("HTTP 429", True, "A retry may help", "retry_job"),
        (PASSWORD, False, "A retry alone will fail again: correct", None),
        ("permission denied for table orders", False, "A retry alone will fail again: corr", None),
        ("java.lang.OutOfMemoryError", False, "A retry alone will fail again: change", None),
        ("ORA-01653", False, "A retry alone will fail again: change", None),
    ],
)
def test_the_last_step_says_whether_a_retry_helps(explain, text, may_help, beginning, tool):
    diagnosis = explain(text)

    assert diagnosis.retry_may_help is may_help
    assert diagnosis.suggestions[-1].text.startswith(beginning)
    assert diagnosis.suggestions[-1].tool == tool


def test_a_passing_failure_asks_for_one_retry_only(explain):
    diagnosis = explain("server closed the connection unexpectedly")

    assert [step.tool for step in diagnosis.suggestions] == ["retry_job"]


def test_an_unknown_failure_is_judged_by_the_run_and_sends_to_the_log(explain):
    diagnosis = explain("it rains", retryable=True)

    assert diagnosis.retry_may_help is True
    assert [step.tool for step in diagnosis.suggestions] == ["get_run"]


def test_a_stopped_or_completed_run_needs_no_advice_to_retry(explain):
    stopped = explain(error="stopped by user", status=Run.Status.STOPPED)
    completed = explain(status=Run.Status.COMPLETED)

    assert ids(stopped) == ["stopped_by_user"]
    assert [step.tool for step in stopped.suggestions] == [None]
    assert completed.suggestions == ()


def test_a_failed_file_source_is_looked_at_with_its_connection_and_path(explain):
    diagnosis = explain("Unterminated quoted field", failed_component="flights")

    assert diagnosis.component == "flights"
    assert diagnosis.suggestions[0].tool == "discover_file_schema"
    assert diagnosis.suggestions[0].arguments == {"connection_id": 1, "path": "flights.csv"}


def test_a_file_is_never_looked_at_as_a_table(explain):
    source = explain("integer out of range", failed_component="flights").suggestions[0]
    target = explain("integer out of range", failed_component="late_flights").suggestions[0]

    assert (source.tool, target.tool) == ("discover_file_schema", None)


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        (PASSWORD, "test_connection", {"connection_id": 7}),
        ('relation "orders" does not exist', "discover_schema", ["connection_id", "schema_name"]),
        ("integer out of range", "preview_data", ["connection_id", "schema_name", "table"]),
    ],
)
def test_a_failed_table_is_looked_at_where_it_stands(explain, text, tool, arguments):
    known = {"connection_id": 7, "schema_name": "sales", "table": "orders"}
    body = {"name": "orders", "connection_id": 7, "source_schema": "sales"}
    flow = {
        "components": [{"database_source_component": {**body, "source_table": "orders"}}],
        "edges": [],
    }

    step = explain(text, flow=flow, failed_component="orders").suggestions[0]

    assert step.tool == tool
    assert step.arguments == {name: known[name] for name in arguments}


def test_names_made_of_variables_are_left_out_of_the_call(explain):
    body = {"name": "orders", "connection_id": 7, "source_table": "orders_$day"}
    flow = {"components": [{"database_source_component": body}], "edges": []}

    step = explain("integer out of range", flow=flow, failed_component="orders").suggestions[0]

    assert step.arguments == {"connection_id": 7}


def test_the_package_is_named_where_it_must_be_corrected(explain, make_package):
    diagnosis = explain("The variable $day is not defined.")

    assert diagnosis.suggestions[0].tool == "validate_package"
    assert set(diagnosis.suggestions[0].arguments) == {"package_id"}
