import json
import subprocess
import sys

import pytest

from config.launch.layout import ROOT

ROWS = 3_000_000
LIMIT_MIB = 64


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sort", "join"])
def test_more_rows_than_fit_into_the_limit_are_computed_within_it(tmp_path, kind):
    """The rows take about five times the limit; the program checks each of them."""
    command = [sys.executable, "-m", "benchmarks.larger_than_memory", "--only", kind]
    command += ["--rows", str(ROWS), "--limit", str(LIMIT_MIB), "--folder", str(tmp_path)]

    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["kind"] == kind
    assert told["peak_mib"] <= LIMIT_MIB + 250
