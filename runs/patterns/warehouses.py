"""Snowflake, Redshift and BigQuery."""

from runs.patterns.base import Pattern, row

SNOWFLAKE: tuple[Pattern, ...] = (
    row(
        30,
        "snowflake_login",
        "auth",
        r"Incorrect username or password was specified|JWT token is invalid",
        "Correct the credentials, or assign the public key to the user; logins with a password "
        "alone are being ended.",
    ),
    row(
        31,
        "snowflake_not_authorised",
        "permission",
        r"does not exist or not authorized",
        "Grant the object to the connection's role, and check quotes and upper case of its name.",
    ),
    row(
        32,
        "snowflake_no_warehouse",
        "config",
        r"No active warehouse selected",
        "Set the warehouse in the connection, and grant its role usage on it.",
        tool="get_connection",
    ),
    row(
        33,
        "snowflake_bad_value",
        "type",
        r"\b(Numeric|Boolean) value '.*' is not recognized"
        r"|\b(Timestamp|Date|Time) .*is not recognized",
        "Clean the field in a select, or set the format of the date.",
    ),
    row(
        34,
        "snowflake_too_long",
        "type",
        r"String '.*' is too long and would be truncated",
        "Widen the column, or cut the text in a select.",
    ),
    row(
        35,
        "snowflake_quota",
        "quota",
        r"cannot be resumed because resource monitor|has exceeded its quota",
        "Raise the quota of the resource monitor, or use another warehouse.",
    ),
    row(
        36,
        "snowflake_network_policy",
        "network",
        r"is not allowed to access Snowflake",
        "Add the platform's address to the network policy.",
    ),
)

REDSHIFT: tuple[Pattern, ...] = (
    row(
        38,
        "redshift_bad_value",
        "type",
        r"Invalid digit, Value '|String length exceeds DDL length",
        "Correct the mapping, or widen the column.",
    ),
    row(
        37,
        "redshift_load",
        "load",
        r"Load into table .* failed|stl_load_errors|sys_load_error_detail",
        "Read stl_load_errors, or sys_load_error_detail, for the line and the column.",
        tool="preview_data",
    ),
    row(
        39,
        "redshift_serialization",
        "lock",
        r"Serializable isolation violation",
        "Keep runs on one table from overlapping, then retry.",
    ),
    row(
        40,
        "redshift_owner",
        "permission",
        r"must be owner of",
        "Use overwrite_delete instead of a truncating operation, or make the user the owner.",
    ),
    row(
        41,
        "redshift_disk",
        "storage",
        r"\bDisk Full\b",
        "Free space in the warehouse, vacuum it, or resize it.",
    ),
)

BIGQUERY: tuple[Pattern, ...] = (
    row(
        56,
        "bigquery_permission",
        "permission",
        r"does not have bigquery\.|Access Denied: (Project|Dataset|Table|BigQuery)\b",
        "Give the service account the roles Job User and Data Editor.",
    ),
    row(
        57,
        "bigquery_schema",
        "schema",
        r"Provided Schema does not match Table|\bno such field: ",
        "Turn on add_columns for the destination, or align the mapping.",
    ),
    row(
        58,
        "bigquery_quota",
        "quota",
        r"quotaExceeded|rateLimitExceeded|too many table (update|dml)|Exceeded rate limits",
        "Load in fewer, larger batches, and run less often.",
    ),
    row(
        59,
        "bigquery_location",
        "config",
        r"Not found: (Dataset|Table|Job) .*in location",
        "Set the location of the data set in the connection.",
        tool="get_connection",
    ),
)
