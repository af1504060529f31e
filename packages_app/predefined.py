"""Names of the variables that the platform sets when a run starts."""

PREDEFINED = frozenset(
    {
        "_ACCOUNT_ID",
        "_ATTEMPT",
        "_CLUSTER_ID",
        "_CLUSTER_NODES_COUNT",
        "_JOB_ID",
        "_JOB_SUBMISSION_TIMESTAMP",
        "_JOB_SUBMITTER_EMAIL",
        "_PACKAGE_ID",
        "_PACKAGE_LAST_SUCCESSFUL_JOB_SUBMISSION_TIMESTAMP",
        "_PACKAGE_NAME",
        "_PACKAGE_VERSION",
        "_SCHEDULE_NAME",
    }
)
