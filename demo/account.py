"""What surrounds the demo packages: workspaces, connections, schedules, a cluster, data files."""

from pathlib import Path
from typing import Final

from demo.definitions import (
    ClusterDefinition,
    ConnectionDefinition,
    ScheduleDefinition,
    WorkspaceDefinition,
)

DATA_DIRECTORY: Final = Path(__file__).parent / "data"
"""Where the data files of the demo lie in the project."""

DATA_FILES: Final = (
    "airlines.csv",
    "airports.csv",
    "flights/2013-01.csv.gz",
    "planes.csv.gz",
    "weather/2013-01.csv.gz",
)
"""The files below DATA_DIRECTORY that belong into the folder of `FLIGHT_FILES`, same paths."""

NIGHTLY: Final = WorkspaceDefinition(
    key="nightly", name="Nightly", description="Reports that are ready before the day begins."
)
EXPLORATION: Final = WorkspaceDefinition(
    key="exploration", name="Exploration", description="Questions somebody asked once or twice."
)
WORKSPACES: Final = (NIGHTLY, EXPLORATION)

FLIGHT_FILES: Final = ConnectionDefinition(
    key="files", name="flight-files", kind="local_folder", settings={"path": "flight-files"}
)
WAREHOUSE: Final = ConnectionDefinition(
    key="warehouse", name="warehouse", kind="duckdb", settings={"database": "warehouse.duckdb"}
)
CONNECTIONS: Final = (FLIGHT_FILES, WAREHOUSE)
"""The keys are the argument names of `demo.packages.packages`."""

CLUSTER: Final = ClusterDefinition(name="default", nodes=1)

SCHEDULES: Final = (
    ScheduleDefinition(name="Nightly", cron="0 2 * * *", package="carrier_delays", enabled=True),
    ScheduleDefinition(
        name="Weekly ranking", cron="30 6 * * MON", package="longest_delays", enabled=False
    ),
)
