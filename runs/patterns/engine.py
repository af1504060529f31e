"""Texts of our own engine and drivers.

They quote values and names of foreign data, so they are asked before every foreign text and are
anchored to our own words.
"""

from runs.patterns.base import Pattern, row

PATTERNS: tuple[Pattern, ...] = (
    row(
        None,
        "file_not_found",
        "not found",
        r"^The file .* is no longer in"
        r"|^The (database file|folder|folder of the database file) .*does not exist\.",
        "Check the path, its date variables, and whether the file has arrived.",
        tool="get_package",
    ),
    row(
        None,
        "file_without_column",
        "schema",
        r"^The file \S+ has no column ",
        "Detect the columns of the file again and correct schema.fields of the source, or put the "
        "right file in place.",
        tool="discover_file_schema",
    ),
    row(
        None,
        "missing_column",
        "schema",
        r"\bThe table .* has no column |\bno such column: |has no column named ",
        "Turn on add_columns for the destination, or take the field out of its mapping; in a "
        "source, refresh schema.fields.",
    ),
    row(
        None,
        "missing_table",
        "schema",
        r"\bThere is no table .* in |\bno such table: ",
        "Check schema and table name, or turn on create_table for the destination.",
    ),
    row(
        None,
        "duplicate_merge_key",
        "constraint",
        r"\bThe merge key of .* is not unique in the incoming rows"
        r"|UNIQUE constraint failed|Constraint Error: (Duplicate key|PRIMARY KEY)",
        "Make the merge keys unique in the input, for example with an aggregate before the "
        "destination, or merge on further keys.",
    ),
    row(
        None,
        "empty_value",
        "constraint",
        r"have no value in the merge key|NOT NULL constraint failed",
        "Filter or default the empty values before the destination.",
    ),
    row(
        None,
        "check_constraint",
        "constraint",
        r"violates check constraint|CHECK constraint failed|CHECK constraint \S+ .*failed"
        r"|Column '[^']*' cannot be null|violates exclusion constraint",
        "The target's rule refuses these rows; filter or correct them before the destination.",
    ),
    row(
        None,
        "lossy_type",
        "type",
        r"cannot hold (it )?without loss|cannot (keep|hold) (.* )?exactly|be carried exactly"
        r"|which no column can take|has a type that is not supported here"
        r"|which delimited text cannot hold",
        "Cast the field in a select to a type that the target can keep, or widen the column.",
    ),
    row(
        None,
        "bad_value",
        "type",
        r"^The (file|column|field) .* holds .*which (is not|SQLite would)"
        r"|^The column \S+ does not hold \S+ throughout|Conversion Error: |Out of Range Error: "
        r"|Could not (convert|cast) ",
        "Read the field as text and cast or clean it in a select, or set null_string.",
    ),
    row(
        None,
        "undecodable_file",
        "encoding",
        r"^(The|A) file .*cannot be read.*(codec can't|unicode|utf-?8)",
        "The file is not UTF-8: save it as UTF-8 before it is read.",
    ),
    row(
        None,
        "malformed_file",
        "data",
        r"^(The|A) file .*cannot be read|CSV Error on Line",
        "Check delimiter, quote and header_row of the source against the file; detect its columns "
        "again.",
    ),
    row(
        None,
        "output_exists",
        "config",
        r"^The directory .* exists and is not empty|^.{1,300} is a file, not a folder\.$",
        "Choose another destination_action, or a dated directory.",
    ),
    row(
        None,
        "local_files_off",
        "config",
        r"^Local files are switched off here",
        "The operator of this installation switches local files on by setting LOCAL_DATA_ROOT.",
    ),
    row(
        None,
        "out_of_reach",
        "permission",
        r"leads outside the folder|must be relative to the folder|cannot be followed\.$"
        r"|may not hold '\.\.' beside a pattern|^The path (names more than|has more than)"
        r"|must lie below the connection's folder",
        "Use a narrower path below the folder of the connection.",
        tool="get_package",
    ),
    row(
        None,
        "host_not_allowed",
        "permission",
        r"so connections to it are refused\. The operator|CONNECTION_ALLOW_HOSTS",
        "Use a host outside this machine and its private networks, or ask the operator to add it "
        "to CONNECTION_ALLOW_HOSTS.",
        tool="get_connection",
    ),
    row(
        None,
        "missing_connection",
        "config",
        r"^The connection \d+ does not exist any more|^There is no connection kind "
        r"|is not a (file storage|database) connection\.$",
        "Choose an existing connection of the right kind for the component.",
        tool="list_connections",
    ),
    row(
        None,
        "query_refused",
        "config",
        r"^The query must be exactly one SELECT|^SQLite has no schemas|holds a NUL character"
        r"|^The name \S+ is longer than|^The where clause ",
        "Correct the source's query, clause or names.",
    ),
    row(
        None,
        "file_locked",
        "lock",
        r"is in use by another writer|database (table )?is locked|Could not set lock",
        "Another run writes to the same file. Wait for it, or keep the two from overlapping.",
    ),
    row(
        None,
        "unreachable",
        "network",
        r": connection to \S+ (refused|timed out after)|^The host \S+ has no address"
        r"|did not answer like a|: the network of \S+ is unreachable",
        "Check host, port, firewall and tunnel of the connection.",
    ),
    row(
        None,
        "no_encryption",
        "tls",
        r"does not support SSL",
        "Switch encryption on at the server, or off in the connection.",
    ),
    row(
        None,
        "disk_full",
        "storage",
        r"\[Errno 28\]|database or disk is full|could not (extend|write)\b.*No space left"
        r"|max_temp_directory_size",
        "Free space on the disk, or write elsewhere.",
    ),
    row(
        None,
        "out_of_memory",
        "memory",
        r"\bOut of Memory Error|failed to (allocate|pin block)|ended by signal 9\b|\bMemoryError",
        "Filter earlier, join less, or let the operator raise RUN_MEMORY_MB.",
        severity="FATAL",
    ),
    row(
        None,
        "unknown_name",
        "expression",
        r"\bThere is no (field|function) '|Binder Error: |Catalog Error: |Parser Error: ",
        "Correct the name in the expression; validating the package shows the incoming fields.",
    ),
    row(
        None,
        "expression",
        "expression",
        r"\bThe expression (is|has|holds|chains)\b|\bSyntax error( at| near|:)"
        r"|\bAn? \w+(\([\d, ]+\))? cannot be (compared|cast|added|divided)"
        r"|\bA function has the wrong number"
        r"|\bExpressions hold fields|\bThere is no cast to|Arithmetic does not work on"
        r"|\bWrite exactly one expression|\bThe variable \S+ has no value|\bIN takes a list"
        r"|\b(Write the|An) interval |\bTwo points in time|\bis not a (unit of time|field name)"
        r"|\bis not (offered, because|part of an expression)|\bOnly sha256 is offered"
        r"|\bsubstring counts from 1|\bregexp_replace takes|\bis called as "
        r"|^Variables cannot stand in a text"
        r"|\bneeds a (field|right side)\.| is not possible: it is ",
        "Correct the expression; validating the package names the place.",
    ),
    row(
        None,
        "invalid_flow",
        "config",
        r"^The flow (has no|goes in a circle)|\bThere is no component type '"
        r"|^More than one component is called|(is no component|is no port of .*)\.?"
        r"|is not on a way from a source|leads from a component to itself"
        r"|^The id '.*' is used twice|cannot be an id\.|^specific_component_type must be"
        r"|is not an object with exactly one key|is there twice\.|must be a list of objects"
        r"|^data_flow_json |cannot name a variable|^The source has no fields"
        r"|^[\w.\[\]]{1,80}: (is required|may not hold|Input should|\w+ should"
        r"|must be (a whole number|a text|true or false))\b"
        r"|^Two (outgoing )?fields (are called|go to)|has \d+ (of \d+ )?(inputs|outputs)\b",
        "The package is not complete: validate it and correct the components named.",
    ),
    row(
        None,
        "internal",
        "platform",
        r"^internal error in the engine|^The engine's session is not open",
        "This is a defect of the engine. The operator finds the trace in the platform's output.",
        severity="exception",
    ),
)
