"""Checking a package without running it: structure, fields and expressions, connections."""

import time
from collections.abc import Iterator
from dataclasses import asdict

from django.db import transaction

from accounts.models import Account
from audit.actor import Actor
from connections import vault
from connections.models import Connection
from engine.catalog import COMPONENTS
from engine.check import check_flow
from engine.flow import Flow, Node, parse_flow
from engine.problems import Problem, has_errors
from engine.system_variables import PREDEFINED
from engine.variables import Variables
from packages_app.global_variables import global_variables
from packages_app.models import JobValidation, Package
from packages_app.queries import get_package
from packages_app.workflow_references import package_problems

SUCCESS = "Validation successful"
PLACEHOLDER = "0"
"""What a secret variable is taken for, which only a run knows."""


@transaction.atomic
def validate_package(*, account: Account, package_id: int, actor: Actor) -> JobValidation:
    """Check the package as it is now and keep the outcome. Nothing foreign is contacted.

    Source: validate_package in the product documentation, "Pipeline diagnostics".
    """
    package = get_package(account=account, package_id=package_id)
    started = time.monotonic()
    flow = parse_flow(package.data_flow_json)
    problems = [
        *check_flow(flow, _variables(package), package.flow_type),
        *_connection_problems(account, flow),
        *package_problems(account, package, flow),
    ]
    failed = has_errors(problems)
    return JobValidation.objects.create(
        package=package,
        package_version=package.version,
        owner_id=actor.user_id,
        status=JobValidation.Status.FAILED if failed else JobValidation.Status.COMPLETED,
        status_message=_headline(problems) if failed else SUCCESS,
        problems=[asdict(problem) for problem in problems],
        runtime_seconds=round(time.monotonic() - started, 4),
    )


def _variables(package: Package) -> Variables:
    hidden = dict.fromkeys(vault.decrypt(package.secret_variables), PLACEHOLDER)
    shown = {**global_variables(package.account_id), **package.variables}
    return Variables(shown, PREDEFINED, hidden)


def _headline(problems: list[Problem]) -> str:
    errors = [problem for problem in problems if problem.severity == "error"]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{errors[0].message}{more}"[:500]


def _connection_problems(account: Account, flow: Flow) -> Iterator[Problem]:
    """Components whose connection is absent, or of a category that they cannot use."""
    ids = {number for node in flow.nodes for number in node.connections().values()}
    found = dict(
        Connection.objects.for_account(account).filter(pk__in=ids).values_list("pk", "category")
    )
    for node, name, number in _named(flow):
        component = COMPONENTS[node.wrapper_key]
        if number not in found:
            yield _problem(
                node,
                name,
                "missing_connection",
                f"There is no connection {number} in this account.",
                "list_connections names those that exist.",
            )
        elif component.connections()[name] != found[number]:
            yield _problem(
                node,
                name,
                "wrong_connection_type",
                f"The connection {number} is a {found[number]} connection; {node.wrapper_key} "
                "cannot use it.",
                "get_connection suggests the components for a connection.",
            )


def _named(flow: Flow) -> Iterator[tuple[Node, str, int]]:
    """Component, property and connection, for every property that names one."""
    for node in flow.nodes:
        component = COMPONENTS.get(node.wrapper_key)
        known = component.connections() if component is not None else {}
        yield from (
            (node, name, number) for name, number in node.connections().items() if name in known
        )


def _problem(node: Node, name: str, code: str, message: str, hint: str) -> Problem:
    return Problem(code, "error", node.id, node.name, name, message, hint)
