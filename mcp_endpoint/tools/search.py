"""Search."""

from dataclasses import asdict
from typing import Self

from pydantic import BaseModel, Field

from mcp_endpoint.outside import Outside
from mcp_endpoint.registry import Caller, ToolArgs, tool
from mcp_endpoint.sizes import Shortenable, cut
from search import services
from search.backends.base import SearchType


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


class SearchResults(Shortenable):
    counts: dict[str, int]
    has_more: dict[str, bool]
    query: Outside[str]
    results: Outside[list[HitItem]]

    def shortened(self, share: float) -> Self | None:
        """Each type gives up the same share of its hits, the last ones, but keeps its first."""
        found = {kind: [hit for hit in self.results if hit.type == kind] for kind in self.counts}
        kept = {kind: cut(hits, share) or hits[:1] for kind, hits in found.items()}
        fewer = {kind: len(kept[kind]) < len(found[kind]) for kind in found}
        if not any(fewer.values()):
            return None
        return self.model_copy(
            update={
                "results": [hit for hits in kept.values() for hit in hits],
                "counts": {kind: len(hits) for kind, hits in kept.items()},
                "has_more": {kind: self.has_more[kind] or fewer[kind] for kind in found},
            }
        )


@tool(title="Search everything")
def search_all(caller: Caller, arguments: SearchAll) -> SearchResults:
    """Free-text search across connections, packages, clusters, and workspaces. Every word must
    occur in name, description or connection type, in any case; "two words" in double quotes are
    one phrase. Results come by type, best first, archived packages too. Narrow with types, cap
    with per_type_limit. Go on with get_connection or get_package."""
    found = services.search_all(
        account=caller.account,
        text=arguments.query,
        types=arguments.types,
        per_type_limit=arguments.per_type_limit,
    )
    return SearchResults(
        query=arguments.query,
        results=[HitItem(**asdict(hit)) for group in found for hit in group.hits],
        counts={group.type: len(group.hits) for group in found},
        has_more={group.type: group.has_more for group in found},
    )
