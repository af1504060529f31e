"""The official conformance suite: what it has to say about a server, and what we leave out."""

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.foreign.programs import node_command, package_file

LEGACY, MODERN = "2025-11-25", "2026-07-28"

PRODUCT, SUITE_SERVER = "the product", "the suite's tools"

SUITE = "@modelcontextprotocol/conformance"
SUITE_SECONDS = 120

BOTH_REVISIONS = {
    "completion-complete": SUITE_SERVER,
    "dns-rebinding-protection": PRODUCT,
    "json-schema-2020-12": SUITE_SERVER,
    "prompts-get-embedded-resource": SUITE_SERVER,
    "prompts-get-simple": SUITE_SERVER,
    "prompts-get-with-args": SUITE_SERVER,
    "prompts-get-with-image": SUITE_SERVER,
    "prompts-list": PRODUCT,
    "resources-list": PRODUCT,
    "resources-read-binary": SUITE_SERVER,
    "resources-read-text": SUITE_SERVER,
    "resources-templates-read": SUITE_SERVER,
    "server-sse-multiple-streams": PRODUCT,
    "tools-call-audio": SUITE_SERVER,
    "tools-call-embedded-resource": SUITE_SERVER,
    "tools-call-error": SUITE_SERVER,
    "tools-call-image": SUITE_SERVER,
    "tools-call-mixed-content": SUITE_SERVER,
    "tools-call-simple-text": SUITE_SERVER,
    "tools-call-with-progress": SUITE_SERVER,
    "tools-list": PRODUCT,
}
SCENARIOS: dict[str, dict[str, str]] = {
    LEGACY: {
        **BOTH_REVISIONS,
        "elicitation-sep1034-defaults": SUITE_SERVER,
        "elicitation-sep1330-enums": SUITE_SERVER,
        "logging-set-level": PRODUCT,
        "ping": PRODUCT,
        "resources-subscribe": SUITE_SERVER,
        "resources-unsubscribe": SUITE_SERVER,
        "server-initialize": PRODUCT,
        "server-session-lifecycle": PRODUCT,
        "server-sse-polling": SUITE_SERVER,
        "tools-call-elicitation": SUITE_SERVER,
        "tools-call-sampling": SUITE_SERVER,
        "tools-call-with-logging": SUITE_SERVER,
    },
    MODERN: {
        **BOTH_REVISIONS,
        "caching": PRODUCT,
        "http-custom-header-server-validation": PRODUCT,
        "http-header-validation": PRODUCT,
        "input-required-result-basic-elicitation": SUITE_SERVER,
        "input-required-result-basic-list-roots": SUITE_SERVER,
        "input-required-result-basic-sampling": SUITE_SERVER,
        "input-required-result-capability-check": SUITE_SERVER,
        "input-required-result-ignore-extra-params": SUITE_SERVER,
        "input-required-result-missing-input-response": SUITE_SERVER,
        "input-required-result-multi-round": SUITE_SERVER,
        "input-required-result-multiple-input-requests": SUITE_SERVER,
        "input-required-result-non-tool-request": SUITE_SERVER,
        "input-required-result-request-state": SUITE_SERVER,
        "input-required-result-result-type": SUITE_SERVER,
        "input-required-result-tampered-state": SUITE_SERVER,
        "input-required-result-unsupported-methods": PRODUCT,
        "input-required-result-validate-input": SUITE_SERVER,
        "sep-2164-resource-not-found": PRODUCT,
        "server-stateless": SUITE_SERVER,
    },
}
"""Every server scenario of a requirement set, and the server that it is run against."""

_NOT_ASKED = "a run asks its client nothing, so no task waits for input"

TASKS: dict[str, dict[str, str]] = {
    "tasks-capability-negotiation": {},
    "tasks-dispatch-and-envelope": {},
    "tasks-lifecycle": {
        "sep-2663-tasks-get-status-failed": "a failed run completes its task with an error result"
    },
    "tasks-mrtr-composition": {"sep-2663-mrtr-synchronous-before-task-creation": _NOT_ASKED},
    "tasks-mrtr-input": {
        "sep-2663-tasks-get-status-input-required": _NOT_ASKED,
        "tasks-mrtr-tasks-update-resumes": _NOT_ASKED,
        "tasks-mrtr-partial-fulfillment": _NOT_ASKED,
    },
    "tasks-request-headers": {},
    "tasks-request-state-removal": {},
    "tasks-required-task-error": {
        "sep-2663-server-returns-missing-capability-when-required": "no tool must be a task"
    },
    "tasks-status-notifications": {},
    "tasks-wire-fields": {},
}
"""Scenarios of the Tasks extension, which no requirement set scores, run against true runs of
packages; and their checks that must fail, because the product has no such thing."""

_NO_STREAM = "the server opens no stream of its own and keeps no session, so it can ask nothing"
_NO_LOGGING = "logging is deprecated, and its capability is not declared"
_NO_SUBSCRIPTION = "updates would need a stream; the capability is not declared"

EXCLUDED = {
    (LEGACY, "elicitation-sep1034-defaults"): _NO_STREAM,
    (LEGACY, "elicitation-sep1330-enums"): _NO_STREAM,
    (LEGACY, "tools-call-elicitation"): _NO_STREAM,
    (LEGACY, "tools-call-sampling"): _NO_STREAM,
    (LEGACY, "logging-set-level"): _NO_LOGGING,
    (LEGACY, "tools-call-with-logging"): _NO_LOGGING,
    (LEGACY, "resources-subscribe"): _NO_SUBSCRIPTION,
    (LEGACY, "resources-unsubscribe"): _NO_SUBSCRIPTION,
    (LEGACY, "server-session-lifecycle"): "the server keeps no session",
    (LEGACY, "server-sse-polling"): "streams are not resumed: an answer is one POST",
    (LEGACY, "server-sse-multiple-streams"): "it wants a session before it opens its streams",
    (MODERN, "http-custom-header-server-validation"): "no argument is repeated in a header",
}
"""Scenarios that must not pass; one that does is to be taken off this list."""

EXCLUDED_CHECKS = {
    (MODERN, "server-stateless", check): _NO_SUBSCRIPTION
    for check in (
        "sep-2575-server-sends-subscription-ack",
        "sep-2575-server-tags-subscription-id",
        "sep-2575-server-honors-notification-filter",
        "sep-2575-server-sends-prompts-list-changed-on-subscription",
        "sep-2575-server-sends-tools-list-changed-on-subscription",
    )
}
"""Checks that must be skipped in a scenario that passes; they are all of subscriptions/listen."""

WIRE = "wire-schema-valid"
"""A check that the suite adds to a scenario: are all messages valid by the schema?"""

Results = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Verdict:
    """The checks of one scenario, sorted; `problems` are failures and warnings in words."""

    passed: list[str]
    skipped: list[str]
    failed: list[str]
    problems: list[str]

    @property
    def is_pass(self) -> bool:
        """Something other than the schema was looked at, and nothing is wrong."""
        return not self.problems and any(check != WIRE for check in self.passed)


def verdict(checks: list[dict[str, Any]]) -> Verdict:
    problems = []
    for check in checks:
        if check["status"] in {"FAILURE", "WARNING"}:
            words = check.get("errorMessage") or check.get("details") or check["description"]
            problems.append(f"{check['status']} {check['id']}: {words}")
    passed, skipped, failed = (
        [check["id"] for check in checks if check["status"] == status]
        for status in ("SUCCESS", "SKIPPED", "FAILURE")
    )
    return Verdict(passed, skipped, failed, problems)


def run_suite(url: str, revision: str) -> Results:
    """Run the whole requirement set against a server: the checks of each scenario."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["server", "--url", url, "--requirements", revision, "-o", folder]
        command = [*node_command(), str(package_file(SUITE, "dist/index.js")), *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SUITE_SECONDS)
        results = {_scenario(path): json.loads(path.read_text()) for path in _files(folder)}
    assert results, done.stdout + done.stderr
    return results


def authorization_command(issuer: str, client_id: str, resource: str, port: int) -> list[str]:
    """Run the authorization scenarios; it prints the address that a person is to open."""
    command = [*node_command(), str(package_file(SUITE, "dist/index.js")), "authorization"]
    command += ["--url", issuer, "--client-id", client_id, "--resource", resource]
    return [*command, "--port", str(port), "-o", "."]


def authorization_results(folder: Path) -> Results:
    """What that command left in its working folder."""
    paths = folder.glob("authorization-server-*/checks.json")
    prefix = "authorization-server-"
    return {_scenario(path, prefix): json.loads(path.read_text()) for path in paths}


def listed_authorization_scenarios() -> set[str]:
    command = [*node_command(), str(package_file(SUITE, "dist/index.js"))]
    listed = subprocess.run(
        [*command, "list", "--authorization"], capture_output=True, text=True, check=True
    ).stdout
    return set(re.findall(r"^  - (\S+)", listed, re.MULTILINE))


def listed_scenarios(revision: str) -> set[str]:
    """The server scenarios that the installed suite runs for the revision."""
    text = package_file(SUITE, f"requirements/{revision}.yaml").read_text()
    server = text[text.index("\nserver:") : text.index("\nclient:")]
    scored = re.findall(r"^  - (\S+)$", server, re.MULTILINE)
    unscored = re.findall(r"- scenario: (\S+)\n    leg: server", text)
    return {*scored, *unscored}


def _files(folder: str) -> list[Path]:
    return sorted(Path(folder).glob("server-*/checks.json"))


def _scenario(path: Path, prefix: str = "server-") -> str:
    """From a folder's name: server-SCENARIO-2026-07-28T12-00-00-000Z."""
    name = path.parent.name.removeprefix(prefix)
    return re.sub(r"-\d{4}-\d\d-\d\dT\S*$", "", name)
