"""Failure texts as the vendors write them, by the number of their row in the failure list.

Those that a server in reach of the tests can produce are also tested from that server. The others
(SQL Server, Oracle, Snowflake, Redshift, BigQuery, Salesforce, MongoDB, SFTP, Hadoop, Spark, Pig)
are quoted: no server produced them here.
"""

TEXTS: dict[int, tuple[str, ...]] = {
    1: ('FATAL: password authentication failed for user "x"', 'FATAL:  role "x" does not exist'),
    2: ('FATAL: no pg_hba.conf entry for host "10.0.0.9", user "x", database "y", no encryption',),
    3: (
        "FATAL: sorry, too many clients already",
        "FATAL: remaining connection slots are reserved for non-replication superuser connections",
    ),
    4: ("ERROR: permission denied for table orders", "permission denied for schema sales"),
    5: ('ERROR: relation "orders" does not exist', 'schema "sales" does not exist'),
    6: (
        'column "x" of relation "y" does not exist',
        'ERROR: column "x" does not exist',
        "column o.total does not exist",
    ),
    7: ('duplicate key value violates unique constraint "orders_pkey"',),
    8: ('null value in column "x" of relation "y" violates not-null constraint',),
    9: ('invalid input syntax for type integer: "n/a"', "invalid input value for enum mood"),
    10: ("value too long for type character varying(50)",),
    11: ("numeric field overflow", "integer out of range", "bigint out of range"),
    12: ('invalid byte sequence for encoding "UTF8": 0x00',),
    13: ("canceling statement due to statement timeout",),
    14: ("deadlock detected", "canceling statement due to lock timeout"),
    15: (
        "terminating connection due to administrator command",
        "server closed the connection unexpectedly",
        "warehouse: the connection was closed while reading.",
    ),
    16: ('insert or update on table "a" violates foreign key constraint "a_b_fkey"',),
    17: ("(1045, \"Access denied for user 'x'@'host' (using password: YES)\")",),
    18: (
        "Communications link failure",
        "(2003, \"Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)\")",
    ),
    19: (
        "(1054, \"Unknown column 'x' in 'field list'\")",
        "(1146, \"Table 'shop.orders' doesn't exist\")",
    ),
    20: (
        "(1406, \"Data too long for column 'x' at row 1\")",
        "(1366, \"Incorrect string value: '\\\\xF0\\\\x9F' for column 'x' at row 1\")",
    ),
    21: (
        "(1205, 'Lock wait timeout exceeded; try restarting transaction')",
        "(1213, 'Deadlock found when trying to get lock; try restarting transaction')",
    ),
    22: ("(1153, \"Got a packet bigger than 'max_allowed_packet' bytes\")",),
    23: ("(1062, \"Duplicate entry '7' for key 'PRIMARY'\")",),
    24: ("(1040, 'Too many connections')",),
    25: ("Login failed for user 'x'.",),
    26: (
        "The TCP/IP connection to the host db, port 1433 has failed. Error: connect timed out",
        "The driver could not establish a secure connection to SQL Server by using SSL",
    ),
    27: (
        "ORA-01017: invalid username/password; logon denied",
        "ORA-28000: the account is locked",
    ),
    28: (
        "ORA-00942: table or view does not exist",
        'ORA-00904: "TOTAL": invalid identifier',
    ),
    29: ("ORA-01653: unable to extend table SYS.ORDERS by 8 in tablespace USERS",),
    30: ("Incorrect username or password was specified.", "JWT token is invalid. [0ab]"),
    31: ("Object 'ORDERS' does not exist or not authorized.",),
    32: ("No active warehouse selected in the current session.",),
    33: (
        "Numeric value 'abc' is not recognized",
        "Timestamp '2026-13-01' is not recognized",
    ),
    34: ("String 'abcdef' is too long and would be truncated",),
    35: ("Warehouse 'WH' cannot be resumed because resource monitor 'RM' has exceeded its quota.",),
    36: ("IP/Token 198.51.100.7 is not allowed to access Snowflake.",),
    37: ("Load into table 'orders' failed.  Check 'stl_load_errors' system table for details.",),
    38: (
        "Invalid digit, Value 'N', Pos 0, Type: Integer",
        "String length exceeds DDL length",
    ),
    39: ("1023 Serializable isolation violation on table - 104, transactions forming the cycle",),
    40: ("must be owner of relation orders",),
    41: ("ERROR: Disk Full  Detail: error: Disk Full code: 1016",),
    42: (
        "An error occurred (InvalidAccessKeyId) when calling the ListObjectsV2 operation",
        "SignatureDoesNotMatch: The request signature we calculated does not match",
        "ExpiredToken: The provided token has expired.",
    ),
    43: ("Access Denied (Status Code: 403; Error Code: AccessDenied)",),
    44: (
        "NoSuchKey: The specified key does not exist.",
        "NoSuchBucket: The specified bucket does not exist",
        "Input path does not exist: s3n://bucket/in/2026-11-21",
        "Input Pattern s3n://bucket/in/*.csv matches 0 files",
    ),
    45: (
        "PermanentRedirect: The bucket you are attempting to access must be addressed elsewhere",
        "AuthorizationHeaderMalformed: the region 'us-east-1' is wrong; expecting 'eu-west-1'",
    ),
    46: ("503 Slow Down: Please reduce your request rate.",),
    47: ("com.jcraft.jsch.JSchException: Auth fail", "Permission denied (publickey,password)."),
    48: (
        "ssh: connect to host files.example port 22: Connection timed out",
        "com.jcraft.jsch.JSchException: Algorithm negotiation fail",
        "HostKey has been changed: files.example",
    ),
    49: ("2: No such file", "[Errno 2] No such file or directory: 'in/x.csv'", "folder is empty"),
    50: (
        "INVALID_LOGIN: Invalid username, password, security token; or user locked out.",
        "INVALID_SESSION_ID: Session expired or invalid",
        "invalid_grant: expired access/refresh token",
    ),
    51: (
        "REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded.",
        "ExceededQuota: ApiBatchItems Limit exceeded.",
    ),
    52: ("INVALID_FIELD: No such column 'Region__c' on entity 'Account'.",),
    53: (
        "REQUIRED_FIELD_MISSING: Required fields are missing: [LastName]",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION: Close date must lie ahead",
        "DUPLICATES_DETECTED: Use one of these records?",
    ),
    54: ("UNABLE_TO_LOCK_ROW: unable to obtain exclusive access to this record",),
    55: (
        "INSUFFICIENT_ACCESS_OR_READONLY: insufficient access rights on object id",
        "API_DISABLED_FOR_ORG: API is not enabled for this Organization or Partner",
    ),
    56: (
        "Access Denied: Project x: User does not have bigquery.jobs.create permission in project x",
    ),
    57: (
        "Provided Schema does not match Table x:y.z. Field total has changed type",
        "JSON parsing error in row: no such field: total.",
    ),
    58: (
        "quotaExceeded: Your project exceeded quota",
        "rateLimitExceeded: Exceeded rate limits: too many table update operations for this table",
    ),
    59: ("Not found: Dataset x:y was not found in location US",),
    60: (
        "java.lang.OutOfMemoryError: Java heap space",
        "java.lang.OutOfMemoryError: GC overhead limit exceeded",
    ),
    61: (
        "Container killed by YARN for exceeding memory limits. 5.5 GB of 5.5 GB used",
        "Container exited with exit code 137",
        "pod terminated: OOMKilled",
    ),
    62: (
        "Job aborted due to stage failure: Task 3 in stage 1.0 failed 4 times",
        "org.apache.spark.shuffle.FetchFailedException: Failed to connect to 10.0.0.4",
        "ExecutorLostFailure (executor 4 exited caused by one of the running tasks)",
        "java.io.IOException: No space left on device",
    ),
    63: (
        "ERROR 1000: Error during parsing. Encountered x at line 4",
        "ERROR 1025: Invalid field projection. Projected field [x] does not exist",
    ),
    64: ("ERROR 1070: Could not resolve Foo using imports: [, java.lang.]",),
    65: (
        "java.lang.ClassCastException: java.lang.String cannot be cast to java.lang.Long",
        'java.lang.NumberFormatException: For input string: "n/a"',
    ),
    66: ("401 Client Error: Unauthorized for url", "invalid_token", "The access token expired"),
    67: ("HTTP 403", '{"error": "insufficient_scope"}', "403 Client Error: Forbidden for url"),
    68: ("HTTP 429", "API rate limit exceeded", "Retry-After: 30"),
    69: (
        "HTTP/1.1 502 Bad Gateway",
        "503 Server Error: Service Unavailable for url",
        "Read timed out. (read timeout=30)",
        "java.net.SocketException: Connection reset by peer",
        "java.io.EOFException: EOF",
    ),
    70: (
        "SyntaxError: Unexpected token < in JSON at position 0",
        "com.fasterxml.jackson.core.JsonParseException: Unexpected character ('<')",
        "malformed record in stream",
    ),
    71: (
        "Unterminated quoted field at line 17",
        "wrong number of columns: expected 9, found 11",
        "record exceeds maximum length",
    ),
    72: (
        "java.nio.charset.MalformedInputException: Input length = 1",
        "invalid UTF-8 in line 4",
    ),
    73: (
        "java.net.UnknownHostException: db.internal",
        "[Errno -2] Name or service not known",
        "[Errno 113] No route to host",
        "[Errno 111] Connection refused",
    ),
    74: (
        "PKIX path building failed: unable to find valid certification path",
        "SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed",
        "certificate has expired",
    ),
    75: (
        "Authentication failed., full error: {'ok': 0.0, 'code': 18}",
        "Command failed with error 18 (AuthenticationFailed): 'Authentication failed.'",
    ),
    76: (
        "Timed out after 30000 ms while waiting for a server that matches WritableServerSelector",
    ),
    77: (
        "cluster error",
        "Cluster terminated",
        "worker lost",
        "Its worker was lost in each of 3 attempts",
        "The runner process ended without a result (exit code 1) in each of 3 attempts",
    ),
    78: (
        "Output directory s3://bucket/out already exists",
        "org.apache.hadoop.mapred.FileAlreadyExistsException: out",
    ),
    79: (
        "Undefined parameter : day",
        "unresolved $day",
        "The variable $day is not defined.",
        "The variables $a -> $b -> $a go in a circle.",
    ),
    80: ("Assertion violated: delay must not be negative", "assertion failed: no rows"),
    81: ("stopped by user", "Run stopped by user", "sales.db: cancelled while waiting."),
}

CATEGORIES: dict[str, tuple[int, ...]] = {
    "assertion": (80,),
    "auth": (1, 17, 25, 27, 30, 42, 47, 50, 66, 75),
    "config": (32, 45, 59, 78, 79),
    "constraint": (7, 8, 16, 23, 53),
    "data": (70, 71),
    "encoding": (12, 72),
    "expression": (63, 64),
    "limit": (22,),
    "load": (37,),
    "lock": (14, 21, 39, 54),
    "memory": (60, 61),
    "network": (2, 18, 26, 36, 48, 73, 76),
    "not found": (44, 49),
    "permission": (4, 31, 40, 43, 55, 56, 67),
    "platform": (77,),
    "quota": (3, 24, 35, 46, 51, 58, 68),
    "resource": (62,),
    "schema": (5, 6, 19, 28, 52, 57),
    "storage": (29, 41),
    "timeout": (13,),
    "tls": (74,),
    "transient": (15, 69),
    "type": (9, 10, 11, 20, 33, 34, 38, 65),
    "user": (81,),
}
"""The category that the failure list gives to each row."""
