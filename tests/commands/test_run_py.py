"""run.py refuses in one sentence, and leaves nothing behind, what it cannot do."""

import ast
import fcntl
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import run
from config.launch import environment
from config.launch.refusal import CannotContinue
from tests.commands.projects import ROOT, free_port

# No package index and no folder of packages: every installation fails at once.
NO_INDEX = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}


@pytest.mark.parametrize("name", ["run.py", "config/launch/layout.py", "config/launch/refusal.py"])
def test_what_is_loaded_before_the_version_check_can_be_read_by_an_old_python(name):
    tree = ast.parse((ROOT / name).read_text(), feature_version=(3, 8))

    assert tree.body


def test_nothing_else_is_loaded_before_the_version_check():
    code = "import run, sys; print(*sorted(name for name in sys.modules if 'config' in name))"

    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == [
        "config",
        "config.launch",
        "config.launch.layout",
        "config.launch.refusal",
    ]


def test_the_launcher_needs_only_the_standard_library():
    names = [path.stem for path in (ROOT / "config" / "launch").glob("[a-z]*.py")]
    code = f"import importlib; [importlib.import_module('config.launch.' + n) for n in {names}]"

    # -S leaves out every installed package.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert len(names) > 5
    assert done.stderr == ""


def test_an_old_python_is_refused_with_both_versions_named():
    with pytest.raises(CannotContinue) as refused:
        run.require_python((3, 9, 2))

    assert "3.9.2" in str(refused.value)
    assert "3.11 or newer" in str(refused.value)


def test_the_oldest_allowed_python_is_accepted():
    run.require_python((3, 11, 0))


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "-h"], ["test", "--help"]])
def test_help_is_short_and_names_the_commands(bare_project, arguments):
    done = bare_project.call(*arguments)

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) <= 20
    assert all(name in done.stdout for name in ("serve", "manage", "test", "--port", "DATA_DIR"))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["launch"], "'launch'"),
        (["--port", "70000"], "70000"),
        (["--port", "web"], "'web'"),
        (["serve", "--demo"], "--demo"),
    ],
)
def test_wrong_usage_is_named_and_ends_with_two(bare_project, arguments, named):
    done = bare_project.call(*arguments)

    assert done.returncode == 2
    assert named in done.stderr
    assert not bare_project.data_dir.exists()


def test_a_taken_port_is_refused_before_anything_is_made(bare_project):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        done = bare_project.call("--port", str(port))

    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (bare_project.folder / ".venv").exists()
    assert not bare_project.data_dir.exists()


def test_a_host_of_another_machine_is_refused(bare_project):
    done = bare_project.call("--host", "192.0.2.1", "--port", str(free_port()))

    assert done.returncode == 1
    assert "Host 192.0.2.1 is not an address of this machine" in done.stderr


def test_a_data_folder_that_cannot_be_made_is_refused_with_the_way_out(bare_project):
    obstacle = bare_project.folder / "file"
    obstacle.touch()

    done = bare_project.call("--port", str(free_port()), DATA_DIR=str(obstacle / "data"))

    assert done.returncode == 1
    assert f"Cannot write to the data folder {obstacle / 'data'}" in done.stderr
    assert "set DATA_DIR" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (bare_project.folder / ".venv").exists()


def test_a_project_folder_that_cannot_hold_an_environment_is_named(bare_project):
    # Stands for a read-only folder, which would not bind the administrator.
    code = (
        "import pathlib, sys, run; from config.launch import environment as e;"
        "e.VENV = pathlib.Path('/proc/.venv');"
        "e.VENV_PYTHON = e.VENV / 'bin/python'; e.STAMP = e.VENV / 'installed.json';"
        "sys.exit(run.main(['manage', 'check']))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=bare_project.folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "Cannot use /proc/.venv" in done.stderr
    assert "make the folder writable" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_in_use_is_refused_with_process_and_port(project):
    project.data_dir.mkdir()
    with (project.data_dir / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("process 4711, port 8000")
        lock.flush()

        done = project.call("--port", str(free_port()))

    assert done.returncode == 1
    assert "Another run.py already serves" in done.stderr
    assert "process 4711, port 8000" in done.stderr


def test_a_first_start_without_the_package_index_says_so_and_leaves_nothing(bare_project):
    done = bare_project.call("--port", str(free_port()), **NO_INDEX)

    assert done.returncode == 1
    assert "needs the Python package index" in done.stderr
    assert f"installing uv {environment.UV_VERSION} failed" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (bare_project.folder / ".venv").exists()
    assert not bare_project.data_dir.exists()


def test_an_installed_environment_needs_no_package_index(project):
    done = project.call("manage", "check", "--help", **NO_INDEX)

    assert done.returncode == 0
    assert done.stdout == "called with check --help\n"
    assert done.stderr == ""


def test_the_data_folder_is_private(project):
    project.call("manage", "check")

    assert project.data_dir.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("damage", ["python", "stamp", "packages"])
def test_a_damaged_environment_is_made_anew(project, damage):
    venv = project.folder / ".venv"
    if damage == "python":
        (venv / "bin" / "python").unlink()
    elif damage == "stamp":
        (venv / "installed.json").write_text('{"uv": ')
    else:
        next(venv.glob("lib/python*/site-packages/packages.pth")).unlink()

    done = project.call("manage", "check", **NO_INDEX)

    assert "Making the Python environment" in done.stderr
    assert done.stdout == ""


def test_a_changed_lock_is_installed_without_taking_away_development_packages(project):
    lock = project.folder / "requirements" / "base.lock"
    lock.write_text(lock.read_text() + "# changed\n")
    venv = project.folder / ".venv"
    shutil.copy(Path(sys.executable).parent / "uv", venv / "bin" / "uv")

    done = project.call("manage", "check", UV_OFFLINE="1", UV_NO_CACHE="1")

    assert done.returncode == 1
    assert "Making the Python environment" not in done.stderr
    assert "installing requirements/dev.lock failed" in done.stderr
    assert next(venv.glob("lib/python*/site-packages/packages.pth")).exists()
    assert project.stamp() == {"uv": "", "base": "", "dev": ""}


def test_credentials_of_an_index_are_not_repeated():
    told = environment.reason(
        "error: no route\n  to https://user:secret-word@packages.example/simple\n"
    )

    assert "secret-word" not in told
    assert "packages.example" in told


def test_the_continuous_integration_script_can_be_started():
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert script.read_text().endswith("exec python3 run.py test\n")


def test_a_product_that_cannot_be_prepared_is_not_served(project):
    (project.folder / "manage.py").write_text("raise SystemExit('the disk is full')")

    done = project.call("--port", str(free_port()))

    assert done.returncode == 1
    assert "the disk is full" in done.stderr
    assert "manage.py prepare ended with exit code 1" in done.stderr
    assert done.stdout == ""
