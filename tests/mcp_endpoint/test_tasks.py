"""The Tasks extension: a run as a task, for clients of the stateless era that declare it."""

import pytest
from django.test import Client

from connected_apps.services import create_token
from runs.models import Run
from tests.mcp_endpoint.modern import TASKS, ModernClient


@pytest.fixture
def task(modern, make_package):
    package = make_package()
    params = {"name": "run_package", "arguments": {"package_id": package.pk}}
    return modern.result("tools/call", params, capabilities=TASKS)


def get(modern, task):
    return modern.result("tasks/get", {"taskId": task["taskId"]}, capabilities=TASKS)


def test_a_declaring_client_gets_a_task_and_others_the_run(modern, rpc, task, make_package):
    run = Run.objects.get()
    params = {"name": "run_package", "arguments": {"package_id": make_package("b").pk}}

    assert (task["resultType"], task["status"]) == ("task", "working")
    assert task["ttlMs"] is None
    assert task["createdAt"].endswith("Z")
    assert str(run.pk) in task["statusMessage"]
    assert "content" not in task
    plain = modern.result("tools/call", params)
    assert plain["resultType"] == "complete"
    assert plain["structuredContent"]["run_id"]
    assert "taskId" not in rpc("tools/call", params).json()["result"]


def test_a_dry_run_is_never_a_task(modern, make_package):
    params = {
        "name": "run_package",
        "arguments": {"package_id": make_package().pk, "dry_run": True},
    }

    assert modern.result("tools/call", params, capabilities=TASKS)["resultType"] == "complete"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("queued", "working"),
        ("running", "working"),
        ("stopping", "working"),
        ("completed", "completed"),
        ("failed", "completed"),
        ("stopped", "cancelled"),
    ],
)
def test_a_task_follows_its_run(modern, task, status, expected):
    Run.objects.update(status=status)

    found = get(modern, task)

    assert (found["status"], found["taskId"]) == (expected, task["taskId"])
    assert ("result" in found) is (expected == "completed")


def test_the_result_of_a_completed_task_is_that_of_the_call(modern, task):
    Run.objects.update(status=Run.Status.COMPLETED)

    result = get(modern, task)["result"]

    assert result["isError"] is False
    assert result["structuredContent"]["status"] == "completed"
    assert result["structuredContent"]["run_id"] == Run.objects.get().pk


def test_a_failed_run_is_a_completed_task_with_an_error(modern, task):
    Run.objects.update(status=Run.Status.FAILED)

    result = get(modern, task)["result"]

    assert result["isError"] is True
    assert "explain_job_failure" in result["content"][0]["text"]


def test_a_task_is_cancelled_and_cancelling_twice_is_harmless(modern, task):
    for _ in range(2):
        answer = modern.result("tasks/cancel", {"taskId": task["taskId"]}, capabilities=TASKS)
        assert set(answer) == {"resultType", "_meta"}

    assert Run.objects.get().status == "stopped"


def test_an_update_is_acknowledged(modern, task):
    params = {"taskId": task["taskId"], "inputResponses": {}}

    assert set(modern.result("tasks/update", params, capabilities=TASKS)) == {"resultType", "_meta"}


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
def test_a_client_that_did_not_declare_the_extension_is_told_what_is_missing(modern, method):
    response = modern.send(method, {"taskId": "x"})

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == -32021
    assert error["data"] == {"requiredCapabilities": TASKS}


@pytest.mark.parametrize("task_id", ["x", "1-1-1", "1-1-1.forged", None, 5])
def test_ids_of_tasks_cannot_be_guessed(modern, task, task_id):
    response = modern.send("tasks/get", {"taskId": task_id}, capabilities=TASKS)

    assert response.json()["error"]["code"] == -32602


def test_a_task_of_another_member_is_not_found(account, make_user, actor, task):
    colleague = make_user(account, "member")
    secret = create_token(account=account, user=colleague, name="x", actor=actor)[1]
    other = ModernClient(Client(), secret)

    response = other.send("tasks/get", {"taskId": task["taskId"]}, capabilities=TASKS)

    assert response.json()["error"]["code"] == -32602
