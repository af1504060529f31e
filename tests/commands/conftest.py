"""Projects to run the commands in."""

from pathlib import Path

import pytest

from tests.commands.projects import Project


@pytest.fixture
def bare_project(tmp_path: Path) -> Project:
    """As freshly cloned: nothing is installed."""
    return Project(tmp_path)


@pytest.fixture
def project(bare_project: Project) -> Project:
    """As after a first start: .venv is complete."""
    bare_project.install()
    return bare_project
