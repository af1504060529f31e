"""PostgreSQL. Its driver and its programs put different prefixes before the same sentences."""

from runs.patterns.base import Pattern, row

PATTERNS: tuple[Pattern, ...] = (
    row(
        1,
        "postgres_password",
        "auth",
        r'password authentication failed for user|role "[^"]*" does not exist'
        r"|(peer|ident|scram) authentication failed|no password supplied",
        "Correct the credentials in the connection, then test it.",
        severity="FATAL",
    ),
    row(
        2,
        "postgres_no_pg_hba_entry",
        "network",
        r"no pg_hba\.conf entry for|pg_hba\.conf rejects connection",
        "Allow the platform's address and SSL mode in the server's pg_hba.conf.",
        severity="FATAL",
    ),
    row(
        3,
        "postgres_too_many_clients",
        "quota",
        r"too many clients already|remaining connection slots are reserved"
        r"|too many connections for (role|database)",
        "Lower the number of parallel connections, or run at another time.",
        severity="FATAL",
    ),
    row(
        4,
        "postgres_permission",
        "permission",
        r"permission denied for (table|relation|schema|sequence|database|view|function|column"
        r"|foreign|materialized|language|type|large object)\b",
        "Grant the connection's user the right that the message names.",
    ),
    row(
        6,
        "postgres_missing_column",
        "schema",
        r'column ("[^"]*"|\S+) (of relation "[^"]*" )?does not exist',
        "Refresh the source's schema, or turn on add_columns for the destination.",
    ),
    row(
        5,
        "postgres_missing_table",
        "schema",
        r'(relation|schema|database|table) "[^"]*" does not exist',
        "Check schema and table name and the search path, or turn on create_table.",
    ),
    row(
        7,
        "postgres_duplicate_key",
        "constraint",
        r"duplicate key value violates unique constraint|could not create unique index",
        "Use a merge operation with the right keys, or remove the duplicates.",
    ),
    row(
        8,
        "postgres_not_null",
        "constraint",
        r"null value in column .*violates not-null constraint",
        "Filter or default the empty values before the destination.",
    ),
    row(
        9,
        "postgres_bad_value",
        "type",
        r"invalid input (syntax for|value for enum)|date/time field value out of range"
        r"|is of type .* but expression is of type|malformed (array|record|range) literal",
        "Cast or clean the field in a select, and check the mapping.",
    ),
    row(
        10,
        "postgres_too_long",
        "type",
        r"value too long for type",
        "Widen the column, or cut the text in a select.",
    ),
    row(
        11,
        "postgres_overflow",
        "type",
        r"numeric field overflow|\b(integer|bigint|smallint|real|double precision) out of range"
        r"|is out of range for type",
        "Use a wider type in the target.",
    ),
    row(
        12,
        "postgres_encoding",
        "encoding",
        r"invalid byte sequence for encoding|has no equivalent in encoding"
        r"|text fields cannot contain NUL|unsupported Unicode escape sequence",
        "Set the encoding of the file, and strip NUL characters in a select.",
    ),
    row(
        13,
        "postgres_statement_timeout",
        "timeout",
        r"canceling statement due to statement timeout",
        "Narrow the query, add an index at the source, or raise the statement timeout.",
    ),
    row(
        14,
        "postgres_lock",
        "lock",
        r"deadlock detected|canceling statement due to lock timeout|could not obtain lock on"
        r"|could not serialize access",
        "Keep runs on one table from overlapping, then retry.",
    ),
    row(
        15,
        "postgres_connection_lost",
        "transient",
        r"terminating connection (due to|because of)|server closed the connection unexpectedly"
        r"|the database system is (starting up|shutting down|in recovery mode)"
        r"|SSL connection has been closed unexpectedly|no connection to the server"
        r"|the connection was (lost|closed)",
        "Retry; ask whether the server was restarted or has failed over.",
        severity="FATAL",
    ),
    row(
        16,
        "postgres_foreign_key",
        "constraint",
        r"violates foreign key constraint",
        "Load the parent tables first.",
    ),
)
