"""Every component of a flow, in order: its properties read, its meaning compiled.

One pass serves both the check and the plan, so that what passes the check is what runs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from engine.catalog import COMPONENTS
from engine.catalog.base import Component
from engine.flow import Edge, Flow, Node
from engine.problems import Problem
from engine.rejects import PORT, REJECT_FIELDS, rejects_of
from engine.scope import Input, Scope
from engine.stages import AnswerFolder, Outcome, Stage, WriteRest, rejects_relation
from engine.structure import finding
from engine.variables import Variables

_MESSAGES = {
    "missing": "is required",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "bool_parsing": "must be true or false",
    "string_type": "must be a text",
}


def compile_components(flow: Flow, variables: Variables) -> tuple[list[Stage], list[Problem]]:
    """Stages of all components that could be compiled, and the findings about all."""
    problems: list[Problem] = []
    stages: list[Stage] = []
    made: dict[str, tuple[str, Outcome, str]] = {}
    for index, node in enumerate(flow.ordered()):
        component = read_component(node, problems)
        inputs = None if component is None else _inputs(flow, node, made)
        if component is None or inputs is None:
            continue
        scope = Scope(node.id, node.name, inputs, variables, problems)
        outcome = component.compile(scope)
        if outcome is None:
            continue
        relation = f"step_{index}"
        made[node.id] = (relation, outcome, node.name)
        if outcome.work is not None:
            sources = tuple(
                rejects_of(edge.source) if edge.source_port == PORT else edge.source
                for edge in ordered_inputs(flow, node)
            )
            stages.append(
                Stage(
                    node.id,
                    node.name,
                    node.wrapper_key,
                    relation,
                    sources,
                    outcome.fields,
                    outcome.work,
                    outcome.rejects,
                )
            )
    problems.extend(_shared_answer_files(stages))
    return stages, problems


def _shared_answer_files(stages: list[Stage]) -> Iterator[Problem]:
    """Components whose answers would go into the file of another one, and replace it."""
    first: dict[AnswerFolder, str] = {}
    for stage in stages:
        answers = stage.work.answers if isinstance(stage.work, WriteRest) else None
        if answers is None:
            continue
        owner = first.setdefault(answers, stage.component_name)
        if owner != stage.component_name:
            yield Problem(
                "invalid_property_value",
                "error",
                stage.component_id,
                stage.component_name,
                "responses_path",
                f"{owner} saves its answers in the same file.",
                "Choose another folder.",
            )


def ordered_inputs(flow: Flow, node: Node) -> list[Edge]:
    """Edges into a component in port order: named ports first come to their place."""
    edges = list(flow.incoming(node.id))
    names = COMPONENTS[node.wrapper_key].inputs.names
    if not names:
        return edges
    placed: dict[str, Edge] = {}
    for edge in edges:
        if edge.target_port in names and edge.target_port not in placed:
            placed[str(edge.target_port)] = edge
    others = [edge for edge in edges if edge not in placed.values()]
    for name in names:
        if name not in placed and others:
            placed[name] = others.pop(0)
    return [placed[name] for name in names if name in placed]


def _inputs(
    flow: Flow, node: Node, made: Mapping[str, tuple[str, Outcome, str]]
) -> list[Input] | None:
    """Compiled inputs in port order; None when one is missing, which is reported elsewhere."""
    component = COMPONENTS[node.wrapper_key]
    edges = ordered_inputs(flow, node)
    if not component.inputs.takes(len(edges)) or len(flow.incoming(node.id)) != len(edges):
        return None
    inputs = []
    for edge in edges:
        if edge.source not in made:
            return None
        relation, outcome, name = made[edge.source]
        if edge.source_port == PORT:
            inputs.append(Input(name, rejects_relation(relation), REJECT_FIELDS))
        else:
            inputs.append(Input(name, relation, outcome.fields, outcome.at_most))
    return inputs


def read_component(node: Node, problems: list[Problem]) -> Component | None:
    """The component's properties as a model; None with findings when they do not fit."""
    kind = COMPONENTS.get(node.wrapper_key)
    if kind is None:
        return None
    try:
        component = kind.model_validate(dict(node.body))
    except ValidationError as error:
        problems.extend(_findings(node, error))
        return None
    problems.extend(
        Problem(
            "unknown_property",
            "warning",
            node.id,
            node.name,
            name,
            f"{node.wrapper_key} has no property '{name}'; it is kept and ignored.",
        )
        for name in _unknown(component)
    )
    return component


def _unknown(part: BaseModel, place: str = "") -> Iterator[str]:
    for name in part.model_extra or {}:
        yield f"{place}{name}"
    for name, field in type(part).__pydantic_fields__.items():  # model_fields asks anew each time
        value: Any = getattr(part, name)
        label = f"{place}{field.alias or name}"
        if isinstance(value, BaseModel):
            yield from _unknown(value, f"{label}.")
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from _unknown(item, f"{label}[{index}].")


def _findings(node: Node, error: ValidationError) -> list[Problem]:
    found: dict[str, Problem] = {}
    for detail in error.errors(include_url=False, include_context=False):
        place = _place(detail["loc"])
        code = "invalid_property_value"
        words = _MESSAGES.get(detail["type"], detail["msg"].removeprefix("Value error, "))
        if detail["type"] == "missing" or _is_blank(detail.get("input"), detail["type"]):
            code, words = "missing_required_property", "is required"
        hint = ""
        if place == "limit" and "$" in str(detail.get("input")):
            code, words = "variable_not_allowed", "may not hold a variable"
            hint = "Write the number itself."
        found.setdefault(place, finding(node, code, place, f"{place}: {words}.", hint))
    return list(found.values())


def _is_blank(value: object, kind: str) -> bool:
    return kind in ("string_too_short", "too_short") and value in ("", [], ())


def _place(location: tuple[int | str, ...]) -> str:
    """`schema.fields[2].name`, without the names of union members."""
    place = ""
    for part in location:
        if isinstance(part, int):
            place += f"[{part}]"
        elif part not in ("Condition", "ConditionGroup"):
            place += f".{part}" if place else part
    return place
