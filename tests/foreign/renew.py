"""Renew the locks of the foreign programs: python -m tests.foreign.renew [uv pip compile options].

Runs with what `python3 run.py test` installed. Both kinds of lock pin by hash and name no address;
npm writes one into each `funding` entry, which it does not need.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from config.launch import foreign
from config.launch.layout import ROOT, VENV

COMPILE = ["--universal", "--python-version", "3.11", "--generate-hashes"]
COMPILE += ["--no-emit-index-url", "--no-header", "--quiet"]


def renew_environment(name: str, options: list[str]) -> None:
    source, lock = foreign.LOCKS / f"{name}.in", foreign.LOCKS / f"{name}.lock"
    files = [str(source.relative_to(ROOT)), "-o", str(lock.relative_to(ROOT))]
    uv = str(VENV / "bin" / "uv")
    subprocess.run([uv, "pip", "compile", *files, *COMPILE, *options], cwd=ROOT, check=True)


def renew_packages() -> None:
    """In an empty folder: beside installed packages npm would keep their versions."""
    npm = foreign.node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(foreign.node()), str(npm), "install", "--package-lock-only"]
    command += ["--ignore-scripts", "--no-audit", "--no-fund"]
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", ".npmrc"):
            shutil.copy(foreign.PACKAGES / name, folder)
        subprocess.run(command, cwd=folder, check=True)
        content = json.loads((Path(folder) / "package-lock.json").read_text())
    for package in content["packages"].values():
        package.pop("funding", None)
        package.pop("deprecated", None)
    lock = foreign.PACKAGES / "package-lock.json"
    lock.write_text(json.dumps(content, indent=2) + "\n")


def main(options: list[str]) -> None:
    for name in foreign.ENVIRONMENTS:
        renew_environment(name, options)
    renew_packages()


if __name__ == "__main__":
    main(sys.argv[1:])
