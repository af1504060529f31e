# ruff: noqa: DTZ001  (a datetime of the product has no zone)
"""The spelling of existing packages: same language, other words."""

import datetime

import pytest

from engine.backends.session import SessionLimits, open_session
from engine.expressions import ExpressionRefused, compile_expression
from engine.expressions.catalog import BY_NAME
from engine.expressions.older import NOT_OFFERED, OLDER
from engine.fields import Field, Fields
from engine.variables import Variables

FIELDS = Fields(
    (
        Field("n", "long"),
        Field("x", "double"),
        Field("name", "string"),
        Field("m", "json"),
        Field("bag", "json_array"),
        Field("at", "datetime"),
        Field("day", "date"),
        Field("matches", "string"),
        Field("long", "long"),
        Field("paid", "boolean"),
    )
)
ROW = """
    SELECT 7::BIGINT AS n, 2.5::DOUBLE AS x, 'O''Brien' AS name, '{"k": "v", "a b": {"c": 1}}' AS m,
           '["a", "b", "a"]' AS bag, TIMESTAMP '2024-01-31 10:20:30.5' AS at,
           DATE '2024-01-31' AS day, 'field' AS matches, 12::BIGINT AS long, NULL::BOOLEAN AS paid
"""
SUBMITTED = {"_JOB_SUBMISSION_TIMESTAMP": "2024-05-06T07:08:09Z", "from_run": "5"}


@pytest.fixture(scope="module")
def value_of():
    with open_session(SessionLimits()) as session:

        def value(text):
            tree, _ = compile_expression(text, FIELDS, Variables({"v": "'a'"}, SUBMITTED))
            query = f"SELECT {tree.sql(dialect='duckdb')} FROM ({ROW})"  # noqa: S608
            return session.execute(query).fetchall()[0][0]

        yield value


SPELLINGS = [
    ("n == 7", True),
    ("n == 7 AND name != 'x'", True),
    ("n > 5 ? 'big' : 'small'", "big"),
    ("n > 9 ? 'big' : n > 5 ? 'middle' : 'small'", "middle"),
    ("n > 5 ? x > 9 ? 'a' : 'b' : 'c'", "b"),
    ("(n > 9 ? 1 : 2) + 10", 12),
    ("n > 9 OR x > 2 ? 1 + 1 : 2 * 5", 2),
    ("upper(n > 5 ? 'yes' : 'no')", "YES"),
    ("concat(n > 5 ? 'a' : 'b', n > 9 ? 'c' : 'd')", "ad"),
    ("CASE WHEN n > 5 ? true : false THEN 1 ELSE n > 5 ? 2 : 3 END", 1),
    ("CAST(n > 5 ? '1' : '2' AS int)", 1),
    ("paid ? 1 : 2", 2),
    ("(int)x", 3),
    ("(int)x + 1", 4),
    ("(int)(x + 1)", 4),
    ("-(int)x", -3),
    ("(chararray)n || '!'", "7!"),
    ("(int)(chararray)n", 7),
    ("(double)n / 2", 3.5),
    ("(long)'12' * 2", 24),
    ("(int)m#'a b'#'c'", 1),
    ("(datetime)'2024-01-31'", datetime.datetime(2024, 1, 31)),
    ("(string)upper('a')", "A"),
    ("(int)$from_run + 1", 6),
    ("(int)CASE WHEN true THEN '3' END", 3),
    ("(boolean)'true' AND true", True),
    ("m#'k'", "v"),
    ("m#'k' == 'v' ? 1 : 0", 1),
    ("upper(m#'k') || 'x'", "Vx"),
    ("name matches 'O.*'", True),
    ("name matches 'O'", False),
    ("NOT name matches 'O'", True),
    ("name not matches 'O'", True),
    ("name MATCHES 'O.*' AND n > 1", True),
    ("10L + 1", 11),
    ("10.5F * 2", 21.0),
    ("-10L", -10),
    ("2.5D", 2.5),
    ("paid is null", True),
    ("name is not null", True),
]


@pytest.mark.parametrize(("text", "expected"), SPELLINGS)
def test_the_older_spelling_is_understood(value_of, text, expected):
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("matches", "field"),
        ("matches = 'field'", True),
        ("matches matches 'f.*'", True),
        ("(long) - 2", 10),
        ("(long) + (n)", 19),
        ("(long) IN (12)", True),
        ("n IN (long, 7)", True),
        ("'a ? b : c'", "a ? b : c"),
        ("'(int)x'", "(int)x"),
        ("'m#''k'''", "m#'k'"),
        ('"long" * 2', 24),
    ],
)
def test_what_the_new_spelling_says_stays_as_it_was(value_of, text, expected):
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("REGEX_EXTRACT(name, '([A-Z])([a-z]+)', 2)", "rien"),
        ("REGEX_EXTRACT(name, '[0-9]', 0)", None),
        ("INDEXOF(name, 'r')", 3),
        ("INDEXOF('abcabc', 'b', 2)", 4),
        ("INDEXOF('abc', 'b', 2)", -1),
        ("LAST_INDEX_OF('abcb', 'b')", 3),
        ("STARTSWITH(name, 'O')", True),
        ("ENDSWITH(name, 'O')", False),
        ("EqualsIgnoreCase('A', 'a')", True),
        ("SPRINTF('%03d-%s', n, name)", "007-O'Brien"),
        ("STRSPLIT('a1b22c', '[0-9]+')", '["a","b","c"]'),
        ("TOKENIZE('a b,c')", '["a","b","c"]'),
        ("Reverse('abc')", "cba"),
        ("UCFIRST('abc')", "Abc"),
        ("CurrentTime()", datetime.datetime(2024, 5, 6, 7, 8, 9)),
        ("ToDate('2024-02-29')", datetime.datetime(2024, 2, 29)),
        ("ToDate('29/02/2024 13:05', 'dd/MM/yyyy HH:mm')", datetime.datetime(2024, 2, 29, 13, 5)),
        ("ToString(at, 'yyyy-MM-dd''T''HH:mm')", "2024-01-31T10:20"),
        ("ToUnixTime((datetime)'1970-01-02')", 86400),
        ("ToMilliSeconds((datetime)'1970-01-02')", 86400000),
        ("AddDuration(at, 'P1M')", datetime.datetime(2024, 2, 29, 10, 20, 30, 500000)),
        ("SubtractDuration(at, 'P1DT10H')", datetime.datetime(2024, 1, 30, 0, 20, 30, 500000)),
        ("YearsBetween((datetime)'2024-02-28', (datetime)'2020-02-29')", 3),
        ("DaysBetween((datetime)'2024-03-01', (datetime)'2024-02-01')", 29),
        ("MilliSecondsBetween(at, (datetime)'2024-01-31T10:20:30')", 500),
        ("GetYear(at) * 100 + GetMonth(at)", 202401),
        ("GetWeek(at)", 5),
        ("SwitchTimeZone(at, 'Asia/Tokyo')", datetime.datetime(2024, 1, 31, 19, 20, 30, 500000)),
        ("TruncateDate(at, 'hour')", datetime.datetime(2024, 1, 31, 10)),
        ("ROUND_TO(2.345, 1)", 2.3),
        ("POW(2, 3)", 8.0),
        ("NullIf(n, 7)", None),
        ("IsNumeric('12x')", False),
        ("IsDate('2024-02-30')", False),
        ("IsEmpty(name)", False),
        ("JsonStringToMap('{ \"a\": 1 }')#'a'", "1"),
        ("JsonExtract(m, '$$.k')", "v"),
        ("JsonExtract(m, '$.k')", "v"),
        ("ToJson(name)", '"O\'Brien"'),
        ("TOBAG(1, 'a')", '[1,"a"]'),
        ("TOMAP('a', 1)", '{"a":1}'),
        ("BagToString(bag)", "a_b_a"),
        ("BagToString(bag, '')", "aba"),
        ("KEYSET(m)", '["k","a b"]'),
        ("DIFF(bag, array('a'))", '["b"]'),
        ("SHA1('a')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
        ("Base64Decode(Base64Encode(name))", "O'Brien"),
        ("URLDecode(URLEncode(name))", "O'Brien"),
        ("Greatest(n, 9)", 9),
    ],
)
def test_older_function_names_are_understood(value_of, text, expected):
    value = value_of(text)

    assert (float(value) if isinstance(expected, float) else value) == expected


def test_older_names_do_not_hide_names_of_the_catalogue():
    assert not set(OLDER) & set(BY_NAME)
    assert not set(NOT_OFFERED) & (set(BY_NAME) | set(OLDER))


DOCUMENTED = """
    CONCAT SUBSTRING TRIM LTRIM RTRIM UPPER LOWER UCFIRST LCFIRST REPLACE REGEX_EXTRACT
    REGEX_EXTRACT_ALL INDEXOF LAST_INDEX_OF STARTSWITH ENDSWITH EqualsIgnoreCase SIZE
    SPRINTF STRSPLIT STRSPLITTOBAG TOKENIZE LPAD RPAD Reverse CurrentTime ToDate ToString
    ToUnixTime ToMilliSeconds AddDuration SubtractDuration YearsBetween MonthsBetween
    WeeksBetween DaysBetween HoursBetween MinutesBetween SecondsBetween MilliSecondsBetween
    GetYear GetMonth GetWeek GetDay GetHour GetMinute GetSecond SwitchTimeZone TruncateDate
    ABS CEIL FLOOR ROUND ROUND_TO SQRT CBRT EXP LOG LOG10 SIN COS TAN ASIN ACOS ATAN POW MOD
    RANDOM Greatest Least COALESCE IsEmpty NullIf IsNumeric IsDate JsonStringToMap
    JsonStringToBag JsonExtract ToJson XmlToJson TOBAG TOTUPLE TOMAP BagToString BagToTuple
    FLATTEN COUNT SUM AVG MIN MAX KEYSET VALUELIST DIFF TOP MD5 SHA1 SHA256 HMAC
    Base64Encode Base64Decode URLEncode URLDecode UUID Curl CCurl CurlWithPagination
    CCurlWithPagination ExecuteSqlString ExecuteSqlNumeric ExecuteSqlDateTime
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_name_is_known_or_refused_with_a_way_out(name):
    key = name.lower()
    if key in NOT_OFFERED:
        with pytest.raises(ExpressionRefused) as caught:
            compile_expression(f"{name}(n)", FIELDS, Variables())
        assert caught.value.code == "unknown_function"
        assert caught.value.hint.startswith(("Use ", "Join ", "Convert "))
    else:
        assert key in BY_NAME or key in OLDER


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("n > 1 ? 2", "A ? has no : behind it"),
        ("ToDate(name, 'QQ')", "'QQ' is not known in a date format"),
        ("ToDate(name, name)", "is written out"),
        ("AddDuration(at, 'P')", "is not a duration"),
        ("INDEXOF(name)", "takes 2 or 3 arguments"),
        ("m[1]", "array_get"),
        ("m#name", "expression"),
    ],
)
def test_what_cannot_be_understood_is_told(text, words):
    with pytest.raises(ExpressionRefused) as caught:
        compile_expression(text, FIELDS, Variables())

    assert words in f"{caught.value} {caught.value.hint}"
