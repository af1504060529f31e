"""Variables on their way into a run: precedence, the platform's own, globals and secrets."""

import base64
import json

import pytest
from django.conf import settings

from audit.models import AuditEntry
from common.errors import InvalidInput
from common.redact import MASK, forms_of, redact
from connections import vault
from engine.system_variables import PREDEFINED, SYSTEM_VARIABLES
from engine.variables import Variables
from packages_app.global_variables import set_global_variables
from packages_app.models import Package
from packages_app.secret_variables import set_secret_variables
from packages_app.services import manage_package_variables
from runs.execution import build_order, secrets_of
from runs.models import Run
from runs.services import retry_run, submit_run
from tests.conftest import sample_flow

CANARY = "Canary'Key-7f3b9c1e5d"


def variables_of(run, tmp_path):
    order = build_order(run, tmp_path)
    return Variables(order.variables, order.predefined, order.secrets)


@pytest.mark.django_db
def test_each_kind_overrides_those_below_it(account, make_package, actor, tmp_path):
    names = ["everywhere", "from_package", "from_run", "from_dynamic"]
    package = make_package(variables=dict.fromkeys(names[1:], "'package'"))
    set_global_variables(account=account, actor=actor, values=dict.fromkeys(names, "'global'"))
    run = submit_run(
        account=account,
        package_id=package.pk,
        actor=actor,
        variables={"from_run": "run", "from_dynamic": "run"},
        dynamic_variables={"from_dynamic": "concat('dyn', 'amic')"},
    )

    variables = variables_of(run, tmp_path)

    assert [variables.text(name) for name in names] == ["global", "package", "run", "dynamic"]


@pytest.mark.django_db
def test_a_submitted_run_and_its_retry_keep_the_global_variables_of_that_moment(
    account, make_package, actor, tmp_path
):
    package = make_package()
    set_global_variables(account=account, actor=actor, values={"region": "'north'"})
    run = submit_run(account=account, package_id=package.pk, actor=actor)
    set_global_variables(account=account, actor=actor, values={"region": "'south'"})
    Run.objects.filter(pk=run.pk).update(status=Run.Status.FAILED)

    again = retry_run(account=account, run_id=run.pk, actor=actor)

    assert variables_of(run, tmp_path).text("region") == "north"
    assert variables_of(again, tmp_path).text("region") == "north"


@pytest.mark.django_db
def test_the_platforms_own_variables_and_their_defaults_have_values(
    make_package, make_run, tmp_path
):
    run = make_run(make_package())

    variables = variables_of(run, tmp_path)

    assert variables.text("_JOB_ID") == str(run.pk)
    assert variables.text("_CLUSTER_TYPE") in ("production", "sandbox")
    assert variables.text("_COPY_PARALLELISM") == "3"
    for name in (*PREDEFINED, *SYSTEM_VARIABLES):
        assert isinstance(variables.text(name), str)


@pytest.mark.django_db
def test_a_package_may_set_system_variables_and_no_other_name_with_an_underscore(
    account, make_package, actor
):
    package = make_package()

    manage_package_variables(
        account=account,
        package_id=package.pk,
        actor=actor,
        values={"_DEFAULT_PARALLELISM": "4"},
        remove=[],
    )

    with pytest.raises(InvalidInput, match="kept for the platform"):
        manage_package_variables(
            account=account,
            package_id=package.pk,
            actor=actor,
            values={"_JOB_ID": "4"},
            remove=[],
        )
    package.refresh_from_db()
    assert Variables(package.variables).text("_DEFAULT_PARALLELISM") == "4"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"_x": "'a'"}, "kept for the platform"),
        ({"1x": "'a'"}, "cannot name a variable"),
        ({"x": "1" * 20_000}, "the limit is 10,000"),
    ],
)
def test_bad_global_variables_are_refused_whole(account, actor, values, words):
    with pytest.raises(InvalidInput, match=words):
        set_global_variables(account=account, actor=actor, values={"fine": "1", **values})

    account.refresh_from_db()
    assert account.global_variables == {}


@pytest.mark.django_db
def test_nothing_overrides_a_secret_variable(account, make_package, actor, tmp_path):
    package = make_package()
    secret = {"account": account, "package_id": package.pk, "actor": actor}
    set_secret_variables(**secret, values={"api_key": CANARY})

    with pytest.raises(InvalidInput, match="secret variable"):
        submit_run(**secret, variables={"api_key": "mine"})
    with pytest.raises(InvalidInput, match="secret variable"):
        manage_package_variables(**secret, values={"api_key": "1"}, remove=[])
    set_global_variables(account=account, actor=actor, values={"api_key": "'global'"})
    run = submit_run(**secret)
    assert variables_of(run, tmp_path).text("api_key") == CANARY
    assert CANARY not in repr(build_order(run, tmp_path))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"k": "abc"}, "too short to be masked"),
        ({"_k": "abcdef"}, "cannot name"),
        ({"min_delay": "abcdef"}, "public variable"),
    ],
)
def test_bad_secret_variables_are_refused(account, make_package, actor, values, words):
    package = make_package()

    with pytest.raises(InvalidInput, match=words):
        set_secret_variables(account=account, package_id=package.pk, actor=actor, values=values)

    assert bytes(Package.objects.get(pk=package.pk).secret_variables) == b""


@pytest.mark.django_db
def test_secret_variables_are_sealed_and_audit_and_history_hold_names_alone(
    account, make_package, actor
):
    package = make_package()
    secret = {"account": account, "package_id": package.pk, "actor": actor}

    set_secret_variables(**secret, values={"api_key": CANARY, "other": "value-9183"})
    names = set_secret_variables(**secret, values={}, remove=["other"])

    stored = Package.objects.get(pk=package.pk).secret_variables
    assert names == ["api_key"]
    assert vault.decrypt(stored) == {"api_key": CANARY}
    assert CANARY.encode() not in bytes(stored)
    entries = AuditEntry.objects.filter(action="set_secret_variables")
    assert [entry.details["set"] for entry in entries.order_by("pk")] == [["api_key", "other"], []]
    assert CANARY not in str(list(entries.values())) + str(list(package.history.values()))


LEAKS = {
    "a path": ("cloud_storage_source_component", {"path": "in/$api_key/x.csv"}),
    "a value": ("filter_component", "cast('$api_key' AS int)"),
    "in capitals": ("filter_component", "cast(upper($api_key) AS int)"),
    "backwards": ("filter_component", "cast(reverse($api_key) AS int)"),
    "in base64": ("filter_component", "cast(base64('user:' || $api_key) AS int)"),
    "in hexadecimal": ("filter_component", "cast(hex($api_key) AS int)"),
    "in an address": ("filter_component", "cast(url_encode($api_key) AS int)"),
    "in JSON": ("filter_component", "cast(to_json($api_key) AS int)"),
    "cut off": ("filter_component", "cast(concat(repeat('x', 430), $api_key) AS int)"),
    "a long one cut off": ("filter_component", "cast(concat(repeat('x', 441), $api_key) AS int)"),
}


@pytest.mark.parametrize("how", LEAKS)
def test_a_secret_variable_shows_nowhere(
    platform, files, make_package, account, actor, call_tool, client, user, wait_for, how
):
    kind, change = LEAKS[how]
    flow = sample_flow(files.pk)
    body = next(entry[kind] for entry in flow["components"] if kind in entry)
    if isinstance(change, dict):
        body.update(change)
    else:
        body["conditions"] = [{"left": "delay", "operator": "gt", "right": change}]
    package = make_package(flow=flow)
    secret = {"account": account, "package_id": package.pk, "actor": actor}
    set_secret_variables(**secret, values={"api_key": CANARY})

    run = wait_for(submit_run(**secret))

    assert run.status == "failed"
    seen = [line.message for line in run.log_lines.all()] + [run.error]
    assert MASK in " ".join(seen)
    for tool in ("get_run", "explain_job_failure"):
        seen.append(json.dumps(call_tool(tool, run_id=run.pk).raw, ensure_ascii=False))
    for tool in ("get_package", "validate_package"):
        seen.append(json.dumps(call_tool(tool, package_id=package.pk).raw, ensure_ascii=False))
    client.force_login(user)
    for page in (
        f"/acme/runs/{run.pk}",
        f"/acme/runs/{run.pk}/log",
        f"/acme/packages/{package.pk}",
    ):
        seen.append(client.get(page).content.decode())
    seen += [str(row) for row in package.history.values()]
    seen += [str(row) for row in AuditEntry.objects.values()]
    for text in seen:
        assert not [form for form in forms_of(CANARY) if form in text], text[:300]
        assert CANARY[:10] not in text


def test_a_run_uses_the_secret_that_is_masked(
    platform, files, make_package, account, actor, wait_for
):
    flow = sample_flow(files.pk)
    body = flow["components"][1]["filter_component"]
    body["conditions"] = [
        {"left": f"if($api_key = '{CANARY.replace(chr(39), chr(39) * 2)}', 1, 0)",
         "operator": "eq", "right": "1"}
    ]  # fmt: skip
    flow["components"][4]["cloud_storage_destination_component"]["destination_format"] = "delimited"
    package = make_package(flow=flow)
    secret = {"account": account, "package_id": package.pk, "actor": actor}
    set_secret_variables(**secret, values={"api_key": CANARY})

    run = wait_for(submit_run(**secret))

    assert run.status == "completed", run.error
    written = "".join(
        path.read_text() for path in (settings.LOCAL_DATA_ROOT / "flight-files/out/late").glob("*")
    )
    assert written.count("\n") >= 5
    assert secrets_of(run) >= {CANARY, CANARY.upper()}


@pytest.mark.parametrize("start", range(len("user:pass:") - 1))
def test_a_secret_is_found_in_base64_wherever_it_stands(start):
    coded = base64.b64encode(("x" * start + CANARY + "y" * (start % 4)).encode()).decode()

    assert MASK in redact(coded, forms_of(CANARY))


def test_the_beginning_of_a_secret_is_masked_only_where_it_was_cut():
    secret = "password-7f3b9c"

    assert redact("not 'password-7f' here", [secret]) == f"not '{MASK}' here"
    assert redact("password authentication failed", [secret]) == "password authentication failed"
