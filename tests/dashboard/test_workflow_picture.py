"""The conditions of a workflow's edges, in the picture and in the list."""

import re

import pytest
from playwright.sync_api import expect

from dashboard.flow_sketch import read_flow
from dashboard.graph import draw
from dashboard.graph_edges import NodeState
from packages_app.models import Package
from tests.dashboard.browsing import IN_A_BROWSER, WIDTHS, overflow, shoot
from tests.dashboard.conftest import CARRIER_DELAYS, CARRIER_EDGES, flow_of
from tests.workflows.building import sql, task, wait, workflow

NIGHTLY = workflow(
    wait("begin"),
    sql("load", "SELECT 1", 1),
    sql("clean_up", "SELECT 1", 1),
    task("notify", "tell_ops", url="https://example.com/hook"),
    wait("publish"),
    edges=[
        ("begin", "load"),
        ("load", "publish", "success"),
        ("load", "tell_ops", "failure"),
        ("load", "clean_up", "completion"),
        ("publish", "tell_ops", "failure"),
    ],
)


def labels_of(flow, states=None):
    return [edge.label for edge in draw(read_flow(flow), states or {}).edges]


def test_every_edge_between_tasks_tells_its_condition():
    labels = labels_of(NIGHTLY)

    assert [label.text for label in labels] == [
        "success",
        "success",
        "failure",
        "either",
        "failure",
    ]
    assert labels[0].title == "load after begin, on success"
    assert labels[3].title == "clean_up after load, on completion"


def test_the_conditions_of_one_task_stand_apart():
    flow = workflow(
        *(wait(name) for name in "abcdefgh"),
        edges=[(a, b, c) for a, c in (("a", "success"), ("b", "failure"), ("c", "completion"))
               for b in "defgh"],
    )  # fmt: skip
    labels = [label for label in labels_of(flow) if label]

    assert len(labels) >= 8
    for place, one in enumerate(labels):
        for other in labels[place + 1 :]:
            assert abs(one.x - other.x) >= 40 or abs(one.y - other.y) >= 12


def test_a_branch_of_three_conditions_tells_each():
    flow = workflow(
        *(wait(name) for name in "abcd"),
        edges=[("a", "b", "success"), ("a", "c", "failure"), ("a", "d", "completion")],
    )

    assert [label.text for label in labels_of(flow)] == ["success", "failure", "either"]


def test_two_edges_between_the_same_tasks_are_both_drawn():
    flow = workflow(wait("a"), wait("b"), edges=[("a", "b", "success"), ("a", "b", "failure")])

    assert [label.text for label in labels_of(flow)] == ["success", "failure"]


@pytest.mark.parametrize("condition", ["", None, 0, ["x"], "maybe " * 20])
def test_a_condition_of_any_form_can_be_drawn(condition):
    flow = workflow(wait("a"), wait("b"), edges=[("a", "b", condition)])

    (label,) = labels_of(flow)

    assert label.text in ("success", "unknown")


def test_an_edge_of_rows_has_no_condition():
    flow = flow_of(CARRIER_DELAYS, CARRIER_EDGES)
    for edge in flow["edges"]:
        edge["condition"] = "failure"

    assert labels_of(flow) == [None] * len(CARRIER_EDGES)
    assert labels_of(flow, {"flights": NodeState("completed", 5)})[0].text == "5"


def test_the_summary_counts_tasks():
    assert draw(read_flow(NIGHTLY), {}).summary == "5 tasks"


@pytest.fixture
def nightly(make_package):
    return make_package("Nightly load", flow=NIGHTLY, flow_type=Package.FlowType.WORKFLOW)


@pytest.mark.django_db
def test_the_list_tells_conditions_in_full(signed_in, nightly):
    text = signed_in.get(f"/acme/packages/{nightly.pk}?view=list").text

    assert "Runs after" in text
    assert "Rows in" not in text
    cells = re.findall(r'data-before="after">([^<]*)</td>', text)
    assert cells == [
        "",
        "begin on success",
        "load on completion",
        "load on failure, publish on failure",
        "load on success",
    ]


@pytest.mark.django_db
def test_the_picture_explains_each_word(signed_in, nightly):
    text = signed_in.get(f"/acme/packages/{nightly.pk}").text

    assert "<title>clean_up after load, on completion</title>either</text>" in text


class TestInABrowser:
    pytestmark = IN_A_BROWSER

    def test_conditions_are_seen_and_lie_on_no_node(self, signed_in_page, nightly):
        path = f"/acme/packages/{nightly.pk}"
        signed_in_page.goto(path)
        words = signed_in_page.locator("svg.flow text.g-rows")
        expect(words).to_have_count(5)
        boxes = [box.bounding_box() for box in signed_in_page.locator(".g-box").all()]
        for word in words.all():
            own = word.bounding_box()
            assert not [box for box in boxes if _overlap(own, box)], word.text_content()
        shoot(signed_in_page, "workflow")
        signed_in_page.goto(f"{path}?view=list")
        for width in WIDTHS:
            signed_in_page.set_viewport_size({"width": width, "height": 900})
            assert overflow(signed_in_page) <= 0
            expect(signed_in_page.get_by_text("load on completion")).to_be_visible()
        shoot(signed_in_page, "workflow-list")

    def test_long_names_make_the_list_no_wider(self, signed_in_page, make_package):
        long = "x" * 128
        flow = workflow(wait(long), wait("b"), edges=[(long, "b", "failure")])
        package = make_package("Long", flow=flow, flow_type=Package.FlowType.WORKFLOW)
        signed_in_page.goto(f"/acme/packages/{package.pk}?view=list")

        for width in WIDTHS:
            signed_in_page.set_viewport_size({"width": width, "height": 900})
            assert overflow(signed_in_page) <= 0
        shoot(signed_in_page, "workflow-long")


def _overlap(one, other):
    return (
        min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"]) > 1
        and min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
        > 1
    )
