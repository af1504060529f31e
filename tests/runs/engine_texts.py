"""Failure texts of our own engine, drivers and platform, and of the libraries inside them."""

TEXTS: dict[str, tuple[str, ...]] = {
    "file_not_found": (
        "The file planes-*.csv is no longer in flight-files. Nothing was written. Put the file"
        " back, or correct the path of planes.",
        "The database file shop.db of shop does not exist.",
        "The folder in of flight-files does not exist.",
        "The folder of the database file a/shop.db does not exist. Create it first.",
    ),
    "file_without_column": ("The file a.csv has no column delay. It has carrier, name.",),
    "missing_column": (
        "The table carrier_delays has no column cancelled_rate. Add the column, set add_columns"
        " to true, or take the field away.",
        "shop: no such column: total",
        "shop: table orders has no column named total",
    ),
    "missing_table": (
        "There is no table orders in shop. Set create_table to true, or create the table first.",
        "shop: no such table: orders",
    ),
    "duplicate_merge_key": (
        "The merge key of orders is not unique in the incoming rows: id = 7 comes 2 times.",
        "shop: UNIQUE constraint failed: orders.id",
        'shop: Constraint Error: Duplicate key "id: 7" violates primary key constraint.',
    ),
    "empty_value": (
        "3 incoming rows for orders have no value in the merge key (id). Filter them out before.",
        "shop: NOT NULL constraint failed: orders.id",
    ),
    "check_constraint": (
        'new row for relation "orders" violates check constraint "positive"',
        "shop: CHECK constraint failed: total > 0",
    ),
    "lossy_type": (
        "The column total of orders is INTEGER and the incoming field is double, which it cannot"
        " hold without loss. Cast the field in a select, or change the column.",
        "The column total of orders is double, and schema.fields declares it as long, which"
        " cannot hold it without loss.",
        "SQLite cannot keep a decimal of 30 digits exactly; 15 is the most.",
        "The column total holds 1.234, which decimal(5,2) cannot hold exactly.",
        "The field tags has the type list<string>, which no column can take.",
        "The field raw is binary, which delimited text cannot hold.",
    ),
    "bad_value": (
        "The file a.csv holds 'stopped by user' in the column delay, which is not long. Correct"
        " the file, declare the column as string, or set null_string.",
        "The column day holds 'soon', which is not date.",
        "The field rate holds NaN (not a number), which SQLite would turn into NULL.",
        "Conversion Error: Could not convert string 'x' to INT32",
    ),
    "undecodable_file": (
        "The file a.csv cannot be read: 'utf-8' codec can't decode byte 0xe9 in position 3",
        "The file a.csv cannot be read at line 3: Invalid unicode (byte sequence mismatch).",
    ),
    "malformed_file": (
        "The file a.csv cannot be read at line 3: Expected Number of Columns: 2 Found: 3.",
        "A file cannot be read at line 9: Value with unterminated quote found.",
        "The file a.csv.gz cannot be read: Not a gzipped file (b'ca')",
    ),
    "output_exists": (
        "The directory out/late exists and is not empty. Nothing was written.",
        "out/late is a file, not a folder.",
    ),
    "local_files_off": ("Local files are switched off here. The operator sets LOCAL_DATA_ROOT",),
    "out_of_reach": (
        "The path '../x' leads outside the folder for local files.",
        "The folder must be relative to the folder for local files; '/etc' is not.",
        "The path names more than 10,000 files; narrow it.",
    ),
    "host_not_allowed": (
        "The host db (port 5432) has a private address, so connections to it are refused. The"
        " operator can allow it with the setting CONNECTION_ALLOW_HOSTS.",
    ),
    "missing_connection": (
        "The connection 7 does not exist any more. Choose another one in the component.",
        "shop is not a database connection.",
    ),
    "query_refused": ("The query must be exactly one SELECT statement.",),
    "file_locked": (
        "shop is in use by another writer and was not free within 30 seconds. Nothing was changed",
        "shop: database is locked",
    ),
    "unreachable": (
        "wh: connection to db:5432 refused. Check host and port, and that the server runs.",
        "wh: connection to db:5432 timed out after 10 seconds.",
        "wh: db:22 did not answer like a PostgreSQL server.",
        "The host db has no address. Check its name.",
    ),
    "no_encryption": ("wh: the server at db:5432 does not support SSL, but ssl is set.",),
    "disk_full": (
        "out: [Errno 28] Error writing bytes to file. Detail: No space left on device",
        "shop: database or disk is full",
        'wh: could not extend file "base/5/16384": No space left on device',
    ),
    "out_of_memory": (
        "Out of Memory Error: failed to allocate data of size 16.0 MiB (400.0 MiB used)",
        "The runner process was ended by signal 9 in each of 3 attempts",
    ),
    "unknown_name": (
        "There is no field 'dealy'. Did you mean delay?",
        "There is no function 'uper'.",
        'Binder Error: Referenced column "x" not found',
    ),
    "expression": (
        "Syntax error near ')': unexpected end.",
        "A string cannot be compared with a long. Cast one side.",
        "The expression is empty.",
    ),
    "invalid_flow": (
        "The flow has no destination. Add a destination component.",
        "The flow goes in a circle: a -> b -> a.",
        "There is no component type 'sorce_component'.",
        "late has 0 of 1 inputs. Draw an edge to it.",
        "limit: Input should be greater than 0.",
    ),
    "internal": ("internal error in the engine (ZeroDivisionError)",),
}
