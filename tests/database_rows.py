"""All that the database holds, to see what a call changed."""

from django.db import connection as database


def all_rows():
    """Every row of every table, by table, as dictionaries in the order of their keys."""
    found = {}
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            key = database.introspection.get_primary_key_column(cursor, table)
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY "{key}"')  # noqa: S608
            names = [column[0] for column in cursor.description]
            found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


def changes(before, after):
    """By table, what differs: the columns of changed rows, or None where rows came or went."""
    found = {}
    for table in before.keys() | after.keys():
        old, new = before.get(table, []), after.get(table, [])
        if len(old) != len(new):
            found[table] = None
        elif old != new:
            pairs = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
            found[table] = {name for a, b in pairs for name in a if a[name] != b[name]}
    return found
