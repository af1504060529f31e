"""What differs between two states of something, each given as a nested JSON object."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_PLAIN_STEP = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `before` is None for what was added, `after` for what was removed."""

    path: str
    before: Any
    after: Any


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Every difference, by its path such as `variables.region`.

    Objects are compared member by member in whatever order; lists, and members that only one side
    has, count as wholes. A step of a path with a dot or a bracket in it is written `["a.b"]`.
    """
    return list(_differences(before, after, ""))


def _differences(
    before: Mapping[str, Any], after: Mapping[str, Any], place: str
) -> Iterator[Change]:
    for key in [*before, *(key for key in after if key not in before)]:
        old, new = before.get(key), after.get(key)
        path = _joined(place, key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, path)
        elif (key in before) is not (key in after) or not _is_same(old, new):
            yield Change(path, old, new)


def _joined(place: str, key: str) -> str:
    if not _PLAIN_STEP.fullmatch(key):
        return f"{place}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{place}.{key}" if place else key


def _is_same(one: object, other: object) -> bool:
    """As JSON: 1, 1.0 and true are three values."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
