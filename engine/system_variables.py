"""Variables that every package has with a default, and those that the platform sets."""

from typing import Final

SYSTEM_VARIABLES: Final = {
    "_MAX_COMBINED_SPLIT_SIZE": "67108864",
    "_BYTES_PER_REDUCER": "209715200",
    "_LINE_RECORD_READER_MAX_LENGTH": "1048576",
    "_DEFAULT_TIMEZONE": "'+00:00'",
    "_DEFAULT_PARALLELISM": "0",
    "_SHUFFLE_INPUT_BUFFER_PERCENT": "0.7",
    "_COPY_PARALLELISM": "$_CLUSTER_NODES_COUNT * 3",
    "_COPY_TARGET_PARTITIONS": "100",
    "_COPY_TARGET_SIZE": "64",
    "_PARQUET_COMPRESSION": "'UNCOMPRESSED'",
    "_PARQUET_PAGE_SIZE": "1048576",
    "_PARQUET_BLOCK_SIZE": "134217728",
}
"""Name to default expression; a package may give them others."""

SUBMITTED_AT: Final = "_JOB_SUBMISSION_TIMESTAMP"
"""The predefined variable that now() is."""

PREDEFINED: Final = {
    "_ACCOUNT_ID": "0",
    "_ATTEMPT": "1",
    "_CLUSTER_ID": "0",
    "_CLUSTER_NODES_COUNT": "1",
    "_CLUSTER_TYPE": "production",
    "_JOB_ID": "0",
    SUBMITTED_AT: "2024-01-31T00:00:00Z",
    "_JOB_SUBMITTER_EMAIL": "",
    "_PACKAGE_ID": "0",
    "_PACKAGE_LAST_SUCCESSFUL_JOB_SUBMISSION_TIMESTAMP": "2024-01-31T00:00:00Z",
    "_PACKAGE_NAME": "",
    "_PACKAGE_VERSION": "1",
    "_SCHEDULE_ID": "",
    "_SCHEDULE_NAME": "",
}
"""What the platform sets when a run starts, with a value of the same kind to check flows with."""
