"""The Tasks extension: a client that declares it gets run_package as a task to poll.

The id names account, user and run under our signature, so that nothing has to be stored and none
can be guessed. Source: MCP extension io.modelcontextprotocol/tasks.
"""

import json
from typing import Any, Final, cast

from django.core.signing import BadSignature, Signer
from pydantic import BaseModel

from accounts.rights import Scope
from common.errors import ProductError
from mcp_endpoint.answers import refusal, success
from mcp_endpoint.fields import zulu
from mcp_endpoint.jsonrpc import INVALID_PARAMS, MISSING_CLIENT_CAPABILITY, RpcError
from mcp_endpoint.protocol import TASKS_EXTENSION
from mcp_endpoint.registry import TOOLS, Caller, Tool
from mcp_endpoint.tools.runs import SubmittedRun, submitted
from runs import services
from runs.models import Run
from runs.queries import get_run

POLL_INTERVAL_MS = 2000

_STATUS: Final = {Run.Status.COMPLETED: "completed", Run.Status.FAILED: "completed"}


def as_task(tool: Tool, answer: BaseModel, caller: Caller) -> dict[str, Any] | None:
    """The task that stands for the answer; None where the answer itself is to be sent."""
    if not tool.is_task or not _is_declared(caller) or not isinstance(answer, SubmittedRun):
        return None
    if answer.run_id is None:
        return None
    return {"resultType": "task", **_task(_run(answer.run_id, caller), caller)}


def get_task(params: dict[str, Any], caller: Caller) -> dict[str, Any]:
    run = _task_run(params, caller)
    task = _task(run, caller)
    if task["status"] == "completed":
        task["result"] = _result(run)
    return task


def update_task(params: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """A run asks nothing of its client, so there is nothing to take in."""
    _task_run(params, caller)
    return {}


def cancel_task(params: dict[str, Any], caller: Caller) -> dict[str, Any]:
    run = _task_run(params, caller)
    if not caller.access.allows(Scope.RUN):
        raise RpcError(INVALID_PARAMS, f"Invalid params: this connection lacks {Scope.RUN}")
    services.cancel_run(account=caller.account, run_id=run.pk, actor=caller.actor)
    return {}


def _is_declared(caller: Caller) -> bool:
    extensions = caller.request.client_capabilities.get("extensions")
    return isinstance(extensions, dict) and TASKS_EXTENSION in extensions


def _task_run(params: dict[str, Any], caller: Caller) -> Run:
    if not _is_declared(caller):
        raise RpcError(
            MISSING_CLIENT_CAPABILITY,
            f"The client did not declare {TASKS_EXTENSION}",
            data={"requiredCapabilities": {"extensions": {TASKS_EXTENSION: {}}}},
        )
    try:
        signed = _signer().unsign(str(params.get("taskId")))
        account_id, user_id, run_id = (int(part) for part in signed.split("-"))
        if (account_id, user_id) != (caller.account.pk, caller.actor.user_id):
            raise BadSignature
        return _run(run_id, caller)
    except (BadSignature, ValueError, ProductError):
        raise RpcError(INVALID_PARAMS, "Invalid params: taskId names no task of yours") from None


def _run(run_id: int, caller: Caller) -> Run:
    return get_run(account=caller.account, run_id=run_id)


def _signer() -> Signer:
    return Signer(salt="mcp-task", sep=".")


def _task(run: Run, caller: Caller) -> dict[str, Any]:
    words = f"run {run.pk} is {run.status}, {run.progress:.0%} done"
    named = f"{caller.account.pk}-{caller.actor.user_id}-{run.pk}"
    stopped = run.status == Run.Status.STOPPED
    return {
        "taskId": _signer().sign(named),
        "status": "cancelled" if stopped else _STATUS.get(Run.Status(run.status), "working"),
        "statusMessage": words,
        "createdAt": zulu(run.created_at),
        "lastUpdatedAt": zulu(run.updated_at),
        "ttlMs": None,
        "pollIntervalMs": POLL_INTERVAL_MS,
    }


def _result(run: Run) -> dict[str, Any]:
    """What the call would have been answered, had it waited for the end of the run."""
    if run.status == Run.Status.FAILED:
        words = f"run {run.pk} failed; call explain_job_failure with run_id {run.pk}"
        return cast("dict[str, Any]", json.loads(refusal(words)))
    done = success(TOOLS["run_package"], submitted(run))
    return cast("dict[str, Any]", json.loads(done))
