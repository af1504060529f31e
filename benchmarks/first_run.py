"""How long after submission the engine has its first batch, and how long the delay package takes.

Run by hand on an idle machine: `.venv/bin/python -m benchmarks.first_run [RUNS]`. It makes the demo
in a throw-away folder, starts the platform process, submits the delay package RUNS times (default
20) through the MCP endpoint's own service, and prints median and extremes. Nothing is asserted.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST_BATCH = re.compile(r"First batch (\d+) ms")


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="first-run-") as folder:
        os.environ |= {
            "DATA_DIR": folder,
            "LOCAL_DATA_ROOT": f"{folder}/local",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_LEVEL": "WARNING",
        }
        manage = [sys.executable, str(ROOT / "manage.py")]
        subprocess.run([*manage, "prepare"], check=True, stdout=subprocess.DEVNULL)
        platform = subprocess.Popen([*manage, "platform"])
        try:
            measure(runs)
        finally:
            platform.terminate()
            platform.wait()


def measure(runs: int) -> None:
    import django

    django.setup()
    from audit.actor import command_actor
    from packages_app.models import Package
    from runs.services import submit_run
    from runs.states import FINISHED, runtime_seconds

    package = Package.objects.get(name="Carrier delays by day")
    batches, totals, seconds = [], [], []
    for number in range(runs + 2):
        run = submit_run(
            account=package.account, package_id=package.pk, actor=command_actor("benchmark")
        )
        while run.status not in FINISHED:
            time.sleep(0.01)
            run.refresh_from_db()
        if run.status != "completed":
            raise SystemExit(f"run {run.pk} {run.status}: {run.error}")
        if number < 2:
            continue  # warming up
        text = " ".join(run.log_lines.values_list("message", flat=True))
        batches.append(float(FIRST_BATCH.search(text)[1]))
        totals.append((run.completed_at - run.created_at).total_seconds() * 1000)
        seconds.append(runtime_seconds(run) * 1000)
    for label, figures in [
        ("submission to first batch", batches),
        ("claim to end", seconds),
        ("submission to end", totals),
    ]:
        print(
            f"{label:28} median {statistics.median(figures):7.0f} ms"
            f"   min {min(figures):7.0f}   max {max(figures):7.0f}   n={len(figures)}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
