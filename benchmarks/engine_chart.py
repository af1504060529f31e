"""The figures of benchmarks.engine as an SVG picture that suits light and dark pages."""

from collections.abc import Iterator

from benchmarks.engine_report import LABELS, TITLES, Results
from benchmarks.mcp_chart import STYLE, text

WIDTH, LEFT, BARS, TOP, ROW, HEAD = 1000, 270, 480, 76, 26, 44


def draw(results: Results, note: str) -> str:
    """A group for each case, a bar for each way: rows a second within its group."""
    count = sum(len(results.ways(case)) for case in results.rows)
    height = TOP + len(results.rows) * HEAD + count * ROW + 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>Rows per second of packages, beside the same work done by others</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}"/>',
        text(20, 36, "ink head", "Rows per second"),
        text(20, 58, "soft", "Longer is better. In small type: the most memory the process held."),
    ]
    y = TOP
    for case in results.rows:
        parts += group(results, case, y)
        y += HEAD + ROW * len(results.ways(case))
    parts.append(text(20, height - 14, "soft small", note))
    return "\n".join([*parts, "</svg>", ""])


def group(results: Results, case: str, y: int) -> Iterator[str]:
    yield f'<line class="rule" x1="20" x2="{WIDTH - 20}" y1="{y + 5}" y2="{y + 5}"/>'
    yield text(20, y + 30, "soft", f"{TITLES[case]}, {results.rows[case]:,} rows")
    fastest = max(results.rate(case, way) for way in results.ways(case))
    for number, way in enumerate(results.ways(case)):
        top = y + HEAD + ROW * number
        kind = "product" if way.endswith("package") else "other" if "dlt" in way else "bare"
        strong = " strong" if kind == "product" else ""
        rate = results.rate(case, way)
        width = BARS * rate / fastest
        yield text(20, top + 14, f"ink{strong}", LABELS[way])
        yield f'<rect class="{kind}" x="{LEFT}" y="{top + 2}" width="{width:.1f}" height="15"/>'
        yield (
            f'<text x="{LEFT + width + 8:.1f}" y="{top + 14}" class="ink{strong}">{rate:,.0f}'
            f'<tspan class="soft small" dx="7">{results.peak(case, way):,.0f} MiB</tspan></text>'
        )
