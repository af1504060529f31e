import pytest

from connections import vault
from packages_app.models import Package


def test_a_clone_is_a_package_of_its_own(call_tool, package, user):
    made = call_tool("clone_package", package_id=package.pk)
    call_tool("remove_package_components", package_id=package.pk, component_names=["late"])

    clone = Package.objects.get(pk=made.data["package_id"])
    assert made.data["source_package_id"] == package.pk
    assert (made.data["name"], made.data["version"]) == ("Late flights (copy)", "1.0")
    assert clone.data_flow_json == package.data_flow_json
    assert (clone.variables, clone.owner) == ({"min_delay": "60"}, user)


def test_name_and_workspace_may_be_chosen(call_tool, account, make_package):
    first, second = (account.workspaces.create(name=name) for name in ("first", "second"))
    package = make_package(workspace=first)

    answers = [
        call_tool("clone_package", package_id=package.pk, name="Other", **where).data
        for where in ({}, {"workspace_id": second.pk}, {"workspace_id": None})
    ]

    clones = [Package.objects.get(pk=answer["package_id"]) for answer in answers]
    assert [clone.workspace for clone in clones] == [first, second, None]
    assert {clone.name for clone in clones} == {"Other"}


def test_workspaces_of_others_are_not_found_like_absent_ones(
    call_tool, footprint, package, other_account
):
    theirs = other_account.workspaces.create(name="theirs").pk
    before = footprint()

    answers = [
        call_tool("clone_package", package_id=package.pk, workspace_id=number).data
        for number in (theirs, theirs + 1)
    ]

    assert answers == [{"error": "workspace not found"}] * 2
    assert footprint() == before


@pytest.mark.parametrize("wrong", [0, "other", 2**63])
def test_a_workspace_that_cannot_be_is_refused(call_tool, package, wrong):
    answer = call_tool("clone_package", package_id=package.pk, workspace_id=wrong)

    assert answer.is_error
    assert "workspace_id" in answer.data["error"]


def test_secret_variables_are_copied_and_not_shown(call_tool, make_package):
    package = make_package(secret_variables=vault.encrypt({"api_token": "s3cret-canary"}))

    answer = call_tool("clone_package", package_id=package.pk)

    clone = Package.objects.get(pk=answer.data["package_id"])
    assert vault.decrypt(clone.secret_variables) == {"api_token": "s3cret-canary"}
    assert "s3cret-canary" not in str(answer.raw)


def test_an_archived_package_may_be_cloned(call_tool, make_package):
    package = make_package(status="archived")

    clone = call_tool("clone_package", package_id=package.pk)

    assert Package.objects.get(pk=clone.data["package_id"]).status == "active"


def test_one_key_makes_one_copy(call_tool, package):
    first, again = (
        call_tool("clone_package", package_id=package.pk, idempotency_key="k") for _ in range(2)
    )
    other = call_tool(
        "clone_package", package_id=package.pk, workspace_id=None, idempotency_key="k"
    )

    assert first.data == again.data
    assert Package.objects.count() == 2
    assert other.is_error
