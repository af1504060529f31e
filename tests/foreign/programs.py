"""Where the foreign programs are. A test whose program is not installed skips; in CI it fails."""

from pathlib import Path

from config.launch import foreign
from tests.services.daemons import unavailable


def python_command(environment: str) -> list[str]:
    """The interpreter of one of the Python environments."""
    if not foreign.has_environment(environment):
        unavailable(_missing(f".foreign/{environment}"))
    return [str(foreign.python(environment))]


def node_command() -> list[str]:
    if not foreign.has_environment(foreign.NODE):
        unavailable(_missing("Node.js"))
    return [str(foreign.node())]


def package_file(package: str, name: str) -> Path:
    """A file of an npm package."""
    if not foreign.has_packages():
        unavailable(_missing("tests/foreign/node/node_modules"))
    return foreign.PACKAGES / "node_modules" / package / name


def native_program(pattern: str) -> Path:
    """A program in the one npm package of several that is made for this machine."""
    package_file(".", "")
    found = sorted((foreign.PACKAGES / "node_modules").glob(pattern))
    if not found:
        unavailable(f"npm has no {pattern} for this machine")
    return found[0]


def _missing(what: str) -> str:
    return f"{what} is not installed, or not as its lock says: python3 run.py test installs it"
