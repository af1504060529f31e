"""Search in the control database itself, alike on SQLite and PostgreSQL.

Case is spelled out in the patterns, `[äÄ]`, so that neither the collation of a database nor its
idea of letters matters. One query for each type; it looks through the rows of one account.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Left

from accounts.models import Account, Workspace
from connections.models import Connection
from packages_app.models import Package
from runs.models import Cluster
from search.backends.base import EXCERPT_CHARACTERS, Hit, SearchType, TypeHits

_WORD_START: Final = r"(^|[ -/:-@\[-`{-~])"
"""The beginning of a name, or a sign that stands between words."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where objects of one type lie, and which column gives which fact."""

    rows: Callable[[Account], QuerySet[Any]]
    description: str | None
    kind: str | None = None
    status: str | None = None
    workspace: str | None = None
    also_searched: str | None = None


_PLACES: Final[Mapping[SearchType, _Place]] = {
    "connections": _Place(
        Connection.objects.for_account,
        description=None,
        kind="kind",
        status="status",
        also_searched="kind",
    ),
    "packages": _Place(
        Package.objects.for_account,
        description="description",
        kind="flow_type",
        status="status",
        workspace="workspace",
    ),
    "clusters": _Place(
        Cluster.objects.for_account, description="description", kind="type", status="status"
    ),
    "workspaces": _Place(Workspace.objects.for_account, description="description"),
}


class DatabaseBackend:
    """Implements the SearchBackend protocol with one query for each type."""

    def search(
        self,
        *,
        account: Account,
        words: Sequence[str],
        types: Sequence[SearchType],
        per_type_limit: int,
    ) -> list[TypeHits]:
        return [_found(account, kind, words, per_type_limit) for kind in types]


def _found(account: Account, kind: SearchType, words: Sequence[str], limit: int) -> TypeHits:
    place = _PLACES[kind]
    rows = place.rows(account).filter(_holds_all(place, words)).annotate(rank=_rank(words))
    columns = ["pk", "name", *(name for name in (place.kind, place.status) if name)]
    if place.workspace:
        columns += [f"{place.workspace}_id", f"{place.workspace}__name"]
    if place.description:
        rows = rows.annotate(excerpt=Left(place.description, EXCERPT_CHARACTERS + 1))
        columns.append("excerpt")
    found = list(rows.order_by("rank", "-pk").values(*columns)[: limit + 1])
    return TypeHits(kind, [_hit(kind, place, row) for row in found[:limit]], len(found) > limit)


def _holds_all(place: _Place, words: Sequence[str]) -> Q:
    columns = [name for name in ("name", place.description, place.also_searched) if name]
    wanted = Q()
    for word in words:
        pattern = _any_case(word)
        somewhere = Q()
        for column in columns:
            somewhere |= Q(**{f"{column}__regex": pattern})
        wanted &= somewhere
    return wanted


def _rank(words: Sequence[str]) -> Case:
    """The ranks of the protocol, 0 the best."""
    together = _any_case(" ".join(words))
    each_begins = Q(*(Q(name__regex=f"{_WORD_START}{_any_case(word)}") for word in words))
    each_occurs = Q(*(Q(name__regex=_any_case(word)) for word in words))
    return Case(
        When(name__regex=rf"\A{together}\Z", then=Value(0)),
        When(name__regex=rf"\A{together}", then=Value(1)),
        When(each_begins, then=Value(2)),
        When(each_occurs, then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )


def _any_case(text: str) -> str:
    """A pattern, understood alike by Python and PostgreSQL, for the literal text in any case."""
    return "".join(map(_any_case_of, text))


def _any_case_of(letter: str) -> str:
    variants = {letter, letter.lower(), letter.upper()}
    single = sorted(variant for variant in variants if len(variant) == 1)
    return f"[{''.join(single)}]" if len(single) > 1 else re.escape(letter)


def _hit(kind: SearchType, place: _Place, row: Mapping[str, Any]) -> Hit:
    return Hit(
        type=kind,
        id=row["pk"],
        name=row["name"],
        description=_excerpt(row.get("excerpt", "")),
        kind=row[place.kind] if place.kind else None,
        status=row[place.status] if place.status else None,
        workspace_id=row.get(f"{place.workspace}_id"),
        workspace_name=row.get(f"{place.workspace}__name"),
    )


def _excerpt(text: str) -> str:
    shown = " ".join(text[:EXCERPT_CHARACTERS].split())
    return f"{shown}…" if len(text) > EXCERPT_CHARACTERS else shown
