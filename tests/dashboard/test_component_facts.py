"""The properties of a component in readable lines."""

from dashboard.component_facts import Fact, facts_of
from dashboard.flow_sketch import SketchNode


def node(**body: object) -> SketchNode:
    return SketchNode("c1", "c1", "select", "transformation", body)


def test_identity_connection_and_empty_properties_are_left_out():
    facts = facts_of(
        node(id="c1", name="x", position={"x": 1}, connection_id=4, path="", note=None)
    )

    assert facts == []


def test_switches_words_and_code_are_told_apart():
    facts = facts_of(node(add_columns=False, operation_type="append", target_table="orders"))

    assert facts == [
        Fact("Add missing columns", ("Off",)),
        Fact("Writes", ("Insert all rows",)),
        Fact("Table", ("orders",), is_code=True),
    ]


def test_lists_read_as_what_they_mean():
    facts = facts_of(
        node(
            conditions=[{"left": "amount", "operator": "gt", "right": "0"}],
            fields=[{"expression": "a + 1", "alias": "b"}],
            aggregations=[{"function": "sum", "field": "a", "alias": "total"}],
            sort_fields=[{"field": "a", "direction": "desc"}],
            other=[{"x": 1, "y": [2]}],
        )
    )

    assert [fact.lines for fact in facts] == [
        ("amount gt 0",),
        ("b = a + 1",),
        ("total = sum(a)",),
        ("a desc",),
        ("x: 1, y: [2]",),
    ]


def test_the_merge_key_stands_before_the_fields():
    fields = [{"name": "id", "type": "long", "key": True}, {"name": "v", "type": "string"}]

    facts = facts_of(node(schema={"fields": fields}))

    assert [(fact.label, fact.lines) for fact in facts] == [
        ("Merge key", ("id",)),
        ("Fields", ("id long", "v string")),
    ]


def test_two_thousand_fields_are_cut_and_counted():
    facts = facts_of(
        node(schema={"fields": [{"name": f"f{n}", "type": "int"} for n in range(2000)]})
    )

    assert (len(facts[0].lines), facts[0].left_out) == (50, 1950)


def test_braces_in_values_are_only_text():
    facts = facts_of(node(fields=[{"expression": "{x.__class__}", "alias": "{0}"}]))

    assert facts[0].lines == ("{0} = {x.__class__}",)
