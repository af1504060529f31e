"""dry_run and idempotency_key, the same for every tool that changes something."""

from datetime import timedelta

from audit.models import AuditEntry
from mcp_endpoint.models import IdempotentCall
from runs.models import Run


def test_a_dry_run_shows_the_change_and_writes_nothing(call_tool, make_package):
    package = make_package()
    before = AuditEntry.objects.count()

    answer = call_tool("run_package", package_id=package.pk, dry_run=True)

    assert answer.data["dry_run"] is True
    assert answer.data["run_id"] is None
    assert answer.data["changes"][0]["after"]["package_id"] == package.pk
    assert (Run.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_a_dry_run_makes_the_same_checks(call_tool):
    answer = call_tool("run_package", package_id=999, dry_run=True)

    assert (answer.is_error, answer.data) == (True, {"error": "package not found"})


def test_a_repeated_key_answers_the_first_result_and_does_nothing_more(call_tool, make_package):
    package = make_package()

    first = call_tool("run_package", package_id=package.pk, idempotency_key="k1")
    again = call_tool("run_package", package_id=package.pk, idempotency_key="k1")

    assert first.data == again.data
    assert Run.objects.get().pk == first.data["run_id"]


def test_a_key_of_another_call_is_a_conflict(call_tool, make_package):
    package = make_package()
    call_tool("run_package", package_id=package.pk, idempotency_key="k1")

    answer = call_tool(
        "run_package", package_id=package.pk, variables={"a": 1}, idempotency_key="k1"
    )

    assert answer.is_error
    assert answer.data["error"].startswith("idempotency_key: 'k1' was used for")
    assert Run.objects.count() == 1


def test_a_refused_call_leaves_its_key_free(call_tool, make_package):
    refused = call_tool("run_package", package_id=999, idempotency_key="k1")
    package = make_package()

    answer = call_tool("run_package", package_id=package.pk, idempotency_key="k1")

    assert (refused.is_error, answer.is_error) == (True, False)


def test_a_dry_run_does_not_use_up_its_key(call_tool, make_package):
    package = make_package()
    call_tool("run_package", package_id=package.pk, idempotency_key="k1", dry_run=True)

    assert call_tool("run_package", package_id=package.pk, idempotency_key="k1").data["run_id"]


def test_keys_are_forgotten_after_a_day(call_tool, make_package):
    package = make_package()
    call_tool("run_package", package_id=package.pk, idempotency_key="k1")
    call = IdempotentCall.objects.get()
    IdempotentCall.objects.update(created_at=call.created_at - timedelta(hours=25))

    call_tool("run_package", package_id=package.pk, idempotency_key="k1")

    assert Run.objects.count() == 2
