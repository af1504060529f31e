"""A short way to write packages over the TPC-H tables: every method adds a component."""

from typing import Any

from tests.engine.flows import FILES, component

TYPES = {
    "lineitem": "orderkey:long partkey:long suppkey:long linenumber:int quantity:decimal(15,2)"
    " extendedprice:decimal(15,2) discount:decimal(15,2) tax:decimal(15,2) returnflag:string"
    " linestatus:string shipdate:date commitdate:date receiptdate:date shipinstruct:string"
    " shipmode:string",
    "orders": "orderkey:long custkey:long orderstatus:string totalprice:decimal(15,2)"
    " orderdate:date orderpriority:string shippriority:int comment:string",
    "customer": "custkey:long name:string address:string nationkey:long phone:string"
    " acctbal:decimal(15,2) mktsegment:string comment:string",
    "part": "partkey:long name:string mfgr:string brand:string type:string size:int"
    " container:string",
    "partsupp": "partkey:long suppkey:long availqty:int supplycost:decimal(15,2)",
    "supplier": "suppkey:long name:string address:string nationkey:long phone:string"
    " acctbal:decimal(15,2) comment:string",
    "nation": "nationkey:long name:string regionkey:long",
    "region": "regionkey:long name:string",
}
PREFIX = {"lineitem": "l", "orders": "o", "customer": "c", "part": "p", "partsupp": "ps",
          "supplier": "s", "nation": "n", "region": "r"}  # fmt: skip

REVENUE = "l_extendedprice * (1 - l_discount)"

Condition = tuple[str, str, str]


class Sheet:
    """A flow in the making; components are named by their place."""

    def __init__(self) -> None:
        self.components: list[dict[str, Any]] = []
        self.pairs: list[tuple[str, str]] = []

    def table(self, table: str, columns: str) -> str:
        """A source of some columns, named without their prefix."""
        words = dict(entry.split(":") for entry in TYPES[table].split())
        fields = [
            {"name": f"{PREFIX[table]}_{name}", "type": words[name]} for name in columns.split()
        ]
        return self._add(
            "cloud_storage_source", (), connection_id=FILES, path=f"tpch/{table}.parquet",
            record_type="parquet", schema={"fields": fields},
        )  # fmt: skip

    def filter(self, given: str, *conditions: Condition, operator: str = "all") -> str:
        listed = [{"left": left, "operator": op, "right": right} for left, op, right in conditions]
        return self._add("filter", (given,), logical_operator=operator, conditions=listed)

    def where(self, given: str, expression: str) -> str:
        """Rows for which an expression is true."""
        return self.filter(given, (expression, "eq", "true"))

    def join(self, left: str, right: str, *keys: str, how: str = "inner") -> str:
        """Keys are `left=right`."""
        pairs = [key.split("=") for key in keys]
        listed = [{"left_field": one, "right_field": other} for one, other in pairs]
        return self._add("join", (left, right), join_type=how, conditions=listed)

    def cross(self, left: str, right: str) -> str:
        return self._add("cross_join", (left, right))

    def select(self, given: str, *keep: str, **computed: str) -> str:
        fields = [{"expression": name, "alias": name} for name in keep]
        fields += [{"expression": text, "alias": name} for name, text in computed.items()]
        return self._add("select", (given,), fields=fields)

    def add(self, given: str, **computed: str) -> str:
        fields = [{"expression": text, "alias": name} for name, text in computed.items()]
        return self._add("select", (given,), fields=fields, include_all_input=True)

    def aggregate(self, given: str, by: str = "", **figures: str) -> str:
        """Figures are `function field`."""
        listed = []
        for alias, text in figures.items():
            function, _, field = text.partition(" ")
            figure = {"function": function, "alias": alias}
            listed.append({**figure, "field": field} if field else figure)
        keys = [{"field": name} for name in by.split()]
        return self._add("aggregate", (given,), group_by=keys, aggregations=listed)

    def distinct(self, given: str, columns: str) -> str:
        return self.aggregate(given, by=columns, rows="count_all")

    def sort(self, given: str, order: str) -> str:
        """Field names, a minus before those that descend."""
        keys = [
            {"field": name.lstrip("-"), "direction": "desc" if name.startswith("-") else "asc"}
            for name in order.split()
        ]
        return self._add("sort", (given,), sort_fields=keys)

    def limit(self, given: str, count: int) -> str:
        return self._add("limit", (given,), limit=count)

    def flow(self, last: str) -> dict[str, Any]:
        """The whole, delivered into the folder `answer`."""
        self._add(
            "cloud_storage_destination", (last,), connection_id=FILES, directory="answer",
            destination_format="parquet",
        )  # fmt: skip
        edges = [
            {"id": f"e{n}", "source": source, "target": target}
            for n, (source, target) in enumerate(self.pairs)
        ]
        return {"components": self.components, "edges": edges}

    def _add(self, kind: str, given: tuple[str, ...], **properties: Any) -> str:
        name = f"{kind}{len(self.components)}"
        self.components.append(component(kind, name, **properties))
        self.pairs.extend((source, name) for source in given)
        return name
