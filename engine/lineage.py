"""Where every column of a destination comes from, read off the compiled queries.

`lineage` answers plain data, one entry per destination in the plan's order:

    {"component_id", "component_name",
     "columns": [{"name", "sources": [{"component_id", "component_name", "column", "how"}]}],
     "rows_depend_on": [{"component_id", "component_name", "column"}]}

`how` is "direct" for a value that arrives unchanged, else "computed" (a cast computes too). Columns
that decide only which rows there are, in which groups and in which order, are those of
`rows_depend_on`: filters, join keys, group keys, sort keys. A constant and a variable have no
source. Nothing is executed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlglot import exp

from engine.plan import Plan
from engine.stages import Source, Stage


class Origin(NamedTuple):
    """A column of a source component, by the name that the source has for it."""

    component_id: str
    component_name: str
    column: str


Sources = Mapping[Origin, bool]
"""Origins of one column; whether its value is theirs, unchanged, on every way."""


@dataclass(frozen=True, slots=True)
class _Relation:
    """The columns of some rows in order, and what decides which rows there are."""

    columns: tuple[tuple[str, Sources], ...]
    rows: frozenset[Origin]

    def find(self, name: str) -> Sources | None:
        return next((s for known, s in self.columns if known.casefold() == name.casefold()), None)


def lineage(plan: Plan) -> list[dict[str, Any]]:
    """The lineage of every destination, as described at the head of this module."""
    relations: dict[str, _Relation] = {}
    for stage in plan.stages:
        relations[stage.relation] = _of_stage(stage, relations)
    return [_told(stage, relations[stage.relation]) for stage in plan.destinations]


def _of_stage(stage: Stage, relations: Mapping[str, _Relation]) -> _Relation:
    work = stage.work
    if isinstance(work, Source):
        columns = (
            (column.alias, {Origin(stage.component_id, stage.component_name, column.name): True})
            for column in work.columns
        )
        return _Relation(tuple(columns), frozenset())
    return _of_query(work.query, relations)


def _of_query(query: exp.Expr, relations: Mapping[str, _Relation]) -> _Relation:
    if isinstance(query, exp.Subquery):
        return _of_query(query.this, relations)
    if isinstance(query, exp.SetOperation):
        return _of_union(_of_query(query.left, relations), _of_query(query.right, relations))
    if not isinstance(query, exp.Select):
        raise TypeError(f"no lineage of {type(query).__name__}")
    given = dict(_given(query, relations))
    columns: list[tuple[str, Sources]] = []
    for projection in query.expressions:
        sources = _of_expression(projection.unalias(), given, columns)
        columns.append((projection.alias_or_name, sources))
    rows = frozenset().union(*(relation.rows for relation in given.values()))
    return _Relation(tuple(columns), rows | set(_deciding(query, given, columns)))


def _of_union(left: _Relation, right: _Relation) -> _Relation:
    pairs = zip(left.columns, right.columns, strict=True)
    columns = tuple((name, _joined([mine, theirs])) for (name, mine), (_, theirs) in pairs)
    return _Relation(columns, left.rows | right.rows)


def _given(
    query: exp.Select, relations: Mapping[str, _Relation]
) -> Iterator[tuple[str, _Relation]]:
    """What stands behind FROM and JOIN, by the names it has there."""
    parts = [query.args.get("from_"), *(query.args.get("joins") or [])]
    for part in parts:
        if part is None:
            continue
        rows = part.this
        if isinstance(rows, exp.Table):
            yield rows.alias_or_name, relations[rows.name]
        else:
            yield rows.alias_or_name, _of_query(rows, relations)


def _of_expression(
    tree: exp.Expr, given: Mapping[str, _Relation], before: Iterable[tuple[str, Sources]]
) -> Sources:
    bare = tree.unnest()
    if isinstance(bare, exp.Column):
        return _of_column(bare, given, before)
    found = _joined(_of_column(column, given, before) for column in _columns(tree))
    return dict.fromkeys(found, False)


def _columns(tree: exp.Expr) -> Iterator[exp.Column]:
    return (column for column in tree.find_all(exp.Column) if not column.find(exp.Star))


def _of_column(
    column: exp.Column, given: Mapping[str, _Relation], before: Iterable[tuple[str, Sources]]
) -> Sources:
    """The sources of a named column; a name that no input has is that of an earlier column."""
    searched = [given[column.table]] if column.table else list(given.values())
    for relation in (*searched, _Relation(tuple(before), frozenset())):
        found = relation.find(column.name)
        if found is not None:
            return found
    raise LookupError(f"no column {column.name} arrives")


def _joined(parts: Iterable[Sources]) -> Sources:
    """All origins; a value is unchanged only when it is so on every way."""
    joined: dict[Origin, bool] = {}
    for part in parts:
        for origin, is_direct in part.items():
            joined[origin] = joined.get(origin, True) and is_direct
    return joined


def _deciding(
    query: exp.Select, given: Mapping[str, _Relation], columns: Iterable[tuple[str, Sources]]
) -> Iterator[Origin]:
    """Origins that decide which rows leave a query, and how they are grouped and ordered."""
    trees = [query.args.get(key) for key in ("where", "group", "having", "qualify", "order")]
    trees += [join.args.get("on") for join in query.args.get("joins") or []]
    for tree in trees:
        for column in _columns(tree) if tree is not None else ():
            yield from _of_column(column, given, columns)


def _told(stage: Stage, relation: _Relation) -> dict[str, Any]:
    return {
        "component_id": stage.component_id,
        "component_name": stage.component_name,
        "columns": [
            {
                "name": name,
                "sources": [
                    {**origin._asdict(), "how": "direct" if sources[origin] else "computed"}
                    for origin in sorted(sources)
                ],
            }
            for name, sources in relation.columns
        ],
        "rows_depend_on": [origin._asdict() for origin in sorted(relation.rows)],
    }
