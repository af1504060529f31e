import io
import json
import logging
import logging.config

import pytest

from config.logs import LogStyle, logging_config

SECRET = "s3cr3t-canary-value"
LOGGER = logging.getLogger("product.part")


@pytest.fixture
def written():
    """What the product's configuration writes; the former one returns afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    config = logging_config(LogStyle.JSON, "INFO")
    stream = config["handlers"]["stderr"]["stream"] = io.StringIO()
    logging.config.dictConfig(config)
    yield stream
    root.handlers, root.level = handlers, level


def test_an_event_is_one_json_line_with_its_fields(written):
    LOGGER.info("call", extra={"tool": "get_run", "account": "acme"})

    event = json.loads(written.getvalue())
    assert (
        event.items()
        >= {
            "event": "call",
            "level": "info",
            "logger": "product.part",
            "tool": "get_run",
            "account": "acme",
        }.items()
    )
    assert event["timestamp"].endswith("Z")


def test_a_call_of_the_endpoint_is_such_a_line_too_and_masked(written):
    facts = {"tool": "get_run", "client": f"x password={SECRET}", "application": None}
    LOGGER.info("call", extra={"call": facts})

    event = json.loads(written.getvalue())
    assert (event["event"], event["level"], event["tool"]) == ("call", "info", "get_run")
    assert event["timestamp"].endswith("Z")
    assert SECRET not in written.getvalue()


@pytest.mark.parametrize("client", ["two\nlines", "Claude Code"])
def test_a_call_for_the_eye_stays_one_line(client):
    config = logging_config(LogStyle.CONSOLE, "INFO")["formatters"]["event"]
    formatter = config.pop("()")(**config)
    record = logging.makeLogRecord({"msg": "call", "call": {"client": client}, "name": "mcp"})

    line = formatter.format(record)

    assert "call [mcp]" in line
    assert "\n" not in line


def test_secrets_are_masked_in_words_fields_and_traces(written):
    try:
        raise ValueError(f"postgres://app:{SECRET}@db/x")
    except ValueError:
        LOGGER.exception("password=%s", SECRET, extra={"header": f"Bearer {SECRET}"})

    text = written.getvalue()
    assert SECRET not in text
    assert "ValueError" in text
