"""Random small flows, grown step by step together with what they must give."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.engine import interpreter
from tests.engine.cases.case import data
from tests.engine.flows import component, graph

MAX_ROWS = 60
WHOLE = st.one_of(st.none(), st.integers(-3, 5))
TEXTS = st.sampled_from([None, "", "x", "X", "é", "👍"])
DIRECTIONS = st.sampled_from(["asc", "desc"])


@dataclass
class Stream:
    """The rows that leave a component: their fields with types, and themselves."""

    component: str
    fields: dict[str, str]
    rows: interpreter.Rows

    def whole(self) -> list[str]:
        return [name for name, word in self.fields.items() if word == "long"]


@dataclass
class Growing:
    """A flow while it is being made."""

    draw: Any
    parts: list[dict] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def put(self, kind: str, body: dict, *inputs: Stream) -> str:
        name = self.fresh(kind)
        self.parts.append(component(kind, name, **body))
        self.pairs += [(stream.component, name) for stream in inputs]
        return name

    def some(self, names, least: int = 0, most: int | None = None) -> list[str]:
        return self.draw(st.lists(st.sampled_from(list(names)), unique=True, min_size=least,
                                  max_size=most))  # fmt: skip

    def order(self, names: list[str]) -> list[dict[str, str]]:
        return [{"field": name, "direction": self.draw(DIRECTIONS)} for name in names]

    def total_order(self, stream: Stream) -> list[dict[str, str]]:
        """An order in which only equal rows are level."""
        return self.order(self.draw(st.permutations(list(stream.fields))))


def source(grow: Growing, fields: dict[str, str]) -> Stream:
    kinds = [WHOLE if word == "long" else TEXTS for word in fields.values()]
    rows = grow.draw(st.lists(st.tuples(*kinds), max_size=7))
    name = grow.fresh("source")
    grow.parts.append(data(name, fields, rows))
    return Stream(name, fields, [dict(zip(fields, row, strict=True)) for row in rows])


def one_stream(grow: Growing, kind: str, body: dict, stream: Stream, fields: dict) -> Stream:
    name = grow.put(kind, body, stream)
    return Stream(name, fields, interpreter.ONE_STREAM[kind](body, stream.rows))


def selected(grow: Growing, stream: Stream) -> Stream:
    names = stream.whole()
    if not names:
        return stream
    one = st.sampled_from(names)
    forms = st.one_of(
        one,
        st.builds("{} + {}".format, one, one),
        st.builds("{} - {}".format, one, one),
        st.builds("{} * 2".format, one),
        st.builds("coalesce({}, {})".format, one, one),
    )
    made = [{"expression": text, "alias": grow.fresh("n")}
            for text in grow.draw(st.lists(forms, min_size=1, max_size=3))]  # fmt: skip
    body = {"fields": made, "include_all_input": grow.draw(st.booleans())}
    new = {part["alias"]: "long" for part in made}
    fields = stream.fields | new if body["include_all_input"] else new
    return one_stream(grow, "select", body, stream, fields)


def conditions(grow: Growing, names: list[str]) -> list[dict]:
    operators = ["eq", "ne", "gt", "gte", "lt", "lte", "is_null", "is_not_null"]
    made = st.fixed_dictionaries({
        "left": st.sampled_from(names), "operator": st.sampled_from(operators),
        "right": st.integers(-3, 5).map(str),
    })  # fmt: skip
    return grow.draw(st.lists(made, min_size=1, max_size=3))


def filtered(grow: Growing, stream: Stream) -> Stream:
    if not stream.whole():
        return stream
    body = {
        "logical_operator": grow.draw(st.sampled_from(["all", "any", "none"])),
        "conditions": conditions(grow, stream.whole()),
    }
    return one_stream(grow, "filter", body, stream, stream.fields)


def asserted(grow: Growing, stream: Stream) -> Stream:
    name = grow.draw(st.sampled_from(list(stream.fields)))
    both = [{"left": name, "operator": word} for word in ("is_null", "is_not_null")]
    body = {"error_message": "never", "logical_operator": "any", "conditions": both}
    return one_stream(grow, "assert", body, stream, stream.fields)


def limited(grow: Growing, stream: Stream) -> Stream:
    body = {
        "limit": grow.draw(st.integers(1, 4)),
        "partition_by": grow.some(stream.fields),
        "order_by": grow.total_order(stream),
    }
    return one_stream(grow, "limit", body, stream, stream.fields)


def unique(grow: Growing, stream: Stream) -> Stream:
    keys = grow.some(stream.fields)
    body = {"keys": keys, "order_by": grow.order(grow.some(stream.fields)) if keys else []}
    return one_stream(grow, "distinct", body, stream, stream.fields)


def placed(grow: Growing, stream: Stream) -> Stream:
    body = {
        "rank_field_name": grow.fresh("r"),
        "dense": grow.draw(st.booleans()),
        "sort_fields": grow.order(grow.some(stream.fields, 1)),
    }
    fields = stream.fields | {body["rank_field_name"]: "long"}
    return one_stream(grow, "rank", body, stream, fields)


def figures(grow: Growing, stream: Stream) -> list[dict]:
    made = [{"function": "count_all", "alias": grow.fresh("f")}]
    for name in grow.some(stream.fields, most=3):
        functions = ["count", "count_distinct", "minimum", "maximum"]
        functions += ["sum"] if stream.fields[name] == "long" else []
        function = grow.draw(st.sampled_from(functions))
        made.append({"function": function, "field": name, "alias": grow.fresh("f")})
    return made


def kind_of(figure: dict, stream: Stream) -> str:
    same = figure["function"] in ("minimum", "maximum", "lag", "lead")
    return stream.fields[figure["field"]] if same else "long"


def aggregated(grow: Growing, stream: Stream) -> Stream:
    keys, made = grow.some(stream.fields), figures(grow, stream)
    body = {"group_by": [{"field": key} for key in keys], "aggregations": made}
    fields = {key: stream.fields[key] for key in keys}
    fields |= {figure["alias"]: kind_of(figure, stream) for figure in made}
    return one_stream(grow, "aggregate", body, stream, fields)


def windowed(grow: Growing, stream: Stream) -> Stream:
    made = []
    for figure in figures(grow, stream):
        name = figure.get("field")
        if name is None:
            made.append({"function": "row_number", "alias": figure["alias"]})
        elif figure["function"] == "count_distinct":
            way = grow.draw(st.sampled_from(["lag", "lead"]))
            made.append({"function": way, "field": name, "alias": figure["alias"]})
        else:
            low = -grow.draw(st.integers(0, 3))
            frame = {"frame": {"unit": "rows", "from": low, "to": 0}}
            made.append(figure | ({"arguments": frame} if grow.draw(st.booleans()) else {}))
    body = {
        "partition_by": grow.some(stream.fields),
        "order_by": grow.total_order(stream),
        "functions": made,
    }
    fields = stream.fields | {part["alias"]: kind_of(part, stream) for part in made}
    return one_stream(grow, "window", body, stream, fields)


def passed_on(grow: Growing, stream: Stream) -> Stream:
    return one_stream(
        grow, "sort", {"sort_fields": grow.total_order(stream)}, stream, stream.fields
    )


def other(grow: Growing, stream: Stream) -> Stream:
    return source(grow, {"k": "string", "a": "long", "z": "long"})


def renamed(stream: Stream, right: Stream) -> dict[str, str]:
    """The fields of both sides; those of the right whose names are taken are renamed."""
    new = {
        f"{right.component}_{name}" if name in stream.fields else name: word
        for name, word in right.fields.items()
    }
    return stream.fields | new


def both_sides(grow: Growing, stream: Stream) -> Stream:
    right = other(grow, stream)
    names = (list(stream.fields), list(right.fields))
    fields = renamed(stream, right)
    pairs = [
        {"left_field": left, "right_field": name}
        for name in grow.some(right.fields, most=2)
        for left in grow.some([n for n, w in stream.fields.items() if w == right.fields[name]]
                              or [None], most=1)
        if left is not None
    ]  # fmt: skip
    if pairs:
        how = grow.draw(st.sampled_from(["inner", "left", "right", "full"]))
        body = {"join_type": how, "conditions": pairs}
        name = grow.put("join", body, stream, right)
        rows = interpreter.join(body, stream.rows, right.rows, names, right.component)
    else:
        name = grow.put("cross_join", {}, stream, right)
        rows = interpreter.cross_join(stream.rows, right.rows, names, right.component)
    return Stream(name, fields, rows)


def united(grow: Growing, stream: Stream) -> Stream:
    right = other(grow, stream)
    fields = right.fields | stream.fields
    fields = {**stream.fields, **{n: w for n, w in fields.items() if n not in stream.fields}}
    if any(stream.fields.get(name, word) != word for name, word in right.fields.items()):
        return stream
    name = grow.put("union", {"allow_missing": True}, stream, right)
    rows = interpreter.union(stream.rows, right.rows, (list(stream.fields), list(right.fields)))
    return Stream(name, fields, rows)


def forked(grow: Growing, stream: Stream) -> Stream:
    """The same rows on two ways that come together again."""
    clone = one_stream(grow, "clone", {}, stream, stream.fields)
    first, second = filtered(grow, clone), limited(grow, clone)
    name = grow.put("union", {"mode": "by_position"}, first, second)
    return Stream(name, stream.fields, [*first.rows, *second.rows])


STEPS = [
    selected, filtered, asserted, limited, unique, placed, aggregated, windowed, passed_on,
    both_sides, united, forked,
]  # fmt: skip


@st.composite
def flows(draw) -> tuple[dict, Stream]:
    """A flow that shows its rows in the log, and the rows it must show."""
    grow = Growing(draw)
    stream = source(grow, {"k": "string", "a": "long", "b": "long"})
    for step in draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=6)):
        grown = step(grow, stream)
        if len(grown.rows) > MAX_ROWS:
            break
        stream = grown
    grow.parts.append(component("log_destination", "out", row_count=1_000))
    grow.pairs.append((stream.component, "out"))
    return trimmed(graph(grow.parts, grow.pairs)), stream


def trimmed(flow: dict) -> dict:
    """The flow without what does not lead to its destination."""
    wanted, waiting = set(), ["out"]
    while waiting:
        current = waiting.pop()
        wanted.add(current)
        waiting += [edge["source"] for edge in flow["edges"] if edge["target"] == current]
    return {
        "components": [
            part for part in flow["components"] if next(iter(part.values()))["id"] in wanted
        ],
        "edges": [edge for edge in flow["edges"] if edge["target"] in wanted],
    }
