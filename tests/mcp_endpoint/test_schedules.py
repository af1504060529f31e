"""list_schedules and get_schedule."""

import pytest

from schedules.services import create_schedule


@pytest.fixture
def schedule(account, make_package, actor):
    return create_schedule(
        account=account,
        package_id=make_package().pk,
        name="Nightly",
        cron="30 2 * * MON-FRI",
        zone="Europe/Berlin",
        variables={"min_delay": "30"},
        enabled=True,
        actor=actor,
    )


@pytest.mark.promise("list_schedules.fields")
def test_a_schedule_is_listed_with_its_package_and_next_time(call_tool, schedule):
    (row,) = call_tool("list_schedules").data["schedules"]

    assert row == {
        "id": schedule.pk,
        "name": "Nightly",
        "package_id": schedule.package_id,
        "cron": "30 2 * * MON-FRI",
        "timezone": "Europe/Berlin",
        "next_run_at": schedule.next_run_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "enabled": True,
    }


@pytest.mark.promise("list_schedules.filters")
def test_disabled_schedules_are_found_by_their_state(call_tool, account, schedule, actor):
    disabled = create_schedule(
        account=account, package_id=schedule.package_id, name="Off", cron="@daily", actor=actor
    )

    rows = call_tool("list_schedules", enabled=False).data["schedules"]
    of_package = call_tool("list_schedules", package_id=schedule.package_id).data["schedules"]

    assert [(row["id"], row["next_run_at"]) for row in rows] == [(disabled.pk, None)]
    assert {row["id"] for row in of_package} == {schedule.pk, disabled.pk}


@pytest.mark.promise("get_schedule.details")
def test_one_schedule_shows_its_whole_expression_variables_and_times(call_tool, schedule):
    data = call_tool("get_schedule", schedule_id=schedule.pk).data

    assert (data["cron"], data["timezone"]) == ("30 2 * * MON-FRI", "Europe/Berlin")
    assert data["variables"] == {"min_delay": "30"}
    assert data["next_run_at"] == schedule.next_run_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert all(data[name].endswith("Z") for name in ("created_at", "updated_at"))
    assert data["recent_firings"] == []
