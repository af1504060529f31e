"""Options that no case uses yet. The set only shrinks: what is new comes with a case."""

LACKING = frozenset(
    {
        "database_destination.add_columns=True",
        "database_destination.create_table=False",
        "database_destination.operation_type",
        "database_destination.operation_type=merge_delete_insert",
        "database_destination.operation_type=merge_update_insert",
        "database_destination.operation_type=overwrite_delete",
        "database_destination.operation_type=overwrite_truncate",
        "database_destination.schema.fields[].input",
        "database_destination.schema.fields[].key=True",
        "database_destination.schema.fields[].name",
        "database_destination.schema.fields[].nullable=False",
        "database_destination.schema.fields[].type",
        "database_destination.target_schema",
        "database_source.access_mode",
        "database_source.access_mode=query",
        "database_source.access_mode=table",
        "database_source.connection_id",
        "database_source.query",
        "database_source.schema",
        "database_source.schema.fields",
        "database_source.schema.fields[].alias",
        "database_source.schema.fields[].name",
        "database_source.schema.fields[].type",
        "database_source.source_schema",
        "database_source.source_table",
        "database_source.where_clause",
    }
)
