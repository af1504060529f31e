"""How component types look and read on pages. Unknown types get a plain look."""

from collections.abc import Callable, Mapping

from dashboard.flow_sketch import WRAPPER_SUFFIX, SketchNode

_ICONS: tuple[tuple[str, str], ...] = (
    ("cloud_storage", "k-file"),
    ("google_sheets", "k-file"),
    ("rest_api", "k-api"),
    ("http_task", "k-api"),
    ("execute_sql_task", "k-db"),
    ("cross_join", "k-join"),
    ("join", "k-join"),
    ("union", "k-join"),
    ("aggregate", "k-agg"),
    ("cube", "k-agg"),
    ("filter", "k-filter"),
    ("limit", "k-filter"),
    ("sample", "k-filter"),
    ("distinct", "k-filter"),
    ("assert", "k-filter"),
    ("sort", "k-sort"),
    ("rank", "k-sort"),
    ("unknown", "warn"),
)
"""The first type prefix that matches gives the icon."""

_FILE_WORDS = {
    "delimited": "CSV",
    "parquet": "Parquet",
    "json": "JSON",
    "json_lines": "JSON lines",
    "raw": "raw",
    "excel": "Excel",
}


def icon_of(type_: str) -> str:
    """The icon of a component type, with or without the suffix of its wrapper."""
    plain = type_.removesuffix(WRAPPER_SUFFIX)
    for prefix, icon in _ICONS:
        if plain.startswith(prefix):
            return icon
    return "k-db" if plain.endswith(("_source", "_destination")) else "k-select"


def label_of(type_: str) -> str:
    """The type in words: "Database destination"."""
    return type_.removesuffix(WRAPPER_SUFFIX).replace("_", " ").strip().capitalize()


def kind_line(node: SketchNode) -> str:
    """The second line of a node: its type and the one property that tells it apart."""
    if node.category == "missing":
        return "Not in this flow"
    for prefix, describe in _DETAILS:
        if node.type.startswith(prefix):
            return describe(node.body)
    return label_of(node.type).removesuffix(" source").removesuffix(" destination")


def _file(body: Mapping[str, object]) -> str:
    form = body.get("record_type") or body.get("destination_format") or "delimited"
    return f"File, {_FILE_WORDS.get(str(form), str(form))}"


def _join(body: Mapping[str, object]) -> str:
    return f"Join, {body.get('join_type') or 'inner'}"


_DETAILS: tuple[tuple[str, Callable[[Mapping[str, object]], str]], ...] = (
    ("cloud_storage", _file),
    ("join", _join),
)
