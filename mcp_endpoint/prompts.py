"""Prompts: the two tables of example prompts of the product documentation, ready to fill in.

Source: "What you can do with it" and "Safety, audit, and read-only mode".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_endpoint.jsonrpc import INVALID_PARAMS, RpcError
from mcp_endpoint.protocol import MAX_NAME_IN_ERRORS
from mcp_endpoint.registry import Caller

MAX_ARGUMENT_LENGTH = 300


@dataclass(frozen=True, slots=True)
class PromptArgument:
    """`default` stands in for a value that is not given; without one the argument is required."""

    name: str
    description: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """`answer` makes the whole result of prompts/get from the request's params."""

    name: str
    title: str
    description: str
    answer: Callable[[Caller, Mapping[str, Any]], dict[str, Any]]
    arguments: tuple[PromptArgument, ...] = field(default=())

    def published(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "arguments": [
                {
                    "name": argument.name,
                    "description": argument.description,
                    "required": argument.default is None,
                }
                for argument in self.arguments
            ],
        }


PROMPTS: dict[str, Prompt] = {}


def list_prompts(params: dict[str, Any], caller: Caller) -> dict[str, Any]:
    if params.get("cursor"):
        raise RpcError(INVALID_PARAMS, "Invalid params: cursor is not one of this list")
    return {"prompts": [prompt.published() for prompt in PROMPTS.values()]}


def get_prompt(params: dict[str, Any], caller: Caller) -> dict[str, Any]:
    name = params.get("name")
    prompt = PROMPTS.get(name) if isinstance(name, str) else None
    if prompt is None:
        raise RpcError(INVALID_PARAMS, f"Unknown prompt: {str(name)[:MAX_NAME_IN_ERRORS]}")
    return prompt.answer(caller, params)


def _register(name: str, title: str, text: str, advice: str, *arguments: PromptArgument) -> None:
    """A prompt of one message: the documented words with the arguments filled in, then advice."""

    def answer(caller: Caller, params: Mapping[str, Any]) -> dict[str, Any]:
        values = _values(arguments, params.get("arguments"))
        message = f"{text.format(**values)}\n\n{advice}"
        content = {"type": "text", "text": message}
        return {"description": title, "messages": [{"role": "user", "content": content}]}

    PROMPTS[name] = Prompt(name, title, f"{title}. {advice}", answer, arguments)


def _values(arguments: tuple[PromptArgument, ...], given: Any) -> dict[str, str]:
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise RpcError(INVALID_PARAMS, "Invalid params: arguments must be an object")
    unknown = sorted(set(given) - {argument.name for argument in arguments})
    if unknown:
        raise RpcError(
            INVALID_PARAMS, f"Invalid params: no argument {unknown[0][:MAX_NAME_IN_ERRORS]}"
        )
    values = {}
    for argument in arguments:
        value = given.get(argument.name) or argument.default
        if not isinstance(value, str) or len(value) > MAX_ARGUMENT_LENGTH:
            raise RpcError(
                INVALID_PARAMS,
                f"Invalid params: {argument.name} is required, a string of at most "
                f"{MAX_ARGUMENT_LENGTH} characters",
            )
        values[argument.name] = value
    return values


_register(
    "explain_failed_sync",
    "Why a sync failed",
    "My {package} sync just failed - what broke?",
    "Find the newest failed run with list_runs and call explain_job_failure.",
    PromptArgument("package", "Name of the package, or part of it.", "Salesforce"),
)
_register(
    "packages_without_success",
    "Packages without a successful run this week",
    "Show me all packages that haven't run successfully this week",
    "Use list_packages, then list_runs with status completed.",
)
_register(
    "clone_for_testing",
    "Clone a package for testing",
    "Clone the {package} package into a new workspace for testing",
    "Find it with search_all; look at clone_package with dry_run before you do it.",
    PromptArgument("package", "Name of the package.", "Salesforce to Snowflake"),
)
_register(
    "disabled_schedules",
    "Disabled schedules",
    "Which schedules are currently disabled?",
    "Use list_schedules with enabled: false.",
)
_register(
    "preview_table",
    "Preview a table",
    "Preview the first {row_count} rows of the {table} table on our {connection} connection",
    "Find the connection with search_all, then use preview_data.",
    PromptArgument("table", "Name of the table.", "orders"),
    PromptArgument("connection", "Name of the connection.", "production DB"),
    PromptArgument("row_count", "How many rows, up to 200.", "20"),
)
_register(
    "orient",
    "Orient yourself",
    "List the workspaces in my Integrate.io account and summarize the health of each one.",
    "Use list_workspaces.",
)
_register(
    "recent_failures",
    "Find recent failures",
    "Show me all jobs that failed in the last 24 hours and summarize the most common errors.",
    "Use list_runs with status failed; compare completed_at and last_error.",
)
_register(
    "diagnose_failure",
    "Diagnose a specific failure",
    "Explain why run ID {run_id} failed and suggest how to fix it.",
    "Use explain_job_failure.",
    PromptArgument("run_id", "Id of the run."),
)
_register(
    "audit_schedules",
    "Audit active schedules",
    "List all enabled schedules and tell me which packages run most frequently.",
    "Use list_schedules with enabled: true; compare the cron expressions.",
)
_register(
    "explore_connection",
    "Explore a connection",
    "What tables are available on the {connection} connection?",
    "Find the connection with search_all, then use discover_schema.",
    PromptArgument("connection", "Name of the connection.", "production-postgres"),
)
