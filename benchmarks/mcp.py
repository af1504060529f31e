"""How many MCP requests the endpoint answers, beside a bare Django view and two other MCP servers.

    python -m benchmarks.mcp [--seconds 3] [--rounds 5] [--connections 1 8 32] [--servers KEY ...]

A private PostgreSQL and Redis on loopback hold one account with 24 packages. Every server resolves
the same bearer token with the same statement and answers with the same 20 rows; that is checked
before anything is timed. wrk then loads one server after the other in every round, and ratios are
taken within a round, because the speed of a shared machine drifts. `--servers` narrows the
comparison; only a complete one is drawn into docs/mcp-benchmark.svg. The exit code is 1 when a
promise of the project is not kept. wrk must be installed (Debian: apt-get install wrk).
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.mcp_chart import draw
from benchmarks.mcp_servers.contenders import (
    CONTENDERS,
    Contender,
    Task,
    Unavailable,
    prepared,
    versions,
)
from benchmarks.mcp_servers.load import CALLS, Failed, Target, measure
from benchmarks.mcp_servers.processes import NotStarted, post, processor_seconds, running
from benchmarks.mcp_servers.report import Case, Results, table, verdicts
from config.launch.layout import ROOT
from tests.services.daemons import free_port
from tests.services.postgres import own_postgres
from tests.services.redis import own_redis

CHART = ROOT / "docs" / "mcp-benchmark.svg"
WARM_UP_SECONDS = 2
SHOWN = ("name", "title", "description", "inputSchema", "outputSchema")


def main() -> int:
    options = parsed()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed (Debian: apt-get install wrk)")
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mcp-benchmark-")))
        postgres = stack.enter_context(own_postgres(max_connections="200"))
        redis = stack.enter_context(own_redis())
        pids = [int(server.pidfile.read_text().split()[0]) for server in (postgres, redis)]
        task = prepared(scratch, postgres.url(postgres.new_database()), redis.url)
        targets = started(stack, task, options.servers, lambda: sum(map(processor_seconds, pids)))
        check_answers(task, targets)
        results = Results({c.key: c.label for c in CONTENDERS if c.key in targets})
        try:
            take_rounds(options, targets, results, scratch)
        except Failed as failure:
            sys.exit(str(failure))
    note = f"Medians of {options.rounds} rounds of {options.seconds} s. {versions()}."
    print(note, *table(results), sep="\n")
    print(f"\nMeanwhile other processes took {results.disturbance():.0%} of the machine.")
    told = verdicts(results)
    print("", *(words for _, words in told), sep="\n", flush=True)
    if len(targets) == len(CONTENDERS):
        CHART.write_text(draw(results, note))
        print(f"\nDrawn: {CHART.relative_to(ROOT)}")
    return 0 if all(holds for holds, _ in told) else 1


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=3, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 32])
    keys = [contender.key for contender in CONTENDERS]
    parser.add_argument("--servers", nargs="+", choices=keys, default=keys)
    return parser.parse_args()


def started(
    stack: ExitStack, task: Task, keys: list[str], database_seconds: Callable[[], float]
) -> dict[str, Target]:
    """The product always, and first: what it lists is what the others list."""
    targets = {}
    for contender in CONTENDERS:
        if contender.key != "product" and contender.key not in keys:
            continue
        try:
            targets[contender.key] = start(stack, task, contender, database_seconds)
        except Unavailable as reason:
            print(f"{contender.label} is left out: {reason}")
        except NotStarted as problem:
            sys.exit(f"{contender.label} did not start:\n{problem}")
        if contender.key == "product":
            facts = json.loads(task.file.read_text())
            facts["tools"] = answer(targets["product"], "tools/list")["tools"]
            task.file.write_text(json.dumps(facts))
    return targets


def start(
    stack: ExitStack, task: Task, contender: Contender, database_seconds: Callable[[], float]
) -> Target:
    port = free_port()
    command, environment = contender.start(task, port)
    log = task.folder / f"{contender.key}.log"
    pid = stack.enter_context(running(command, environment, log, port))
    facts = json.loads(task.file.read_text())
    return Target(
        port=port,
        path=facts["path"],
        token=facts["token"],
        server_seconds=partial(processor_seconds, pid),
        database_seconds=database_seconds,
    )


def answer(target: Target, call: str) -> dict:
    status, body = post(target.port, target.path, CALLS[call], target.token)
    if status != 200:
        sys.exit(f"{call} was answered by {status}: {body[:500]!r}")
    return json.loads(body)["result"]


def check_answers(task: Task, targets: dict[str, Target]) -> None:
    """Stop unless every server says the same: the rows as text and as data, and every tool."""
    wanted = content(answer(targets["product"], "tools/call"))
    if len(wanted["packages"]) != 20:
        sys.exit(f"the product answers with {len(wanted['packages'])} rows instead of 20")
    listed = catalogue(answer(targets["product"], "tools/list"))
    for key, target in targets.items():
        found = content(answer(target, "tools/call"))
        if found != wanted:
            told = json.dumps(found)[:400], json.dumps(wanted)[:400]
            sys.exit(f"{key} answers tools/call differently from the product: {told}")
        if catalogue(answer(target, "tools/list")) != listed:
            sys.exit(f"{key} lists other tools than the product")
        refused, _ = post(target.port, target.path, CALLS["tools/call"], "unknown")
        if refused != 401:
            sys.exit(f"{key} answers an unknown token by {refused} instead of 401")


def content(result: dict) -> dict:
    """The data, without the marks that the product alone puts around what comes from outside."""
    data = result["structuredContent"]
    if json.loads(result["content"][0]["text"]) != data:
        sys.exit("the text of an answer differs from its data")
    return {name: value for name, value in data.items() if not name.startswith("untrusted_")}


def catalogue(result: dict) -> list[dict]:
    """The tools as JavaScript sees them, whose numbers are all floating point."""
    tools = json.loads(json.dumps(result["tools"]), parse_int=float)
    return [{name: tool.get(name) for name in SHOWN} for tool in tools]


def take_rounds(
    options: argparse.Namespace, targets: dict[str, Target], results: Results, scratch: Path
) -> None:
    """Every server in turn for each case; the one that goes first changes with the round."""
    cases = [Case(call, connections) for call in CALLS for connections in options.connections]
    keys = list(targets)
    for key in keys:
        for call in CALLS:
            measure(targets[key], call, connections=8, seconds=WARM_UP_SECONDS, scratch=scratch)
    for number in range(options.rounds):
        for case in cases:
            turn = number % len(keys)
            for key in keys[turn:] + keys[:turn]:
                taken = measure(
                    targets[key],
                    case.call,
                    connections=case.connections,
                    seconds=options.seconds,
                    scratch=scratch,
                )
                results.add(key, case, taken)
        print(f"round {number + 1} of {options.rounds} done", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
