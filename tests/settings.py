"""The product's settings, with a throw-away data folder."""

import os
import tempfile
from pathlib import Path

_scratch = Path(tempfile.mkdtemp(prefix="control-plane-tests-"))
# Not inherited: each process of a parallel run has folders of its own.
os.environ["DATA_DIR"] = str(_scratch)
os.environ["LOCAL_DATA_ROOT"] = str(_scratch / "local")

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if "DATABASE_URL" not in os.environ:
    # A file, as in real life: runs are worked on by threads and processes.
    DATABASES["default"]["TEST"] = {"NAME": _scratch / "tests.sqlite3"}
    DATABASES["default"]["CONN_MAX_AGE"] = 0

MCP_RATE_LIMIT = MCP_RATE_BURST = 1_000_000
