"""The columns of the data files with their types, in the order of the files."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

FLIGHTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "year": "int",
        "month": "int",
        "day": "int",
        "dep_time": "int",
        "sched_dep_time": "int",
        "dep_delay": "int",
        "arr_time": "int",
        "sched_arr_time": "int",
        "arr_delay": "int",
        "carrier": "string",
        "flight": "int",
        "tailnum": "string",
        "origin": "string",
        "dest": "string",
        "air_time": "int",
        "distance": "int",
        "hour": "int",
        "minute": "int",
        "time_hour": "datetime",
    }
)

AIRLINES: Final[Mapping[str, str]] = MappingProxyType({"carrier": "string", "name": "string"})

AIRPORTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "faa": "string",
        "name": "string",
        "lat": "double",
        "lon": "double",
        "alt": "int",
        "tz": "int",
        "dst": "string",
        "tzone": "string",
    }
)

PLANES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tailnum": "string",
        "year": "int",
        "type": "string",
        "manufacturer": "string",
        "model": "string",
        "engines": "int",
        "seats": "int",
        "speed": "int",
        "engine": "string",
    }
)

WEATHER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "origin": "string",
        "year": "int",
        "month": "int",
        "day": "int",
        "hour": "int",
        "temp": "double",
        "dewp": "double",
        "humid": "double",
        "wind_dir": "int",
        "wind_speed": "double",
        "wind_gust": "double",
        "precip": "double",
        "pressure": "double",
        "visib": "double",
        "time_hour": "datetime",
    }
)
