"""Tasks that reach outside: HTTP, webhooks, e-mail; and REST connections in runs and tools."""

import time

import pytest

from common.errors import InvalidInput
from common.redact import MASK
from connections import vault
from connections.models import Connection
from connections.services import create_connection
from runs.models import Run
from runs.services import cancel_run
from tests.rest.server import Answer
from tests.workflows.building import task, wait, workflow

CANARY = "canary-7f3a9c"


@pytest.fixture
def crm(account, actor, service, near) -> Connection:
    return create_connection(
        account=account,
        name="crm",
        kind="rest",
        settings={"base_url": f"{service.url}/api", "auth": "bearer", "test_path": "me"},
        secrets={"token": CANARY},
        actor=actor,
    )


def logged(run: Run) -> str:
    return "\n".join(line.as_text() for line in run.log_lines.all())


def test_an_http_task_sends_its_request_and_keeps_the_answer(
    platform, crm, service, make_workflow, start, wait_for
):
    service.in_turn(Answer({"job": 'a"1'}), Answer({}))
    flow = workflow(
        task("http", "ask", url="jobs?day=$day", connection_id=crm.pk, assign_to_variable="answer"),
        task("http", "tell", method="PUT", url=f"{service.url}/done", headers={"X-Day": "$day"},
             body='{"got": "${answer}"}'),
        edges=[("ask", "tell")],
    )  # fmt: skip

    run = wait_for(start(make_workflow(flow, variables={"day": "'mon day'"})))

    assert run.status == "completed", run.error
    first, second = service.asked
    assert (first.path, first.query) == ("/api/jobs", {"day": "mon day"})
    assert first.headers["authorization"] == f"Bearer {CANARY}"
    assert (second.method, second.path) == ("PUT", "/done")
    assert "authorization" not in second.headers
    assert second.headers["x-day"] == "mon day"
    assert second.json() == {"got": '{"job": "a\\"1"}'}


@pytest.mark.parametrize(("status", "ends"), [(200, "completed"), (404, "failed"), (500, "failed")])
def test_the_status_decides(platform, crm, service, make_workflow, start, wait_for, status, ends):
    service.always({"said": f"token {CANARY}"}, status)
    flow = workflow(task("http", "ask", url="x", connection_id=crm.pk))

    run = wait_for(start(make_workflow(flow)))

    assert run.status == ends
    assert CANARY not in logged(run) + run.error
    if ends == "failed":
        assert f"status {status}" in run.error
        assert MASK in run.error


def test_an_address_that_is_refused_is_not_asked(platform, service, make_workflow, start, wait_for):
    flow = workflow(
        task("http", "inside", url=f"{service.url}/x"),
        task("notify", "hook", channel="webhook", subject="x", url="http://169.254.169.254/"),
    )

    run = wait_for(start(make_workflow(flow)))

    assert run.status == "failed"
    assert logged(run).count("connections to it are refused") == 2
    assert service.asked == []


def test_a_silent_service_does_not_keep_a_stop_waiting(
    platform, crm, service, make_workflow, start, wait_for, account, actor
):
    service.behave = lambda asked: lambda connection: service.released.wait(30)
    run = start(make_workflow(workflow(task("http", "ask", url="x", connection_id=crm.pk))))
    end = time.monotonic() + 20
    while not service.asked and time.monotonic() < end:
        time.sleep(0.02)

    asked = time.monotonic()
    cancel_run(account=account, run_id=run.pk, actor=actor)
    wait_for(run)

    assert run.status == "stopped"
    assert time.monotonic() - asked < 2


def test_a_webhook_says_what_happened(platform, near, service, make_workflow, start, wait_for):
    flow = workflow(
        task("notify", "hook", channel="webhook", url=f"{service.url}/hook", subject="Day $day",
             message="all \"well\"\nhere"),
    )  # fmt: skip
    run = wait_for(start(make_workflow(flow, variables={"day": "'one\ntwo'"})))

    assert run.status == "completed", run.error
    (asked,) = service.asked
    assert (asked.method, asked.headers["content-type"]) == ("POST", "application/json")
    assert asked.json() == {
        "subject": "Day one two",
        "message": 'all "well"\nhere',
        "run_id": str(run.pk),
        "package_id": str(run.package_id),
    }


def mail_flow():
    recipients = ["ops@acme.example", "maya@acme.example"]
    return workflow(
        wait("w"),
        task("notify", "mail", channel="email", recipients=recipients, subject="Done\nBcc: x@y.z",
             message="Run $_JOB_ID"),
        edges=[("w", "mail")],
    )  # fmt: skip


def test_a_mail_goes_to_the_mail_server(
    platform, make_workflow, start, wait_for, settings, mailoutbox
):
    settings.EMAIL_HOST = "mail.example"
    settings.DEFAULT_FROM_EMAIL = "etl@acme.example"

    run = wait_for(start(make_workflow(mail_flow())))

    assert run.status == "completed", run.error
    (sent,) = mailoutbox
    assert (sent.subject, sent.body) == ("Done Bcc: x@y.z", f"Run {run.pk}")
    assert sent.to == ["ops@acme.example", "maya@acme.example"]
    assert (sent.from_email, sent.bcc) == ("etl@acme.example", [])


@pytest.mark.parametrize(
    ("host", "words"),
    [("", "has not set EMAIL_HOST"), ("127.0.0.1", "The mail server did not take the message")],
)
def test_mail_that_cannot_be_sent_fails_its_task(
    platform, make_workflow, start, wait_for, settings, host, words
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = host, 1

    run = wait_for(start(make_workflow(mail_flow())))

    assert (run.status, run.failed_component) == ("failed", "mail")
    assert words in run.error


@pytest.mark.parametrize("text", ["$hidden", "x ${hidden} y", "$made", f"x {CANARY} y"])
def test_a_secret_variable_is_refused_when_it_is_handed_to_a_child_package(
    platform, make_workflow, start, wait_for, text
):
    child = make_workflow(workflow(wait("w")), "Child")
    flow = workflow(task("run_package", "run", package_id=child.pk, variables={"open": text}))
    package = make_workflow(
        flow,
        variables={"made": "$hidden || '!'"},
        secret_variables=vault.encrypt({"hidden": CANARY}),
    )

    run = wait_for(start(package))

    assert (run.status, run.failed_component) == ("failed", "run")
    assert "The variable open would hand a secret variable to another package" in run.error
    assert CANARY not in logged(run) + run.error
    assert Run.objects.count() == 1


def test_a_child_package_gets_the_variables_of_the_workflow_without_the_secret_ones(
    platform, make_workflow, start, wait_for
):
    child = make_workflow(workflow(wait("w")), "Child")
    package = make_workflow(
        workflow(task("run_package", "run", package_id=child.pk)),
        variables={"plain": "'p'", "made": "$hidden || '!'"},
        secret_variables=vault.encrypt({"hidden": CANARY}),
    )

    run = wait_for(start(package))

    assert run.status == "completed", run.error
    assert run.children.get().variables == {"plain": "p"}


def test_the_tools_know_rest_connections(call_tool, crm, service):
    service.always({"me": 1})
    shown = call_tool("get_connection", connection_id=crm.pk)

    assert (shown.data["type"], shown.data["category"]) == ("rest", "service")
    assert shown.data["suggested_components"] == [
        "rest_api_source_component",
        "rest_api_destination_component",
    ]
    assert shown.data["secrets_set"] == ["token"]
    assert CANARY not in str(shown.raw)
    assert call_tool("test_connection", connection_id=crm.pk).data["success"] is True
    assert service.asked[0].path == "/api/me"


@pytest.mark.parametrize(
    ("status", "words"), [(401, "credentials are not accepted"), (503, "the service fails")]
)
def test_a_connection_that_is_refused_is_failing(call_tool, crm, service, status, words):
    service.always(f"no {CANARY}", status)

    tested = call_tool("test_connection", connection_id=crm.pk).data

    assert tested["success"] is False
    assert words in tested["error_message"]
    assert CANARY not in tested["error_message"]


@pytest.mark.parametrize(
    ("given", "secrets", "words"),
    [
        ({"base_url": "ftp://x.example"}, {}, "base_url|http"),
        ({"base_url": "https://u:p@x.example"}, {}, "user name or password"),
        ({"base_url": "https://x.example?key=1"}, {}, "leave out"),
        ({"base_url": "https://x.example", "auth": "bearer"}, {}, "needs its credentials"),
        ({"base_url": "https://x.example", "token": "t"}, {}, "must be given as one"),
    ],
)
def test_settings_that_cannot_be_are_refused(account, actor, given, secrets, words):
    with pytest.raises(InvalidInput, match=words):
        create_connection(
            account=account, name="x", kind="rest", settings=given, secrets=secrets, actor=actor
        )
