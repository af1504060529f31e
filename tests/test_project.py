"""Rules about the project's own files."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEVER_TRACKED = re.compile(r"(^|/)(uv\.lock|pylock.*\.toml|\.env|.*\.sqlite3|node_modules/)")
VAGUE = {"utils.py", "util.py", "helpers.py", "helper.py", "misc.py", "extra.py"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


PYTHON_LOCKS = {
    "requirements/base.lock": 10,
    "requirements/dev.lock": 10,
    "tests/foreign/python/node.lock": 2,
    "tests/foreign/python/mcp-1.lock": 10,
    "tests/foreign/python/fastmcp-4.lock": 10,
    "benchmarks/mcp_servers/fastmcp/requirements.lock": 10,
}
"""Every lock, with a number of packages that it surely has."""


@pytest.mark.parametrize("lock", PYTHON_LOCKS)
def test_a_lock_holds_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text()

    assert "://" not in text
    pins = re.findall(r"^[a-z0-9][^\n]*==", text, re.MULTILINE)
    assert len(pins) >= PYTHON_LOCKS[lock]
    assert text.count("--hash=sha256:") >= len(pins)


@pytest.mark.parametrize(
    ("folder", "least"), [("tests/foreign/node", 100), ("benchmarks/mcp_servers/typescript", 10)]
)
def test_the_locks_of_npm_hold_hashes_and_no_address(folder, least):
    text = (ROOT / folder / "package-lock.json").read_text()

    assert "://" not in text
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert len(packages) > least
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())


def test_no_lock_is_forgotten():
    locks = {str(path.relative_to(ROOT)) for path in tracked() if path.suffix == ".lock"}

    assert locks == set(PYTHON_LOCKS)


def test_every_dependency_is_pinned_by_the_lock():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lock = (ROOT / "requirements" / "base.lock").read_text()

    for requirement in project["project"]["dependencies"]:
        name = re.match(r"[A-Za-z0-9-]+", requirement)[0].lower()
        assert re.search(rf"^{name}(\[\w+\])?==", lock, re.MULTILINE), name


def test_no_file_is_tracked_that_must_not_be():
    names = [str(path.relative_to(ROOT)) for path in tracked()]

    assert [name for name in names if NEVER_TRACKED.search(name)] == []


def test_no_module_has_a_name_without_a_meaning():
    assert [path for path in tracked() if path.name in VAGUE] == []


def test_modules_stay_readable_at_a_sitting():
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked()
        if path.suffix == ".py" and not {"migrations", "tests"} & set(path.parts)
        if (count := len(path.read_text().splitlines())) > 450
    }

    assert long == {}


def test_the_demo_data_stays_small():
    size = sum(path.stat().st_size for path in (ROOT / "demo" / "data").rglob("*"))

    assert size < 2_000_000
