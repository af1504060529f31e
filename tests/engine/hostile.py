"""Hostile expressions, made in the same way each time: dangerous parts in harmless places."""

import itertools
import random

# {outside} stands for a file that must not be read, {written} for one that must not appear.

FUNCTIONS = [
    "getenv('CANARY')", "GETENV('CANARY')", "\"getenv\"('CANARY')", "main.getenv('CANARY')",
    "getenv /**/ ('CANARY')", "getvariable('x')", "current_setting('temp_directory')",
    "current_user", "current_user()", "session_user", "current_database()", "version()",
    "duckdb_settings()", "query('select 1')", "query_table('step_0')", "pg_sleep(1)",
    "read_text('{outside}')", "read_blob('{outside}')", "read_csv('{outside}')",
    "read_csv_auto('{outside}')", "sniff_csv('{outside}')", "read_json('{outside}')",
    "read_parquet('{outside}')", "glob('/*')", "parquet_metadata('{outside}')",
    "reflect('java.lang.System', 'exit')", "java_method('java.lang.System', 'exit')",
    "nextval('s')", "error('stop')", "random()", "uuid()", "txid_current()", "in_search_path('a')",
    "which_secret('a', 'b')", "write_log('a')", "add_parquet_key('a', 'b')", "setseed(0.5)",
    "now_utc()", "current_timestamp", "current_date", "localtime", "get_current_timestamp()",
    "sum(n)", "count(*)", "max(n)", "array_agg(n)", "row_number() OVER ()", "lag(n) OVER ()",
    "sum(n) FILTER (WHERE true)", "upper(name) OVER ()", "unnest([1])", "unnest(name)",
    "generate_series(1, 9)", "range(9)", "list_transform([1], x -> x)", "apply([1], lambda x: x)",
    "struct_pack(a := 1)", "row(1, 2)", "map([1], [2])", "array_value(1)", "eval('1')",
    "xp_cmdshell('dir')", "lo_import('/etc/passwd')", "dblink('a', 'b')", "load_file('{outside}')",
    "sys_exec('id')", "utl_http.request('a')", "upper.lower('a')", "name.upper()", "upper(*)",
    "upper(DISTINCT name)", "upper(name ORDER BY n)", "coalesce(COLUMNS('a'))", "upper(a := name)",
    "\u0192:upper(name)", "\u0192:getenv('CANARY')", "\"\u0192:getenv\"('CANARY')",
    "\uff47\uff45\uff54\uff45\uff4e\uff56('CANARY')", "g\u0435tenv('CANARY')",
    "getenv\u200b('CANARY')",
]  # fmt: skip

QUERIES = [
    "(SELECT 1)", "(SELECT content FROM read_text('{outside}'))", "(FROM step_0)", "(TABLE step_0)",
    "(VALUES (1))", "EXISTS (SELECT 1)", "n IN (SELECT 1)", "n = ANY (SELECT 1)",
    "n > ALL (SELECT 1)", "(WITH a AS (SELECT 1) SELECT * FROM a)", "ARRAY(SELECT 1)",
    "(SELECT 1 UNION SELECT 2)", "(DELETE FROM step_0 RETURNING n)", "(SHOW TABLES)",
    "(PIVOT step_0 ON n)", "(SUMMARIZE step_0)", "(DESCRIBE step_0)", "(SELECT n FROM step_0)",
    "(((SELECT 1)))", "(/* x */ SELECT 1)", "(select(1))", "(\u017fELECT 1)",
]  # fmt: skip

FORMS = [
    "*", "COLUMNS('n')", "COLUMNS(*)", "step_0.*", "step_0.n", "main.step_0.n", "? ", "$1", "#1",
    ":name", "@@version", "x -> x + 1", "lambda x: x", "[1, 2]", "[1, 2][1]", "n[1]", "n[1:2]",
    "name[0]", "name['a'][1]", "{{'a': 1}}", "MAP {{'a': 1}}", "n AS m", "n m", "m: n", "n := 1",
    "(n, 1)", "n COLLATE nocase", "e'a\\nb'", "x'00'", "b'01'", "n::STRUCT(x INT)", "n::INT[]",
    "cast(n AS STRUCT(x INT))", "cast(n AS MAP(INT, INT))", "cast(n AS INT[])", "cast(n AS JSON)",
    "cast(n AS UUID)", "cast(n AS HUGEINT)", "cast(name AS my_type)", "cast(n AS TIMESTAMPTZ)",
    "cast(name AS main.\"type\")", "try_cast(n AS UNION(a INT))", "cast(n AS ENUM('a'))",
    "cast(n AS DECIMAL(99, 1))", "convert(n, int)", "n ISNULL ISNULL x",
    "n IS DISTINCT FROM (SELECT 1)",
    "extract(year FROM (SELECT 1))", "INTERVAL (SELECT 1) DAY", "n + INTERVAL n DAY",
    "name GLOB 'a'", "name SIMILAR TO 'a'", "name OPERATOR(pg_catalog.+) 1", "n & 1", "n | 1",
    "n << 1", "~n", "n <@ n", "'a' || n.b", "name LIKE ANY ('a')", "n BETWEEN SYMMETRIC 1 AND 2",
    "name -> '$.a'", "name ->> '$.a'", "n AT TIME ZONE 'UTC'", "\u201cname\u201d", "\uff08n\uff09",
    "n \uff0b 1", "\u2018a\u2019", "n\u037e 1", "n\uff1b DROP TABLE step_0",
    "n\u2028DROP TABLE step_0",
    "n ? 1", "n ? : 2", "(int)", "(struct)n", "(int[])n", "m#n", "n#1",
]  # fmt: skip

STATEMENTS = [
    "1; DROP TABLE step_0", "1) FROM step_0; --", "DROP TABLE step_0", "1; ", ";",
    "COPY (SELECT 1) TO '{written}'", "COPY step_0 TO '{written}'", "EXPORT DATABASE '{written}'",
    "ATTACH '{written}'", "DETACH memory", "USE memory", "PRAGMA database_list",
    "SET memory_limit = '10GB'", "SET VARIABLE a = 1", "RESET ALL", "INSTALL httpfs", "LOAD httpfs",
    "CALL duckdb_settings()", "CREATE TABLE t (a INT)", "CREATE MACRO f() AS 1", "SHOW TABLES",
    "CREATE SECRET s (TYPE s3)", "INSERT INTO step_0 VALUES (1)", "UPDATE step_0 SET n = 1",
    "DELETE FROM step_0", "TRUNCATE step_0", "ALTER TABLE step_0 ADD COLUMN a INT", "VACUUM",
    "CHECKPOINT", "BEGIN", "COMMIT", "EXPLAIN SELECT 1", "DESCRIBE step_0", "SUMMARIZE step_0",
    "PREPARE a AS SELECT 1", "EXECUTE a", "MERGE INTO step_0 USING step_0 ON true", "FROM step_0",
    "SELECT 1", "VALUES (1)", "TABLE step_0", "PIVOT step_0 ON n", "WITH a AS (SELECT 1) SELECT 1",
    "IMPORT DATABASE '{outside}'", "GRANT ALL ON step_0 TO x", "COMMENT ON TABLE step_0 IS 'a'",
    "n /* */ ; /* */ SELECT 1", "n --\n; DROP TABLE step_0", "1 UNION SELECT 2",
    "1 FROM read_text('{outside}')", "1 LIMIT 1", "1 ORDER BY 1", "1 WHERE true",
    "content FROM read_text('{outside}')", "getenv('CANARY') UNION SELECT 'x'",
]  # fmt: skip

NESTED = [
    "(" * 70 + "n" + ")" * 70,
    "upper(" * 70 + "name" + ")" * 70,
    "-" * 70 + "n",
    "NOT " * 70 + "paid",
    "CASE WHEN true THEN " * 70 + "1" + " END" * 70,
    "n" + " + n" * 200,
    "n ? " * 70 + "1" + " : 2" * 70,
    "n ? " * 3000,
    "(int)" * 120 + "n",
    "(int)" * 70 + "(n)",
    "m" + "#'k'" * 200,
    "concat(" + "n, " * 3000 + "n)",
    "'" + "a" * 11_000 + "'",
    "n IN (" + "1, " * 2000 + "1)",
    "[" * 100,
    "{" * 100,
    "(" * 100,
    "CASE " * 100,
    "strrpos(" * 30 + "name" + ", name)" * 30,
    "whole_diff('month', " * 20 + "day" + ", day)" * 20,
]
"""Nesting and length beyond the limits, and calls that would be large when written out."""

PLACES = [
    "{}", "upper({})", "n + {}", "{} = n", "CASE WHEN {} THEN 1 END", "coalesce(n, {})",
    "n IN ({}, 1)", "paid ? {} : 2", "concat('a', {}, 'b')", "NOT {}", "({})", "if(paid, {}, 1)",
    "cast({} AS string)", "{} IS NULL", "array({})", "json_object('a', {})", "name matches {}",
    "/* a */ {} /* b */", "TOBAG({})", "{}\n-- end",
]  # fmt: skip


def hostile_expressions(count: int = 500) -> list[str]:
    """At least so many different texts; the first ones stand alone."""
    parts = [*FUNCTIONS, *QUERIES, *FORMS]
    alone = [*parts, *STATEMENTS]
    placed = [place.replace("{}", part) for place, part in itertools.product(PLACES[1:], parts)]
    chosen = random.Random(20240229).sample(placed, count)
    return list(dict.fromkeys([*alone, *NESTED, *chosen]))


def filled(text: str, outside: str = "/etc/hostname", written: str = "/nowhere/made") -> str:
    """The text with its file names."""
    return (
        text.replace("{outside}", outside)
        .replace("{written}", written)
        .replace("{{", "{")
        .replace("}}", "}")
    )
