"""completion/complete: ids and names for resource templates and prompt arguments."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.db.models import CharField, Q
from django.db.models.functions import Cast

from connections.queries import list_connections
from engine.catalog import COMPONENTS
from mcp_endpoint.jsonrpc import INVALID_PARAMS, RpcError
from mcp_endpoint.prompts import PROMPTS
from mcp_endpoint.registry import Caller
from mcp_endpoint.resources import TEMPLATES
from packages_app.queries import list_packages
from runs.queries import list_runs

MAX_VALUES = 100
MAX_TYPED = 200

Complete = Callable[[Caller, str], Iterable[str]]


def complete(params: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Values for what was typed so far; none for an argument that has no list of values."""
    reference, argument = params.get("ref"), params.get("argument")
    if not isinstance(reference, dict) or not isinstance(argument, dict):
        raise RpcError(INVALID_PARAMS, "Invalid params: ref and argument must be objects")
    name, typed = argument.get("name"), argument.get("value")
    if not isinstance(name, str) or not isinstance(typed, str):
        raise RpcError(INVALID_PARAMS, "Invalid params: argument needs name and value, strings")
    found = list(_completer(reference, name)(caller, typed[:MAX_TYPED]))
    values = found[:MAX_VALUES]
    return {"completion": {"values": values, "hasMore": len(found) > MAX_VALUES}}


def _completer(reference: dict[str, Any], argument: str) -> Complete:
    kind, name, uri = (reference.get(key) for key in ("type", "name", "uri"))
    if kind == "ref/prompt" and isinstance(name, str) and name in PROMPTS:
        return BY_PROMPT_ARGUMENT.get(argument, _nothing)
    if kind == "ref/resource" and uri in [template.uri_template for template in TEMPLATES]:
        return BY_TEMPLATE.get(str(uri), _nothing)
    raise RpcError(INVALID_PARAMS, "Invalid params: ref names no prompt or resource template")


def _nothing(caller: Caller, typed: str) -> Iterable[str]:
    return ()


def _package_ids(caller: Caller, typed: str) -> Iterable[str]:
    rows = list_packages(account=caller.account, status="active")
    rows = rows.annotate(id_text=Cast("pk", CharField()))
    found = rows.filter(Q(id_text__startswith=typed) | Q(name__icontains=typed))
    return map(str, found.values_list("pk", flat=True)[: MAX_VALUES + 1])


def _run_ids(caller: Caller, typed: str) -> Iterable[str]:
    rows = list_runs(account=caller.account).annotate(id_text=Cast("pk", CharField()))
    found = rows.filter(id_text__startswith=typed)
    return map(str, found.values_list("pk", flat=True)[: MAX_VALUES + 1])


def _package_names(caller: Caller, typed: str) -> Iterable[str]:
    rows = list_packages(account=caller.account, status="active")
    return rows.filter(name__icontains=typed).values_list("name", flat=True)[: MAX_VALUES + 1]


def _connection_names(caller: Caller, typed: str) -> Iterable[str]:
    rows = list_connections(account=caller.account)
    return rows.filter(name__icontains=typed).values_list("name", flat=True)[: MAX_VALUES + 1]


def _component_types(caller: Caller, typed: str) -> Iterable[str]:
    return [kind for kind in COMPONENTS if kind.startswith(typed.lower())]


BY_TEMPLATE: Final[dict[str, Complete]] = {
    "etl://packages/{id}": _package_ids,
    "etl://runs/{id}/log": _run_ids,
    "etl://components/{name}": _component_types,
}
BY_PROMPT_ARGUMENT: Final[dict[str, Complete]] = {
    "package": _package_names,
    "connection": _connection_names,
    "run_id": _run_ids,
}
