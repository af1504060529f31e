"""The pixel grid of a data-flow picture. Constants are those of the design, section 11."""

from dashboard.graph_layout import Layout

NODE_WIDTH, NODE_HEIGHT = 152, 56
LAYER_GAP, LANE_GAP = 58, 24
PADDING, PADDING_TOP = 20, 28
HANDLE = LAYER_GAP // 2
"""How far both handles of an edge's curve stand out: half of the gap it crosses."""

EXACT_ROWS = 999_999


def corner(layout: Layout, place: int) -> tuple[int, int]:
    """The upper left corner of the node at this place."""
    x = PADDING + layout.layers[place] * (NODE_WIDTH + LAYER_GAP)
    return x, lane_top(layout.lanes[place])


def lane_top(lane: int) -> int:
    return PADDING_TOP + lane * (NODE_HEIGHT + LANE_GAP)


def size(layout: Layout) -> tuple[int, int]:
    """Width and height of the whole picture."""
    if not layout.layers:
        return 0, 0
    width = layout.layer_count * (NODE_WIDTH + LAYER_GAP) - LAYER_GAP + 2 * PADDING
    height = layout.lane_count * (NODE_HEIGHT + LANE_GAP) - LANE_GAP + 2 * PADDING_TOP
    return width, height


def row_label(rows: int) -> str:
    """Exact up to 999,999, then in millions."""
    return f"{rows:,}" if rows <= EXACT_ROWS else f"{rows / 1_000_000:.1f} M"
