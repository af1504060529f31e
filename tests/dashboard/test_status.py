"""Words, tones and icons of states; every icon named anywhere is in the set."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from dashboard.component_kinds import icon_of, label_of
from dashboard.graph import MARKS
from dashboard.status import LOOKS, look_of
from runs.models import Run, RunComponent

ICONS = set(
    re.findall(
        r'symbol id="i-([\w-]+)"',
        (settings.BASE_DIR / "dashboard/static/dashboard/icons.svg").read_text(),
    )
)


def test_every_status_of_a_run_and_of_a_component_has_a_look():
    assert set(LOOKS["run"]) == set(Run.Status.values)
    assert set(LOOKS["component"]) == set(RunComponent.State.values)
    assert set(MARKS) == set(RunComponent.State.values)


@pytest.mark.parametrize(
    ("status", "word", "tone"),
    [
        ("idle", "Pending", "idle"),
        ("pending_stoppage", "Stopping", "warn"),
        ("failed", "Failed", "fail"),
        ("running", "Running", "run"),
        ("completed", "Completed", "ok"),
    ],
)
def test_the_words_are_those_of_the_design(status, word, tone):
    look = look_of("run", status)

    assert (look.word, look.tone) == (word, tone)


def test_a_last_run_that_goes_on_looks_like_the_run():
    assert look_of("last_run", "running").word == "Running"
    assert look_of("last_run", None).word == "Never run"
    assert look_of("last_run", "completed").word == "Healthy"


def test_every_icon_named_in_code_and_templates_is_in_the_set():
    named = {look.icon for looks in LOOKS.values() for look in looks.values()}
    named |= {mark[0] for mark in MARKS.values()}
    for template in Path(settings.BASE_DIR / "templates").rglob("*.html"):
        named |= set(re.findall(r'{% icon "([\w-]+)"', template.read_text()))
        named |= set(re.findall(r"#i-([\w-]+)\"", template.read_text()))

    assert named - ICONS == set()
    assert "play" in named


@pytest.mark.parametrize(
    ("type_", "icon", "label"),
    [
        ("cloud_storage_source_component", "k-file", "Cloud storage source"),
        ("snowflake_destination", "k-db", "Snowflake destination"),
        ("join_component", "k-join", "Join"),
        ("rest_api_source", "k-api", "Rest api source"),
        ("window_component", "k-select", "Window"),
        ("", "k-select", ""),
    ],
)
def test_component_types_have_icons_and_labels(type_, icon, label):
    assert icon_of(type_) == icon
    assert icon in ICONS
    assert label_of(type_) == label
