"""What failure texts mean: a table, read from top to bottom, the first match counts.

The order settles what several rows could claim: our own sentences, which quote foreign data, come
first, then the vendors with the most telling words, then texts that anybody may use.
"""

from runs.patterns import computing, data, databases, engine, postgres, storage, warehouses, web
from runs.patterns.base import CHANGE_SIZE_FIRST, RETRY_MAY_HELP, Pattern

__all__ = ["CHANGE_SIZE_FIRST", "PATTERNS", "RETRY_MAY_HELP", "Pattern", "find_pattern"]

PATTERNS: tuple[Pattern, ...] = (
    *engine.PATTERNS,
    *computing.PLATFORM,
    *postgres.PATTERNS,
    *databases.MYSQL,
    *databases.SQL_SERVER,
    *databases.ORACLE,
    *databases.MONGODB,
    *warehouses.SNOWFLAKE,
    *warehouses.REDSHIFT,
    *warehouses.BIGQUERY,
    *web.SALESFORCE,
    *storage.S3,
    *storage.SFTP,
    *computing.JAVA,
    *data.PATTERNS,
    *web.HTTP,
    *web.ROAD,
    *computing.WRAPPERS,
)


def find_pattern(text: str) -> Pattern | None:
    """The first row of the table that knows this text."""
    return next((pattern for pattern in PATTERNS if pattern.matches(text)), None)
