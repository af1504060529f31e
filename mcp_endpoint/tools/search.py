"""Search."""

from collections.abc import Iterator
from dataclasses import asdict

from pydantic import BaseModel, Field

from mcp_endpoint.outside import Outside
from mcp_endpoint.registry import Caller, ToolArgs, tool
from search import services
from search.backends.base import SearchType, TypeHits

MAX_RESULT_BYTES = 40_000
"""Hits are left out of an answer that would become larger; each type has an equal share."""


class SearchAll(ToolArgs):
    query: str = Field(
        min_length=1,
        max_length=200,
        description="Words that must all occur; put a phrase in double quotes.",
    )
    types: list[SearchType] | None = Field(
        None, min_length=1, max_length=10, description="Only these types; all four when left out."
    )
    per_type_limit: int = Field(
        services.DEFAULT_HITS,
        ge=1,
        le=services.MAX_HITS,
        description=f"Most hits of each type, up to {services.MAX_HITS}.",
    )


class HitItem(BaseModel):
    type: SearchType
    id: int
    name: str
    description: str
    kind: str | None
    status: str | None
    workspace_id: int | None
    workspace_name: str | None


class SearchResults(BaseModel):
    counts: dict[str, int]
    has_more: dict[str, bool]
    query: Outside[str]
    results: Outside[list[HitItem]]


@tool(title="Search everything")
def search_all(caller: Caller, arguments: SearchAll) -> SearchResults:
    """Free-text search across connections, packages, clusters, and workspaces. Every word must
    occur in name, description or connection type, in any case; "two words" in double quotes are
    one phrase, there are no operators. Results come by type, best first, archived packages too.
    Narrow with types, cap with per_type_limit; has_more tells whether there are others. Go on with
    get_connection or get_package."""
    found = services.search_all(
        account=caller.account,
        text=arguments.query,
        types=arguments.types,
        per_type_limit=arguments.per_type_limit,
    )
    shown = {
        group.type: list(_within_share(group, MAX_RESULT_BYTES // len(found))) for group in found
    }
    return SearchResults(
        query=arguments.query,
        results=[item for items in shown.values() for item in items],
        counts={kind: len(items) for kind, items in shown.items()},
        has_more={
            group.type: group.has_more or len(shown[group.type]) < len(group.hits)
            for group in found
        },
    )


def _within_share(group: TypeHits, share: int) -> Iterator[HitItem]:
    size = 0
    for hit in group.hits:
        item = HitItem(**asdict(hit))
        size += len(item.model_dump_json().encode())
        if size > share:
            return
        yield item
