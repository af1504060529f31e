"""Debian packages, where this is Debian and we are root."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import TextIO

# What tests need from Debian: a command or file that shows it is there -> its package.
DEBIAN_PACKAGES = {
    "chromium": "chromium",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu-core",
    "/usr/lib/postgresql/15/bin/postgres": "postgresql-15",
    "/usr/bin/redis-server": "redis-server",
    "/usr/sbin/mariadbd": "mariadb-server",
}
POLICY = Path("/usr/sbin/policy-rc.d")


def packages_in_order() -> bool:
    """Install the missing Debian packages where that is possible.

    False only in CI when some are still missing: elsewhere the tests that need them skip.
    """
    missing = missing_packages()
    if missing and can_install():
        print(f"\n== Debian packages: {' '.join(missing)} ==", flush=True)
        install(missing)
        missing = missing_packages()
    if missing:
        absent = ", ".join(missing)
        print(f"Not installed: {absent}; the tests that need them skip themselves.", flush=True)
    return not (missing and os.environ.get("CI", "").lower() in {"1", "true"})


def can_install() -> bool:
    """Is this Debian, and are we root?"""
    return os.geteuid() == 0 and Path("/etc/debian_version").exists()


def missing_packages() -> list[str]:
    return [
        package
        for probe, package in DEBIAN_PACKAGES.items()
        if not (shutil.which(probe) or Path(probe).is_file())
    ]


def install(packages: list[str], output: TextIO | None = None) -> None:
    """Install with a policy that lets no package start a daemon; the old policy comes back."""
    before = (POLICY.read_text(), POLICY.stat().st_mode) if POLICY.exists() else None
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
        for action in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            subprocess.run([*apt, *action], env=environment, stdout=output, check=False)
    finally:
        if before is None:
            POLICY.unlink()
        else:
            POLICY.write_text(before[0])
            POLICY.chmod(before[1])
