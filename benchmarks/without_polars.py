"""To be imported first: an installation has no polars, which ADBC loads where tests have it."""

import sys

sys.modules["polars"] = None  # type: ignore[assignment]
