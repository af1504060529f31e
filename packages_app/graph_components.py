"""The components of a document: new ones are checked, old ones found by name."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.catalog import COMPONENTS
from engine.catalog.base import Component
from engine.catalog.shapes import SHAPE_WORDS, shape_of
from engine.fields import MAX_FIELDS
from engine.flow import IDENTIFIER
from engine.problems import did_you_mean
from packages_app.complaints import Complaints

MAX_NAME_LENGTH = 128

Types = Mapping[str, type[Component]]
Body = dict[str, Any]

_GENERATED = ("id", "name", "specific_component_type")


@dataclass(frozen=True, slots=True)
class Entry:
    """A component in a document: its wrapper, the one key of that, and what it wraps."""

    wrapper: dict[str, Any]
    key: str
    body: Body


def entries_of(wrappers: Iterable[dict[str, Any]]) -> Iterator[Entry]:
    """Those components of a document whose wrappers are sound."""
    for wrapper in wrappers:
        if len(wrapper) == 1:
            key, body = next(iter(wrapper.items()))
            if isinstance(body, dict):
                yield Entry(wrapper, key, body)


class Bodies:
    """The components of a complete document, found by name."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.entries = list(entries_of(document["components"]))
        self._by_name: dict[str, list[Entry]] = {}
        for entry in self.entries:
            self._by_name.setdefault(str(entry.body["name"]), []).append(entry)

    def named(self, name: str, place: str, complaints: Complaints) -> Entry | None:
        """The component of exactly that name; a complaint when there is none, or more than one."""
        found = self._by_name.get(name, [])
        if len(found) == 1:
            return found[0]
        if found:
            complaints.add(place, f"more than one component is called '{name}'")
        else:
            complaints.add(place, no_such_component(name, self._by_name, complaints))
        return None


def no_such_component(name: str, known: Iterable[str], complaints: Complaints) -> str:
    """What to say about a component that is not there, with a near name if there is one."""
    asked = name[:MAX_NAME_LENGTH]
    hint = "" if complaints.are_many else did_you_mean(asked, known)
    return f"there is no component '{asked}'" + (f". {hint}" if hint else "")


def check_wrappers(
    components: Sequence[Mapping[str, Any]], types: Types, complaints: Complaints
) -> None:
    """Each has exactly one key, a type from the catalogue, around an object."""
    for index, wrapper in enumerate(components):
        place = f"components[{index}]"
        if len(wrapper) != 1:
            words = 'must be an object with exactly one key, the type: {"select_component": {...}}'
            complaints.add(place, words)
            continue
        key, body = next(iter(wrapper.items()))
        if key not in types:
            complaints.add(place, _unknown_type(key, types, complaints))
        elif not isinstance(body, dict):
            complaints.add(
                f"{place}.{key}", f"must be an object, not {SHAPE_WORDS[shape_of(body)]}"
            )
        else:
            _check_body(body, key, place, complaints)


def _unknown_type(key: str, types: Types, complaints: Complaints) -> str:
    if key in COMPONENTS:
        is_task = COMPONENTS[key].category == "task"
        words = "a task, which only workflows hold" if is_task else "no task of a workflow"
        return f"'{key[:80]}' is {words}"
    hint = "" if complaints.are_many else did_you_mean(key[:MAX_NAME_LENGTH], types)
    hint = hint or "list_component_types names them all"
    return f"there is no component type '{key[:80]}'. {hint}"


def _check_body(body: Body, key: str, place: str, complaints: Complaints) -> None:
    for name in _GENERATED:
        if body.get(name, "") is None:
            del body[name]
    if body.get("specific_component_type", key) != key:
        complaints.add(f"{place}.specific_component_type", f"must be {key} here")
    if "name" in body:
        check_name(body["name"], f"{place}.name", complaints)
    component_id = body.get("id", "")
    if component_id != "" and not is_identifier(component_id):
        complaints.add(f"{place}.id", bad_identifier(component_id))


def is_identifier(value: object) -> bool:
    return isinstance(value, str) and IDENTIFIER.fullmatch(value) is not None


def bad_identifier(value: object) -> str:
    return (
        f"'{str(value)[:80]}' cannot be an id: letters, digits, _ and -, at most 64; "
        "leave it out to have one made"
    )


def check_name(name: object, place: str, complaints: Complaints) -> None:
    """Whether a component can be called so; whether it may be empty is the caller's affair."""
    if not isinstance(name, str):
        complaints.add(place, "must be a text")
    elif len(name) > MAX_NAME_LENGTH:
        complaints.add(place, f"has {len(name):,} characters; the limit is {MAX_NAME_LENGTH}")


def check_identity(
    document: Mapping[str, Any], new: Sequence[dict[str, Any]], complaints: Complaints
) -> None:
    """Ids and names of the new components, which are in the document already, are used once."""
    bodies = [entry.body for entry in entries_of(document["components"])]
    ids = Counter(str(part["id"]) for part in [*bodies, *document["edges"]])
    names = Counter(str(body["name"]).casefold() for body in bodies)
    for index, entry in enumerate(entries_of(new)):
        if ids[entry.body["id"]] > 1:
            words = f"'{entry.body['id']}' is used more than once in this package"
            complaints.add(f"components[{index}].id", words)
        if names[entry.body["name"].casefold()] > 1:
            complaints.add(f"components[{index}].name", taken(entry.body["name"]))


def taken(name: str) -> str:
    """What to say about a name that is in use."""
    return f"'{name}' is the name of another component; names are unique ignoring case"


def check_field_counts(wrappers: Iterable[dict[str, Any]], complaints: Complaints) -> None:
    """No list of fields in a component is over the limit."""
    for entry in entries_of(wrappers):
        for path, count in _field_lists(entry.body):
            if count > MAX_FIELDS:
                words = f"{path} has {count:,} fields; the limit is {MAX_FIELDS:,}"
                complaints.add(str(entry.body["name"]), words)


def _field_lists(value: Any, place: str = "") -> Iterator[tuple[str, int]]:
    """Depth is no concern: a document has at most 20 levels."""
    if isinstance(value, dict):
        for key, part in value.items():
            here = f"{place}.{key}" if place else key
            if key == "fields" and isinstance(part, list):
                yield here, len(part)
            yield from _field_lists(part, here)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _field_lists(part, f"{place}[{index}]")
