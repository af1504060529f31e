"""The function catalogue: the only functions an expression may call.

Each row allows one SQLGlot function class. A function that is not here is refused, however
harmless; an unknown name never reaches an engine. `result` is a type word, or how to find it:
`argument` (type of the first argument), `common` (of all of them), None (not known here).
"""

from dataclasses import dataclass
from typing import Final, Literal

from sqlglot import exp

Group = Literal["string", "date", "math", "logic"]


@dataclass(frozen=True, slots=True)
class Function:
    """One row: `nulls` says what NULL arguments do, `example` is checked by a test."""

    name: str
    signature: str
    group: Group
    node: type[exp.Expr]
    result: str | None
    example: tuple[str, object]
    nulls: str = "NULL when an argument is NULL"
    note: str = ""

    def takes(self, count: int) -> bool:
        """Whether it may be called with so many arguments, by its signature."""
        if "..." in self.signature:
            return count > 0
        optional = self.signature.count("[")
        most = self.signature.count(",") + 1
        return most - optional <= count <= most


_SKIPS = "NULL arguments are left out"

_STRING: Final = (
    Function("upper", "upper(text)", "string", exp.Upper, "string", ("upper('aé')", "AÉ")),
    Function("lower", "lower(text)", "string", exp.Lower, "string", ("lower('AÉ')", "aé")),
    Function("trim", "trim(text [, characters])", "string", exp.Trim, "string",
             ("trim('  a ')", "a"), note="also ltrim and rtrim"),
    Function("length", "length(text)", "string", exp.Length, "long", ("length('añb')", 3)),
    Function("substring", "substring(text, start [, count])", "string", exp.Substring, "string",
             ("substring('delay', 2, 3)", "ela"),
             note="start counts from 1; negative counts from the end; 0 is refused or read as 1"),
    Function("left", "left(text, count)", "string", exp.Left, "string", ("left('delay', 2)", "de")),
    Function("right", "right(text, count)", "string", exp.Right, "string",
             ("right('delay', 2)", "ay")),
    Function("lpad", "lpad(text, length, fill)", "string", exp.Pad, "string",
             ("lpad('7', 3, '0')", "007"), note="also rpad; longer text is cut"),
    Function("replace", "replace(text, from, to)", "string", exp.Replace, "string",
             ("replace('a-b-c', '-', '')", "abc")),
    Function("reverse", "reverse(text)", "string", exp.Reverse, "string",
             ("reverse('abc')", "cba")),
    Function("concat", "concat(a, b, ...)", "string", exp.Concat, "string",
             ("concat('a', NULL, 'b')", "ab"), nulls=_SKIPS,
             note="the operator || gives NULL instead"),
    Function("concat_ws", "concat_ws(separator, a, b, ...)", "string", exp.ConcatWs, "string",
             ("concat_ws('-', 'a', NULL, 'b')", "a-b"), nulls=_SKIPS),
    Function("starts_with", "starts_with(text, start)", "string", exp.StartsWith, "boolean",
             ("starts_with('delay', 'de')", True)),
    Function("ends_with", "ends_with(text, end)", "string", exp.EndsWith, "boolean",
             ("ends_with('delay', 'ay')", True)),
    Function("contains", "contains(text, part)", "string", exp.Contains, "boolean",
             ("contains('delay', 'la')", True)),
    Function("strpos", "strpos(text, part)", "string", exp.StrPosition, "long",
             ("strpos('delay', 'la')", 3), note="0 when absent"),
    Function("split_part", "split_part(text, separator, index)", "string", exp.SplitPart, "string",
             ("split_part('a-b-c', '-', 2)", "b"), note="index counts from 1"),
    Function("repeat", "repeat(text, times)", "string", exp.Repeat, "string",
             ("repeat('ab', 2)", "abab")),
    Function("regexp_matches", "regexp_matches(text, pattern)", "string", exp.RegexpLike, "boolean",
             ("regexp_matches('delay', 'l.y')", True), note="anywhere in the text"),
    Function("regexp_full_match", "regexp_full_match(text, pattern)", "string",
             exp.RegexpFullMatch, "boolean", ("regexp_full_match('delay', 'l.y')", False)),
    Function("regexp_extract", "regexp_extract(text, pattern [, group])", "string",
             exp.RegexpExtract, "string", ("regexp_extract('UA-17', '[A-Z]+-([0-9]+)', 1)", "17"),
             note="empty text when nothing matches"),
    Function("regexp_replace", "regexp_replace(text, pattern, replacement)", "string",
             exp.RegexpReplace, "string", ("regexp_replace('aaa', 'a', 'b')", "bbb"),
             note="replaces every match"),
    Function("md5", "md5(text)", "string", exp.MD5, "string",
             ("md5('a')", "0cc175b9c0f1b6a831c399e269772661")),
    Function("sha256", "sha256(text)", "string", exp.SHA2, "string",
             ("left(sha256('a'), 8)", "ca978112")),
)  # fmt: skip

_DATE: Final = (
    Function("year", "year(time)", "date", exp.Year, "long", ("year(DATE '2013-02-28')", 2013)),
    Function("quarter", "quarter(time)", "date", exp.Quarter, "long",
             ("quarter(DATE '2013-12-31')", 4)),
    Function("month", "month(time)", "date", exp.Month, "long", ("month(DATE '2013-02-28')", 2)),
    Function("week", "week(time)", "date", exp.Week, "long", ("week(DATE '2013-01-01')", 1),
             note="ISO week"),
    Function("day", "day(time)", "date", exp.Day, "long", ("day(DATE '2013-02-28')", 28)),
    Function("hour", "hour(datetime)", "date", exp.Hour, "long",
             ("hour(TIMESTAMP '2013-01-01 17:05:09')", 17)),
    Function("minute", "minute(datetime)", "date", exp.Minute, "long",
             ("minute(TIMESTAMP '2013-01-01 17:05:09')", 5)),
    Function("second", "second(datetime)", "date", exp.Second, "long",
             ("second(TIMESTAMP '2013-01-01 17:05:09')", 9)),
    Function("isodow", "isodow(time)", "date", exp.DayOfWeekIso, "long",
             ("isodow(DATE '2024-01-07')", 7), note="Monday 1 to Sunday 7"),
    Function("dayofyear", "dayofyear(time)", "date", exp.DayOfYear, "long",
             ("dayofyear(DATE '2013-02-01')", 32)),
    Function("date_trunc", "date_trunc('unit', time)", "date", exp.TimestampTrunc, None,
             ("strftime(date_trunc('month', DATE '2013-02-28'), '%Y-%m-%d')", "2013-02-01"),
             note="a date stays a date for units from day up"),
    Function("date_diff", "date_diff('unit', start, end)", "date", exp.DateDiff, "long",
             ("date_diff('month', DATE '2013-01-31', DATE '2013-02-01')", 1),
             note="counts the unit boundaries between the two"),
    Function("last_day", "last_day(time)", "date", exp.LastDay, "date",
             ("strftime(last_day(DATE '2013-02-01'), '%d')", "28")),
    Function("make_date", "make_date(year, month, day)", "date", exp.DateFromParts, "date",
             ("strftime(make_date(2013, 1, 5), '%Y-%m-%d')", "2013-01-05")),
    Function("make_timestamp", "make_timestamp(year, month, day, hour, minute, second)", "date",
             exp.TimestampFromParts, "datetime",
             ("strftime(make_timestamp(2013, 1, 5, 17, 0, 0), '%H:%M')", "17:00")),
    Function("strftime", "strftime(time, format)", "date", exp.TimeToStr, "string",
             ("strftime(DATE '2013-02-28', '%d.%m.%Y')", "28.02.2013")),
    Function("strptime", "strptime(text, format)", "date", exp.StrToTime, "datetime",
             ("year(strptime('28.02.2013', '%d.%m.%Y'))", 2013),
             note="text of another form stops the run"),
    Function("epoch", "epoch(datetime)", "date", exp.TimeToUnix, "long",
             ("epoch(TIMESTAMP '1970-01-02 00:00:00.9')", 86400), note="whole seconds"),
)  # fmt: skip

_MATH: Final = (
    Function("abs", "abs(number)", "math", exp.Abs, "argument", ("abs(-3)", 3)),
    Function("sign", "sign(number)", "math", exp.Sign, "int", ("sign(-3)", -1)),
    Function("ceil", "ceil(number)", "math", exp.Ceil, "argument", ("ceil(-1.5)", -1)),
    Function("floor", "floor(number)", "math", exp.Floor, "argument", ("floor(-1.5)", -2)),
    Function("trunc", "trunc(number)", "math", exp.Trunc, "argument", ("trunc(-1.5)", -1)),
    Function("round", "round(number [, digits])", "math", exp.Round, "argument",
             ("round(-2.5)", -3), note="half away from zero"),
    Function("sqrt", "sqrt(number)", "math", exp.Sqrt, "double", ("sqrt(9)", 3.0),
             nulls="NULL for NULL and for negative numbers"),
    Function("cbrt", "cbrt(number)", "math", exp.Cbrt, "double", ("round(cbrt(27), 6)", 3.0)),
    Function("exp", "exp(number)", "math", exp.Exp, "double", ("exp(0)", 1.0)),
    Function("ln", "ln(number)", "math", exp.Ln, "double", ("ln(0)", None),
             nulls="NULL for NULL and for numbers not above 0"),
    Function("log10", "log10(number)", "math", exp.Log, "double", ("log10(100)", 2.0),
             nulls="NULL for NULL and for numbers not above 0",
             note="plain log is refused: engines disagree on its base"),
    Function("power", "power(number, exponent)", "math", exp.Pow, "double",
             ("power(2, 10)", 1024.0)),
    Function("mod", "mod(a, b)", "math", exp.Mod, "common", ("mod(-7, 3)", -1),
             nulls="NULL for NULL and when b is 0", note="takes the sign of a; also a % b"),
    Function("greatest", "greatest(a, b, ...)", "math", exp.Greatest, "common",
             ("greatest(1, NULL, 3)", 3), nulls=_SKIPS),
    Function("least", "least(a, b, ...)", "math", exp.Least, "common",
             ("least(2, NULL, 3)", 2), nulls=_SKIPS),
)  # fmt: skip

_LOGIC: Final = (
    Function("coalesce", "coalesce(a, b, ...)", "logic", exp.Coalesce, "common",
             ("coalesce(NULL, 2)", 2), nulls="the first argument that is not NULL"),
    Function("nullif", "nullif(a, b)", "logic", exp.Nullif, "argument", ("nullif(1, 1)", None),
             nulls="NULL when a is NULL or equals b"),
    Function("if", "if(condition, then, else)", "logic", exp.If, None, ("if(NULL, 1, 2)", 2),
             nulls="a NULL condition takes the else branch"),
)  # fmt: skip

FUNCTIONS: Final = (*_STRING, *_DATE, *_MATH, *_LOGIC)
"""Every function of the expression language, in the order of its documentation."""

BY_NODE: Final = {function.node: function for function in FUNCTIONS}
BY_NODE[exp.DateTrunc] = BY_NODE[exp.TimestampTrunc]
"""Function by tree class; date_trunc has two, by the kind of constant it is given."""

NAMES: Final = frozenset(
    {function.name for function in FUNCTIONS}
    | {"ltrim", "rtrim", "rpad", "substr", "cast", "try_cast", "case"}
)
"""Names to offer when somebody writes an unknown one."""
