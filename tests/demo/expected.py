"""What the demo's tables must hold, calculated a second time from the same files.

Plain polars, sharing nothing with the engine or the packages. Whole numbers are exact; averages are
doubles at full precision, to be compared with a relative tolerance, because the order in which an
engine adds up doubles is its own affair.
"""

from pathlib import Path
from typing import Any

import polars as pl

DATA = Path(__file__).parents[2] / "demo" / "data"

Rows = list[dict[str, Any]]


def flights() -> pl.DataFrame:
    """All flights of the month; an empty field is null."""
    return pl.read_csv(DATA / "flights" / "2013-01.csv.gz", infer_schema_length=None)


def weather() -> pl.DataFrame:
    """The hourly weather of the month."""
    return pl.read_csv(DATA / "weather" / "2013-01.csv.gz", infer_schema_length=None)


def airlines() -> pl.DataFrame:
    return pl.read_csv(DATA / "airlines.csv")


def airports() -> pl.DataFrame:
    return pl.read_csv(DATA / "airports.csv", infer_schema_length=None)


def carrier_delays() -> Rows:
    """Rows of `carrier_delays`, by carrier and flight_day."""
    named = flights().join(airlines().rename({"name": "carrier_name"}), on="carrier", how="left")
    seen = weather().select("origin", "time_hour", "wind_speed", "visib")
    facts = named.join(seen, on=["origin", "time_hour"], how="left")
    table = facts.group_by(
        "carrier", "carrier_name", pl.date("year", "month", "day").alias("flight_day")
    ).agg(
        pl.len().alias("flights"),
        pl.col("dep_time").is_null().sum().alias("cancelled"),
        (pl.col("dep_delay") >= 15).sum().alias("late"),
        pl.col("dep_delay").mean().alias("avg_dep_delay"),
        pl.col("dep_delay").max().alias("max_dep_delay"),
        pl.col("wind_speed").mean().alias("avg_wind_speed"),
        pl.col("visib").mean().alias("avg_visib"),
    )
    return table.sort("carrier", "flight_day").to_dicts()


def longest_delays(*, min_delay: int = 60) -> Rows:
    """Rows of `longest_delays`, longest first, equal delays by time, carrier, flight, origin."""
    late = flights().filter((pl.col("dep_delay") > min_delay) & pl.col("dep_time").is_not_null())
    ties = ["year", "month", "day", "sched_dep_time", "carrier", "flight", "origin"]
    ranked = late.sort("dep_delay", *ties, descending=[True] + [False] * len(ties)).head(100)
    shown = ["dep_delay", "arr_delay", "carrier", "flight", "tailnum", "origin", "dest"]
    return ranked.select(*shown, "year", "month", "day", "sched_dep_time").to_dicts()


def airport_departures() -> Rows:
    """Rows of `airport_departures`, by origin."""
    named = airports().select(pl.col("faa").alias("origin"), pl.col("name").alias("airport_name"))
    table = (
        flights()
        .join(named, on="origin", how="inner")
        .group_by("origin", "airport_name")
        .agg(
            pl.len().alias("flights"),
            pl.col("dep_time").is_not_null().sum().alias("departed"),
            pl.col("dest").n_unique().alias("destinations"),
            pl.col("dep_delay").mean().alias("avg_dep_delay"),
            pl.col("distance").sum().alias("total_distance"),
        )
    )
    return table.sort("origin").to_dicts()


def typed_flights() -> Rows:
    """Rows of the Parquet file, by day, time, carrier, flight and origin."""
    day = pl.date("year", "month", "day").alias("flight_day")
    hour = pl.col("time_hour").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us")
    typed = flights().with_columns(day, hour).drop("year", "month", "day", "hour", "minute")
    return typed.sort("flight_day", "sched_dep_time", "carrier", "flight", "origin").to_dicts()
