"""Edits of one data_flow_json document. The document given is never changed: a new one is made.

Each edit checks all it was given and raises InvalidInput with one line for each problem, naming
the entry. What was wrong in the document before, and is not touched, stays for validation.
Source: the rules of data_flow_json in the pipelines reference, section 3.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.flow import complete_document, copy_document
from packages_app.complaints import Complaints
from packages_app.graph_components import (
    Bodies,
    Types,
    check_field_counts,
    check_identity,
    check_wrappers,
)
from packages_app.graph_edges import check_circle, keep_ids, link
from packages_app.graph_merge import merge_updates

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Added:
    """A document with new components and edges; `component_ids` by name."""

    document: Document
    component_ids: dict[str, str]
    edge_ids: list[str]


def add(document: Mapping[str, Any], *, components: Any, edges: Any, types: Types) -> Added:
    """New components of the given types, and edges whose ends are ids or names, old or new.

    Ids and names are made where absent. Refuses edges that lead nowhere, to their own beginning,
    twice the same way, or in a circle.
    """
    complaints = Complaints()
    given = copy_document({"components": components, "edges": edges})
    check_wrappers(given["components"], types, complaints)
    complaints.settle()
    old = complete_document(document)
    together = [*old["components"], *given["components"]]
    joined = complete_document({**old, "components": together})
    new = joined["components"][len(old["components"]) :]
    check_identity(joined, new, complaints)
    check_field_counts(new, complaints)
    linked = link(joined, given["edges"], complaints, beside=old["edges"])
    complaints.settle()
    joined = complete_document({**joined, "edges": [*old["edges"], *linked]})
    if linked:
        check_circle(joined)
    return Added(
        document=joined,
        component_ids={body["name"]: body["id"] for entry in new for body in entry.values()},
        edge_ids=[edge["id"] for edge in joined["edges"][len(old["edges"]) :]],
    )


def merge(document: Mapping[str, Any], updates: Sequence[Mapping[str, Any]]) -> Document:
    """Entries `{component_name, updates}` merged into the bodies of those components.

    An object goes into an object member by member, `null` deletes, all else replaces. Names are
    those from before the edit, so that two components can exchange theirs.
    """
    complaints = Complaints()
    edited = complete_document(document)
    changed = merge_updates(Bodies(edited), updates, complaints)
    complaints.settle()
    check_field_counts(changed, complaints)
    complaints.settle()
    return complete_document(edited)


def remove(document: Mapping[str, Any], names: Sequence[str]) -> Document:
    """The document without those components, and without the edges that end at one of them."""
    complaints = Complaints()
    edited = complete_document(document)
    bodies = Bodies(edited)
    gone = [
        bodies.named(name, f"component_names[{index}]", complaints)
        for index, name in enumerate(names)
    ]
    complaints.settle()
    ids = {str(entry.body["id"]) for entry in gone if entry is not None}
    edited["components"] = [
        wrapper
        for wrapper in edited["components"]
        if not any(entry is not None and entry.wrapper is wrapper for entry in gone)
    ]
    edited["edges"] = [
        edge
        for edge in edited["edges"]
        if not {str(edge.get("source")), str(edge.get("target"))} & ids
    ]
    return edited


def replace_edges(document: Mapping[str, Any], edges: Any) -> Document:
    """The document with these edges alone. An edge that was there keeps its id unless given one."""
    complaints = Complaints()
    edited = complete_document(document)
    given = copy_document({"edges": edges})["edges"]
    linked = link(edited, given, complaints)
    complaints.settle()
    edited = complete_document({**edited, "edges": keep_ids(edited["edges"], linked)})
    check_circle(edited)
    return edited
