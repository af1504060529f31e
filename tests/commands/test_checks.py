"""The checks behind `run.py test`."""

import os

import pytest

from config.launch import checks, debian, foreign

POLICY_SEEN = "policy-seen"
APT_GET = """#!/bin/sh
cat "$POLICY" > "$SEEN"
echo "$@" >> "$CALLS"
"""


@pytest.fixture
def apt_get(tmp_path, monkeypatch):
    """An apt-get that notes its calls and the policy it was called under."""
    program = tmp_path / "apt-get"
    program.write_text(APT_GET)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("POLICY", str(tmp_path / "policy"))
    monkeypatch.setenv("SEEN", str(tmp_path / POLICY_SEEN))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setattr(debian, "POLICY", tmp_path / "policy")
    return tmp_path


def test_packages_are_installed_under_a_policy_that_starts_nothing(apt_get):
    debian.install(["chromium"])

    calls = (apt_get / "calls").read_text().splitlines()
    assert (apt_get / POLICY_SEEN).read_text() == "#!/bin/sh\nexit 101\n"
    assert calls[0].endswith(" update")
    assert calls[1].endswith(" install -y --no-install-recommends chromium")
    assert not (apt_get / "policy").exists()


def test_an_earlier_policy_comes_back_as_it_was(apt_get):
    policy = apt_get / "policy"
    policy.write_text("#!/bin/sh\nexit 0\n")
    policy.chmod(0o700)

    debian.install(["chromium"])

    assert policy.read_text() == "#!/bin/sh\nexit 0\n"
    assert policy.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("ci", "in_order"), [("true", False), ("", True)])
def test_a_missing_package_fails_the_run_only_in_continuous_integration(
    apt_get, monkeypatch, ci, in_order
):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(debian, "DEBIAN_PACKAGES", {"no-such-program": "no-such-package"})

    assert debian.packages_in_order() is in_order


def test_all_checks_run_even_when_one_fails_and_the_exit_code_tells(monkeypatch, capfd):
    steps = [("first", ["false"]), ("second", ["true"])]
    monkeypatch.setattr(checks, "standing_checks", lambda: steps)
    monkeypatch.setattr(checks, "pytest_command", lambda *_: ["echo", "tests ran"])
    monkeypatch.setattr(foreign, "programs_in_order", lambda: True)

    code = checks.main([])

    told = capfd.readouterr().out
    assert code == 1
    assert "tests ran" in told
    summary = [line.split()[0] for line in told.split("== Summary ==")[1].splitlines() if line]
    assert summary == ["passed", "passed", "FAILED", "passed", "passed"]


def test_long_tests_are_left_out_unless_all_are_asked_for():
    assert checks.pytest_command(False, [])[-4:] == ["-m", "not long", "-n", "2"]
    assert checks.pytest_command(True, [])[-4:] == ["-m", "", "-n", "2"]
    assert checks.pytest_command(False, ["-k", "word"])[-4:] == ["-m", "not long", "-k", "word"]


def test_every_check_of_the_house_is_in_the_list():
    names = [name for name, _ in checks.standing_checks()]

    assert names[:2] == ["ruff check", "ruff format"]
    assert {"djade", "mypy", "lint-imports", "manage.py check", "migrations"} == set(names[2:])
