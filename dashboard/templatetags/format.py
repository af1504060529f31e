"""Template tags and filters for figures, times, icons and states. A builtin of every template."""

from datetime import UTC, datetime

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from connections.drivers import DRIVERS
from dashboard import component_kinds, cron_words, figures, moments, run_page, run_words
from dashboard.status import Look, look_of
from runs.models import Run, RunLog

register = template.Library()


@register.filter
def number(value: object) -> str:
    """Empty for what is not a number: an unknown count shows nothing."""
    return figures.number(value) if isinstance(value, int) else ""


@register.filter
def duration(seconds: object) -> str:
    return figures.duration(seconds) if isinstance(seconds, int | float) else ""


@register.filter
def duration_so_far(seconds: object) -> str:
    return figures.duration(seconds, ended=False) if isinstance(seconds, int | float) else ""


@register.filter
def file_size(size_bytes: object) -> str:
    return figures.file_size(size_bytes) if isinstance(size_bytes, int) else ""


@register.filter
def plural(count: int, word: str) -> str:
    return figures.plural(count, word)


@register.simple_tag
def when(at: datetime | None) -> SafeString | str:
    """A past time: how long ago in the last hour, else its clock time."""
    return _time(at, moments.moment(at, timezone.now())) if at else ""


@register.simple_tag
def clock(at: datetime | None, seconds: bool = False) -> SafeString | str:
    """A time by the clock, past or to come, with seconds where they matter."""
    return _time(at, moments.clock(at, timezone.now(), seconds=seconds)) if at else ""


@register.filter
def until(at: datetime) -> str:
    return moments.until(at, timezone.now())


@register.filter
def full_date(at: datetime) -> str:
    return moments.full_date(at)


@register.filter
def log_time(at: datetime) -> str:
    return moments.log_time(at)


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A decorative icon of the set; size "lg" is 20 pixels."""
    return format_html(
        '<svg class="i{}" viewBox="0 0 20 20" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        " i-lg" if size == "lg" else "",
        static("dashboard/icons.svg"),
        name,
    )


@register.inclusion_tag("_partials/_status.html")
def status(kind: str, state: str | None, pill: bool = False) -> dict[str, Look | bool]:
    """Icon and word of a state; as a pill in the title row only."""
    return {"look": look_of(kind, state), "pill": pill}


@register.filter
def kind_icon(component_type: str) -> str:
    return component_kinds.icon_of(component_type)


@register.filter
def kind_label(component_type: str) -> str:
    return component_kinds.label_of(component_type)


@register.filter
def connection_label(kind: str) -> str:
    """The kind of a connection as its vendor writes it."""
    driver = DRIVERS.get(kind)
    return driver.label if driver else component_kinds.label_of(kind)


@register.filter
def level_class(line: RunLog) -> str:
    return run_page.level_class(line)


@register.filter
def started_by(run: Run) -> str:
    return run_words.started_by(run)


@register.filter
def run_time(run: Run) -> str:
    return run_words.run_time(run)


@register.filter
def schedule_words(expression: str) -> str:
    """The schedule in words, empty when only the expression itself says it."""
    return cron_words.cron_words(expression) or ""


@register.filter
def with_code(text: str) -> SafeString:
    """The text with what stands in backticks as code."""
    parts = str(text).split("`")
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<code>{}</code>", part) if place % 2 else part,)
            for place, part in enumerate(parts)
        ),
    )


def _time(at: datetime, words: str) -> SafeString:
    utc = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return format_html('<time datetime="{}" title="{}">{}</time>', utc, moments.exact(at), words)
