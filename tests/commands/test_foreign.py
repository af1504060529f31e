"""How `run.py test` comes by other people's programs."""

import pytest

from config.launch import foreign


@pytest.fixture
def nothing_reachable(monkeypatch, tmp_path):
    """Nothing is installed, no index answers, and the installer has kept nothing."""
    monkeypatch.setattr(foreign, "PLACE", tmp_path / ".foreign")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))


@pytest.mark.parametrize(("ci", "in_order"), [("true", False), ("", True)])
def test_what_cannot_be_installed_fails_the_run_only_in_continuous_integration(
    nothing_reachable, monkeypatch, capsys, ci, in_order
):
    monkeypatch.setenv("CI", ci)

    assert foreign.programs_in_order() is in_order

    told = capsys.readouterr().out
    assert "Could not install tests/foreign/python/node.lock" in told
    assert told.endswith("The tests that need it skip themselves.\n")
    assert not foreign.has_environment("node")


def test_a_changed_lock_is_installed_anew(monkeypatch, tmp_path):
    monkeypatch.setattr(foreign, "PLACE", tmp_path / ".foreign")
    monkeypatch.setattr(foreign, "LOCKS", tmp_path)
    lock = tmp_path / "mcp-1.lock"
    lock.write_text("# nothing\n")
    foreign.make_environment("mcp-1")
    assert foreign.has_environment("mcp-1")

    lock.write_text("# nothing, said in other words\n")

    assert not foreign.has_environment("mcp-1")


def test_an_environment_whose_interpreter_went_away_is_not_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(foreign, "PLACE", tmp_path / ".foreign")
    monkeypatch.setattr(foreign, "LOCKS", tmp_path)
    (tmp_path / "mcp-1.lock").write_text("# nothing\n")
    foreign.make_environment("mcp-1")

    foreign.python("mcp-1").unlink()

    assert not foreign.has_environment("mcp-1")
