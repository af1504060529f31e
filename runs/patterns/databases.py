"""MySQL and MariaDB, SQL Server, Oracle and MongoDB."""

from runs.patterns.base import Pattern, row

MYSQL: tuple[Pattern, ...] = (
    row(
        17,
        "mysql_access_denied",
        "auth",
        r"Access denied for user '",
        "Correct the credentials in the connection, and check which hosts the user may come from.",
    ),
    row(
        18,
        "mysql_unreachable",
        "network",
        r"Communications link failure|Can't connect to (local |remote )?(MySQL|MariaDB|server)"
        r"|server has gone away|Lost connection to (MySQL|MariaDB|server)",
        "Check host, port, firewall and tunnel of the connection.",
    ),
    row(
        19,
        "mysql_missing_name",
        "schema",
        r"Unknown (column|database|table) '|Table '[^']*' doesn't exist",
        "Refresh the schema, and correct the names of table and columns.",
    ),
    row(
        20,
        "mysql_bad_value",
        "type",
        r"Data too long for column|Out of range value for column|Data truncated for column"
        r"|Incorrect (string|integer|decimal|double|date|datetime|time) value",
        "Widen the column, use utf8mb4 for text, or clean the field in a select.",
    ),
    row(
        21,
        "mysql_lock",
        "lock",
        r"Lock wait timeout exceeded|Deadlock found when trying to get lock",
        "Let runs on one table follow each other, use smaller batches, then retry.",
    ),
    row(
        22,
        "mysql_packet_too_big",
        "limit",
        r"Got a packet bigger than|max_allowed_packet",
        "Lower the batch size, or raise max_allowed_packet at the server.",
    ),
    row(
        23,
        "mysql_duplicate_entry",
        "constraint",
        r"Duplicate entry '",
        "Merge with the right keys, or remove the duplicates.",
    ),
    row(
        24,
        "mysql_too_many_connections",
        "quota",
        r"\bToo many connections\b|has exceeded the 'max_\w*connections",
        "Lower the number of parallel connections, or run at another time.",
    ),
)

SQL_SERVER: tuple[Pattern, ...] = (
    row(
        25,
        "sqlserver_login",
        "auth",
        r"Login failed for user",
        "Correct the credentials in the connection, and check that SQL logins are switched on.",
    ),
    row(
        26,
        "sqlserver_unreachable",
        "network",
        r"TCP/IP connection to the host .*has failed|Adaptive Server (connection failed|is unav)"
        r"|could not establish a secure connection to SQL Server|TLS handshake",
        "Check host and port, and set the same encryption on both sides.",
    ),
)

ORACLE: tuple[Pattern, ...] = (
    row(
        27,
        "oracle_login",
        "auth",
        r"ORA-0?1017\b|ORA-28000\b",
        "Correct the credentials in the connection, or have the account unlocked.",
    ),
    row(
        28,
        "oracle_missing_name",
        "schema",
        r"ORA-00942\b|ORA-00904\b",
        "Check the grants and the names; Oracle's are upper case unless they were quoted.",
    ),
    row(
        29,
        "oracle_space",
        "storage",
        r"ORA-0165[0-9]\b",
        "Ask the administrator for more space in the tablespace.",
    ),
)

MONGODB: tuple[Pattern, ...] = (
    row(
        75,
        "mongodb_login",
        "auth",
        r"Authentication failed.{0,60}\b18\b|error 18 \(AuthenticationFailed\)",
        "Check the user, the password and the authentication database.",
    ),
    row(
        76,
        "mongodb_unreachable",
        "network",
        r"Timed out .*waiting for a server that matches|ServerSelectionTimeoutError"
        r"|No replica set members",
        "Allow the platform's address, and check the name of the replica set and TLS.",
    ),
)
