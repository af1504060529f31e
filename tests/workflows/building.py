"""Building workflows: tasks and edges, by name."""

from typing import Any


def task(kind: str, name: str, **properties: Any) -> dict[str, Any]:
    return {f"{kind}_task_component": {"id": name, "name": name, **properties}}


def workflow(*tasks: dict[str, Any], edges: list[tuple[str, ...]] | None = None) -> dict[str, Any]:
    """Tasks, and edges (source, target) or (source, target, condition)."""
    made = []
    for number, (source, target, *condition) in enumerate(edges or []):
        edge = {"id": f"e{number}", "source": source, "target": target}
        made.append(edge | ({"condition": condition[0]} if condition else {}))
    return {"components": list(tasks), "edges": made}


def wait(name: str, seconds: float = 0.01, **properties: Any) -> dict[str, Any]:
    return task("wait", name, seconds=seconds, **properties)


def sql(name: str, query: str, connection_id: int, **properties: Any) -> dict[str, Any]:
    return task("execute_sql", name, connection_id=connection_id, query=query, **properties)
