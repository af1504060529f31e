"""Updates merged deep into the bodies of components."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from engine.catalog import COMPONENTS
from engine.catalog.shapes import SHAPE_WORDS, property_of, shape_of
from packages_app.complaints import Complaints
from packages_app.graph_components import Bodies, Body, Entry, check_name, taken

FIXED = {
    "id": "never changes; leave it out",
    "specific_component_type": "the type never changes; remove the component and add another",
}

_MEMBERS = frozenset({"component_name", "updates"})


def merge_updates(
    bodies: Bodies, updates: Sequence[Mapping[str, Any]], complaints: Complaints
) -> list[dict[str, Any]]:
    """Merge entries `{component_name, updates}` in place; answers the wrappers merged into."""
    found = [
        (f"components[{index}]", update, _named(bodies, update, f"components[{index}]", complaints))
        for index, update in enumerate(updates)
    ]
    touched = []
    for place, update, entry in found:
        if entry is not None:
            _merge_into(entry, update["updates"], f"{place}.updates", complaints)
            touched.append(entry.wrapper)
    names = Counter(str(entry.body.get("name")).casefold() for entry in bodies.entries)
    for place, update, entry in found:
        if entry is not None and "name" in update["updates"]:
            name = str(entry.body.get("name"))
            if names[name.casefold()] > 1:
                complaints.add(f"{place}.updates.name", taken(name))
    return touched


def _named(
    bodies: Bodies, update: Mapping[str, Any], place: str, complaints: Complaints
) -> Entry | None:
    """The component that an entry of the call means, if that entry is well-formed."""
    if set(update) != _MEMBERS or not isinstance(update["component_name"], str):
        complaints.add(place, "must be {component_name: text, updates: object}")
        return None
    if not isinstance(update["updates"], dict):
        complaints.add(f"{place}.updates", "must be an object")
        return None
    return bodies.named(update["component_name"], f"{place}.component_name", complaints)


def _merge_into(entry: Entry, updates: Body, place: str, complaints: Complaints) -> None:
    for key, words in FIXED.items():
        if key in updates and (key == "id" or updates[key] != entry.body.get(key)):
            complaints.add(f"{place}.{key}", words)
    if "name" in updates:
        name = updates["name"]
        check_name(name, f"{place}.name", complaints)
        if isinstance(name, str) and not name.strip():
            complaints.add(f"{place}.name", "must not be empty")
    free = {key: value for key, value in updates.items() if key not in FIXED}
    merged = _merged(entry.body, free, COMPONENTS.get(entry.key), place, complaints)
    entry.body.clear()
    entry.body.update(merged)


def _merged(
    old: Body, updates: Body, model: type[BaseModel] | None, place: str, complaints: Complaints
) -> Body:
    merged = dict(old)
    for key, value in updates.items():
        here = f"{place}.{key}"
        known = property_of(model, key)
        if value is None:
            if known.is_required:
                complaints.add(here, "is required and cannot be removed")
            merged.pop(key, None)
        elif known.shape not in (None, shape_of(value)):
            words = f"must be {SHAPE_WORDS[known.shape]}, not {SHAPE_WORDS[shape_of(value)]}"
            complaints.add(here, words)
        elif isinstance(value, dict):
            before = merged.get(key)
            inside = before if isinstance(before, dict) else {}
            merged[key] = _merged(inside, value, known.model, here, complaints)
        else:
            merged[key] = value
    return merged
