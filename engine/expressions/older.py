"""Function names of existing packages, each said in the catalogue's words.

A name that the catalogue has too keeps the catalogue's meaning. Letters may be large or small.
`OLDER` holds what can be said, one text of the expression language for each number of arguments;
`NOT_OFFERED` the rest, with the reason and what to use instead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlglot import exp

from engine.expressions.errors import ExpressionRefused
from engine.expressions.older_times import datetime_format, moved_by
from engine.expressions.parsing import parse_expression

_Said = str | Callable[[Sequence[exp.Expr]], exp.Expr]
_Names = dict[str, Mapping[int, _Said]]


@dataclass(frozen=True, slots=True)
class OlderName:
    """`spelled` holds a text for each number of arguments, with $a, $b ... for them, or a maker."""

    spelled: Mapping[int, _Said]

    def in_new_spelling(self, name: str, arguments: Sequence[exp.Expr]) -> exp.Expr:
        """The call as a tree of the new spelling. Raises ExpressionRefused for a wrong count."""
        meaning = self.spelled.get(len(arguments))
        if meaning is None:
            counts = " or ".join(str(count) for count in self.spelled)
            raise ExpressionRefused(
                "wrong_argument_count",
                f"{name[:60]} takes {counts} arguments; {len(arguments)} were given.",
            )
        return meaning(arguments) if callable(meaning) else _said(meaning, arguments)


def _said(text: str, arguments: Sequence[exp.Expr]) -> exp.Expr:
    tree = exp.Paren(this=_parsed(text).copy())
    for node in list(tree.find_all(exp.Placeholder)):
        argument = arguments[ord(node.this) - ord("a")]
        node.replace(exp.Paren(this=argument.copy()))
    return tree


@cache
def _parsed(text: str) -> exp.Expr:
    return parse_expression(text)


def any_number(template: Callable[[str], str], most: int = 26) -> dict[int, _Said]:
    """The same text for any number of arguments."""
    names = [f"${chr(ord('a') + index)}" for index in range(26)]
    return {count: template(", ".join(names[:count])) for count in range(1, most + 1)}


def _formatted(make: str) -> Callable[[Sequence[exp.Expr]], exp.Expr]:
    """A call with a date format in the second place, put into the new spelling."""

    def build(arguments: Sequence[exp.Expr]) -> exp.Expr:
        return _said(make, [arguments[0], datetime_format(arguments[1])])

    return build


def _moved(sign: int) -> Callable[[Sequence[exp.Expr]], exp.Expr]:
    def build(arguments: Sequence[exp.Expr]) -> exp.Expr:
        tree: exp.Expr = exp.Paren(this=arguments[0].copy())
        for unit, amount in moved_by(arguments[1]):
            tree = _said(f"date_add('{unit}', {sign * amount}, $a)", [tree])
        return tree

    return build


_ADDED: Final[_Names] = {
    "ucase": {1: "upper($a)"}, "lcase": {1: "lower($a)"},
    "substr": {2: "substring($a, $b)", 3: "substring($a, $b, $c)"},
    "len": {1: "length($a)"}, "char_length": {1: "length($a)"},
    "character_length": {1: "length($a)"},
    "pow": {2: "power($a, $b)"}, "ceiling": {1: "ceil($a)"},
    "ifnull": {2: "coalesce($a, $b)"}, "nvl": {2: "coalesce($a, $b)"},
    "dayofmonth": {1: "day($a)"}, "weekofyear": {1: "week($a)"},
    "day_of_year": {1: "dayofyear($a)"},
    "datediff": {3: "date_diff($a, $b, $c)"}, "datetrunc": {2: "date_trunc($a, $b)"},
    "string_split": {2: "split($a, $b)"},
    "unix_timestamp": {1: "epoch($a)"},
}  # fmt: skip
"""Other names that people try."""

_TEXT: Final[_Names] = {
    "regex_extract": {3: "CASE WHEN regexp_matches($a, $b) THEN regexp_extract($a, $b, $c) END"},
    "indexof": {2: "strpos($a, $b) - 1",
                3: "CASE WHEN strpos(substring($a, $c + 1), $b) = 0 THEN -1"
                   " ELSE strpos(substring($a, $c + 1), $b) + $c - 1 END"},
    "last_index_of": {2: "strrpos($a, $b) - 1"},
    "startswith": {2: "starts_with($a, $b)"},
    "endswith": {2: "ends_with($a, $b)"},
    "equalsignorecase": {2: "equals_ignore_case($a, $b)"},
    "sprintf": any_number(lambda listed: f"printf({listed})"),
    "strsplit": {2: "regexp_split($a, $b)"},
    "strsplittobag": {2: "regexp_split($a, $b)"},
    "tokenize": {1: "array_remove(regexp_split($a, '[ \",()*\\t\\r\\n]+'), '')",
                 2: "array_remove(split($a, $b), '')"},
}  # fmt: skip

_TIME: Final[_Names] = {
    "currenttime": {0: "now()"},
    "todate": {1: "CAST($a AS datetime)", 2: _formatted("strptime($a, $b)")},
    "tostring": {1: "CAST($a AS string)", 2: _formatted("strftime($a, $b)")},
    "tounixtime": {1: "epoch($a)"},
    "tomilliseconds": {1: "epoch_ms($a)"},
    "addduration": {2: _moved(1)},
    "subtractduration": {2: _moved(-1)},
    "getyear": {1: "year($a)"}, "getmonth": {1: "month($a)"}, "getweek": {1: "week($a)"},
    "getweekyear": {1: "isoyear($a)"}, "getday": {1: "day($a)"}, "gethour": {1: "hour($a)"},
    "getminute": {1: "minute($a)"}, "getsecond": {1: "second($a)"},
    "getmillisecond": {1: "millisecond($a)"},
    "switchtimezone": {2: "in_zone($a, $b)"},
    "truncatedate": {2: "date_trunc($b, $a)"},
    "millisecondsbetween": {2: "epoch_ms($a) - epoch_ms($b)"},
    **{
        f"{unit}sbetween": {2: f"whole_diff('{unit}', $b, $a)"}
        for unit in ("year", "month", "week", "day", "hour", "minute", "second")
    },
}  # fmt: skip

_NUMBER: Final[_Names] = {
    "round_to": {2: "round($a, $b)"},
    "isnumeric": {1: "is_number($a)"},
    "isdate": {1: "is_date($a)"},
    "isempty": {1: "is_empty($a)"},
}

_NESTED: Final[_Names] = {
    "jsonstringtomap": {1: "json_compact($a)"},
    "jsonstringtobag": {1: "json_query($a, '$$')"},
    "jsonextract": {2: "json_value($a, $b)"},
    "tojson": {1: "to_json($a)"},
    "tobag": any_number(lambda listed: f"array({listed})"),
    "totuple": any_number(lambda listed: f"array({listed})"),
    "tomap": any_number(lambda listed: f"json_object({listed})"),
    "bagtostring": {1: "array_join($a, '_')", 2: "array_join($a, $b)"},
    "bagtotuple": {1: "json_query($a, '$$')"},
    "keyset": {1: "json_keys($a)"},
    "valuelist": {1: "json_values($a)"},
    "diff": {2: "array_except($a, $b)"},
}

_CODED: Final[_Names] = {
    "base64encode": {1: "base64($a)"}, "base64decode": {1: "from_base64($a)"},
    "urlencode": {1: "url_encode($a)"}, "urldecode": {1: "url_decode($a)"},
    "hmac": {2: "hmac_sha256($a, $b)"},
}  # fmt: skip

OLDER: Final = {
    name: OlderName(spelled)
    for group in (_ADDED, _TEXT, _TIME, _NUMBER, _NESTED, _CODED)
    for name, spelled in group.items()
}

_BY_NATURE = "an expression gives the same value in every attempt of a run"
_OUTSIDE = "an expression reaches nothing outside the run"

NOT_OFFERED: Final = {
    "log": ("engines disagree on its base", "Use log10(x) or ln(x)."),
    "size": (
        "it counts different things in different types",
        "Use length(text), array_length(array) or json_length(json).",
    ),
    "regex_extract_all": (
        "there are no tuples", "Use regexp_extract(text, pattern, n) for each group."
    ),
    "xmltojson": ("XML is not read here", "Convert the XML before it is loaded."),
    "flatten": ("it makes rows, not a value", "Use the property or component that flattens."),
    "top": ("it makes rows, not a value", "Use the sort and limit components."),
    **dict.fromkeys(
        ("random", "rand"), (_BY_NATURE, "Use the sample component with a seed, or hash_bucket.")
    ),
    **dict.fromkeys(("uuid", "gen_random_uuid"), (_BY_NATURE, "Use uuid_of(text) with a key.")),
    **dict.fromkeys(
        ("curl", "ccurl", "curlwithpagination", "ccurlwithpagination"),
        (_OUTSIDE, "Use the rest_api_source component."),
    ),
    **dict.fromkeys(
        ("executesqlstring", "executesqlnumeric", "executesqldatetime"),
        (_OUTSIDE, "Use a database_source, or the execute SQL task of a workflow."),
    ),
    **dict.fromkeys(
        ("geoip", "iptocountry", "useragent", "parseuseragent", "countryname", "phonenormalize"),
        ("it needs tables that change", "Join the data with a table of your own."),
    ),
    **{
        name: ("rows are counted by the aggregate component", instead)
        for name, instead in (
            ("count", "Use array_length(array_compact(array)) for an array."),
            ("sum", "Use array_sum(array) for an array."),
            ("avg", "Use array_average(array) for an array."),
            ("min", "Use least(a, b) for values, array_min(array) for an array."),
            ("max", "Use greatest(a, b) for values, array_max(array) for an array."),
        )
    },
}  # fmt: skip
