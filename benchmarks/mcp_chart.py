"""The figures of benchmarks.mcp as an SVG picture that suits light and dark pages."""

from collections.abc import Iterator
from html import escape

from benchmarks.mcp_servers.report import Case, Results

WIDTH = 1000
LABELS = 205
PANEL = 385
PANEL_GAP = 20
FIGURES = 132
TOP = 112
ROW = 20
GROUP_HEAD = 36
FOOT = 44
STYLE = """
  .page { fill: #ffffff } .ink { fill: #1f2937 } .soft { fill: #5b6472 }
  .product { fill: #2563eb } .bare { fill: #6b7280 } .other { fill: #c3c9d2 }
  .rule { stroke: #d6dae1 }
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
  .head { font-size: 19px; font-weight: 600 } .panel { font-weight: 600 }
  .strong { font-weight: 600 } .small { font-size: 12px; font-weight: 400 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .ink { fill: #e6e9ee } .soft { fill: #9aa4b2 }
    .product { fill: #5b9bff } .bare { fill: #8b94a3 } .other { fill: #4a5361 }
    .rule { stroke: #30363d }
  }
"""


def draw(results: Results, note: str) -> str:
    """A row for every server and number of connections, a column for each of the two calls."""
    cases = results.cases()
    calls = list(dict.fromkeys(case.call for case in cases))
    loads = list(dict.fromkeys(case.connections for case in cases))
    height = TOP + len(loads) * (GROUP_HEAD + ROW * len(results.labels)) + FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>MCP requests per second of this product and four other servers</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}"/>',
        *heading(calls, results),
    ]
    y = TOP
    for load in loads:
        parts += group_head(load, y)
        y += GROUP_HEAD
        for key in results.labels:
            parts += row(results, key, calls, load, y)
            y += ROW
    parts.append(text(20, height - 14, "soft small", note))
    return "\n".join([*parts, "</svg>", ""])


def heading(calls: list[str], results: Results) -> Iterator[str]:
    yield text(20, 36, "ink head", "MCP requests per second")
    yield text(
        20, 58, "soft", "Longer is better. In small type: 95 of 100 answers took at most so long."
    )
    for number, call in enumerate(calls):
        what = "list_packages, 20 rows" if call == "tools/call" else "the whole catalogue"
        yield text(panel_left(number), 92, "ink panel", f"{call}, {what}")


def group_head(load: int, y: int) -> Iterator[str]:
    yield f'<line class="rule" x1="20" x2="{WIDTH - 20}" y1="{y + 5}" y2="{y + 5}"/>'
    yield text(20, y + 25, "soft", f"{load} connection{'s' * (load > 1)}")


def row(results: Results, key: str, calls: list[str], load: int, y: int) -> Iterator[str]:
    strong = " strong" if key == "product" else ""
    yield text(20, y + 14, f"ink{strong}", results.labels[key])
    kind = key if key in {"product", "bare"} else "other"
    for number, call in enumerate(calls):
        fastest = max(
            results.median(other, case).rate
            for other in results.labels
            for case in results.cases()
            if case.call == call
        )
        one = results.median(key, Case(call, load))
        left = panel_left(number)
        width = (PANEL - FIGURES) * one.rate / fastest
        yield f'<rect class="{kind}" x="{left}" y="{y + 3}" width="{width:.1f}" height="14"/>'
        yield (
            f'<text x="{left + width + 7:.1f}" y="{y + 14}" class="ink{strong}">{one.rate:,.0f}'
            f'<tspan class="soft small" dx="7">{milliseconds(one.p95)}</tspan></text>'
        )


def milliseconds(value: float) -> str:
    return f"{value:.1f} ms" if value < 9.95 else f"{value:,.0f} ms"


def panel_left(number: int) -> int:
    return LABELS + 20 + number * (PANEL + PANEL_GAP)


def text(x: int, y: int, kind: str, words: str) -> str:
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(words)}</text>'
