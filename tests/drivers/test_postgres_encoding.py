"""What is encoded for COPY arrives bit for bit; the expected values are the random ones sent."""

import random
from decimal import Decimal, localcontext

import pyarrow as pa
import pytest

from connections.drivers.base import Reach
from connections.drivers.postgres_loading import PostgresLoading
from connections.drivers.postgres_login import PostgresLogin, PostgresSettings

SEED = 20_261
FIRST_MICROSECOND, LAST_MICROSECOND = -210_866_803_200_000_000, 9_223_371_331_199_999_999
FIRST_DAY, LAST_DAY = -2_440_588, 2_145_031_948


@pytest.fixture
def loading(postgres_place):
    settings = PostgresSettings(**postgres_place.settings())
    session = PostgresLoading(
        PostgresLogin("books", settings, Reach(None, allowed_hosts=("127.0.0.1",)))
    )
    yield session
    session.reset()


def test_decimals_of_every_size_arrive_with_every_digit(loading):
    chance = random.Random(SEED)
    for _ in range(40):
        precision = chance.randint(1, 38)
        scale = chance.randint(0, precision)
        with localcontext(prec=40):
            numbers = [chance.randint(0, 10 ** chance.randint(1, precision) - 1) for _ in range(99)]
            numbers += [10**power for power in range(precision)] + [10**precision - 1, 0]
            values = [Decimal(chance.choice((1, -1)) * n).scaleb(-scale) for n in numbers]
        loading.run("DROP TABLE IF EXISTS t")
        loading.run(f"CREATE TABLE t (id int, sized numeric({precision},{scale}), free numeric)")
        ids = pa.array(range(len(values)), pa.int32())
        decimals = pa.array(values, pa.decimal128(precision, scale))
        batch = pa.record_batch([ids, decimals, decimals], names=["id", "sized", "free"])
        skipped = chance.randint(0, 5)
        loading.copy_in('"t"', iter([batch.slice(skipped)]))
        expected = [(f"{value:f}".replace("-0", "0") if not value else f"{value:f}")
                    for value in values[skipped:]]  # fmt: skip
        found = loading.rows("SELECT sized::text, free::text FROM t ORDER BY id")
        assert [sized for sized, _ in found] == expected, (precision, scale)
        assert [free for _, free in found] == expected, (precision, scale)


def test_dates_and_times_of_the_whole_range_arrive_to_the_microsecond(loading):
    chance = random.Random(SEED)
    moments = [chance.randint(FIRST_MICROSECOND, LAST_MICROSECOND) for _ in range(999)]
    moments += [-1, 0, 946_684_799_999_999, 946_684_800_000_000, FIRST_MICROSECOND,
                LAST_MICROSECOND]  # fmt: skip
    days = [chance.randint(FIRST_DAY, LAST_DAY) for _ in moments[:-2]] + [FIRST_DAY, LAST_DAY]
    clocks = [chance.randint(0, 86_399_999_999) for _ in moments]
    arrays = [
        pa.array(range(len(moments)), pa.int32()),
        pa.array(moments, pa.timestamp("us")),
        pa.array(moments, pa.timestamp("us", "UTC")),
        pa.array(days, pa.date32()),
        pa.array(clocks, pa.time64("us")),
    ]
    loading.run("CREATE TABLE t (id int, naive timestamp, aware timestamptz, day date, clock time)")
    names = ["id", "naive", "aware", "day", "clock"]
    loading.copy_in("t", iter([pa.record_batch(arrays, names=names)]))
    micros = "(extract(epoch FROM {}) * 1000000)::int8"
    asked = ", ".join(micros.format(name) for name in ("naive", "aware", "clock"))
    found = loading.rows(f"SELECT {asked}, day - date '1970-01-01' FROM t ORDER BY id")  # noqa: S608
    assert found == list(zip(moments, moments, clocks, days, strict=True))
