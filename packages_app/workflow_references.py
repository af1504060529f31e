"""Packages that a workflow runs: they exist, they are active, and none leads back to itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from accounts.models import Account
from accounts.owned import MAX_ID
from engine.catalog.tasks import RunPackageTask
from engine.flow import Flow, Node
from engine.problems import Problem
from packages_app.complaints import Complaints
from packages_app.graph_components import entries_of
from packages_app.models import Package

_RUNS_PACKAGE = RunPackageTask.wrapper_key()


def package_problems(account: Account, package: Package, flow: Flow) -> Iterator[Problem]:
    """Tasks whose package is absent or archived, or runs this one, be it through others."""
    tasks = [node for node in flow.nodes if node.wrapper_key == _RUNS_PACKAGE]
    known = _Packages(account, package)
    known.load({number for task in tasks if (number := _package_id(task.body))})
    for task in tasks:
        number = _package_id(task.body)
        if number is None:
            continue
        found = known.get(number)
        if found is None or found.status != Package.Status.ACTIVE:
            state = "is archived" if found else "does not exist in this account"
            yield _problem(
                task,
                "workflow_unknown_package",
                f"The package {number} {state}.",
                "list_packages names those that can be run.",
            )
        elif way := known.way(number, package.pk):
            names = " -> ".join(known.told(step) for step in [package.pk, *way])
            yield _problem(
                task,
                "workflow_recursion",
                f"The workflow would run itself: {names}.",
                "Take one of these tasks out.",
            )


def check_packages(account: Account, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Raises InvalidInput for packages that came in and are out of the caller's reach.

    An absent id, one of another account and one that the caller may not reach are told in the same
    words. A task that already named a lost package may still be edited.
    """
    known = {(component, number) for component, _, number in _references(before)}
    new = [
        (name, number)
        for component, name, number in _references(after)
        if (component, number) not in known
    ]
    asked = {number for _, number in new if 0 < number <= MAX_ID}
    found = set(
        Package.objects.for_account(account).filter(pk__in=asked).values_list("pk", flat=True)
    )
    complaints = Complaints()
    for name, number in new:
        if number not in found:
            complaints.add(name, f"package {str(number)[:20]} not found")
    complaints.settle()


class _Packages:
    """Packages of one account, loaded layer by layer, and which runs which."""

    def __init__(self, account: Account, first: Package) -> None:
        self._account = account
        self._loaded: dict[int, Package | None] = {first.pk: first}

    def get(self, package_id: int) -> Package | None:
        return self._loaded.get(package_id)

    def told(self, package_id: int) -> str:
        """Name and id, unless the caller may not reach it."""
        found, limit = self._loaded.get(package_id), self._account.limit
        if found is None or (limit and found.workspace_id not in limit.workspace_ids):
            return "a package out of reach"
        return f"{found.name} ({package_id})"

    def load(self, ids: set[int]) -> None:
        missing = {number for number in ids if number not in self._loaded and 0 < number <= MAX_ID}
        rows = Package.objects.filter(account_id=self._account.pk, pk__in=missing)
        self._loaded.update(dict.fromkeys(missing))
        self._loaded.update({row.pk: row for row in rows})

    def way(self, start: int, wanted: int) -> list[int]:
        """Packages from `start` to `wanted`, each run by the one before; empty without a way."""
        ways = {start: [start]}
        frontier = {start}
        while frontier:
            if wanted in frontier:
                return ways[wanted]
            self.load(frontier)
            following = {}
            for number in frontier:
                for other in _runs(self._loaded.get(number)):
                    if other not in ways:
                        following[other] = [*ways[number], other]
            ways |= following
            frontier = set(following)
        return []


def _runs(package: Package | None) -> Iterator[int]:
    if package is None or package.flow_type != Package.FlowType.WORKFLOW:
        return
    for _, _, number in _references(package.data_flow_json):
        yield number


def _references(flow: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Id and name of each task that runs a package, and which."""
    for entry in entries_of(flow.get("components", [])):
        number = _package_id(entry.body)
        if entry.key == _RUNS_PACKAGE and number is not None:
            yield str(entry.body.get("id")), str(entry.body.get("name")), number


def _package_id(body: Mapping[str, Any]) -> int | None:
    number = body.get("package_id")
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _problem(node: Node, code: str, message: str, hint: str) -> Problem:
    return Problem(code, "error", node.id, node.name, "package_id", message, hint)
