import pytest
import sqlglot

from engine.expressions import ExpressionRefused, compile_expression
from engine.fields import Field, Fields
from engine.variables import Variables, check_variable

FIELDS = Fields((Field("name", "string"), Field("n", "long")))


def sql(text: str, variables: Variables) -> str:
    return compile_expression(text, FIELDS, variables)[0].sql(dialect="duckdb")


def test_a_variable_in_an_expression_keeps_its_own_brackets():
    assert sql("n * $x", Variables({"x": "1 + 1"})) == '"n" * (1 + 1)'


def test_a_variable_in_a_text_becomes_part_of_the_text_only():
    variables = Variables({"x": "'a'' OR 1=1 --'"})

    assert sql("name = '$x'", variables) == "\"name\" = 'a'' OR 1=1 --'"


def test_a_computed_value_is_evaluated_before_it_enters_a_text():
    variables = Variables({"d": "strftime(DATE '2024-02-28' + INTERVAL 2 DAY, '%Y-%m-%d')"})

    assert variables.substitute("in/$d.csv costs $$5") == "in/2024-03-01.csv costs $5"


def test_variables_may_use_others_but_not_in_a_circle():
    assert Variables({"a": "$b * 2", "b": "3"}).text("a") == "6"
    with pytest.raises(ExpressionRefused, match=r"\$a -> \$b -> \$a"):
        Variables({"a": "$b", "b": "$a"}).text("a")


def test_a_variable_with_a_rewritten_function_is_rewritten_once():
    assert Variables({"a": "regexp_replace('xx', 'x', 'y')"}).text("a") == "yy"


def test_an_undefined_variable_is_named_with_the_nearest_known_one():
    with pytest.raises(ExpressionRefused) as caught:
        Variables({"minimum": "1"}).substitute("$minimun")

    assert caught.value.code == "undefined_variable"
    assert caught.value.hint == "Did you mean minimum?"


def test_a_bare_word_is_told_to_be_quoted():
    with pytest.raises(ExpressionRefused) as caught:
        check_variable("country", "US", {})

    assert "'US'" in caught.value.hint


@pytest.mark.parametrize("value", ["(SELECT 1)", "getenv('HOME')", "1; DROP TABLE t", "n"])
def test_a_variable_is_checked_like_any_expression(value):
    with pytest.raises(ExpressionRefused):
        sql("n + $x", Variables({"x": value}))


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("d > '$t'", "d > 'x'' OR 1=1 --'"),
        ("d > $t", "d > 'x'' OR 1=1 --'"),
        ("n > $n", "n > 5"),
        ('"col $t" = 1', '"col x\' OR 1=1 --" = 1'),
        ("a = '$$' AND b = $n", "a = '$' AND b = 5"),
        ("a = 'it''s $n'", "a = 'it''s 5'"),
    ],
)
def test_a_value_never_changes_the_structure_of_sql(fragment, expected):
    variables = Variables({"n": "5"}, {"t": "x' OR 1=1 --"})

    assert variables.bind_sql(fragment) == expected


def test_variables_are_refused_in_texts_with_escapes():
    with pytest.raises(ExpressionRefused):
        Variables({}, {"t": "\\"}).bind_sql("a = e'$t'")


SECRET = "s3cret-Value"


def test_a_secret_variable_is_a_text_before_everything_of_its_name():
    variables = Variables({"k": "1"}, {"k": "2"}, {"k": SECRET})

    assert variables.text("k") == SECRET
    assert sql("name = $k", variables) == f"\"name\" = '{SECRET}'"
    assert sql("name = $k", Variables({}, {}, {"k": "12"})) == "\"name\" = '12'"


def test_what_is_handed_on_holds_no_secret_in_any_form():
    variables = Variables(
        {"plain": "'a'", "header": "'Bearer ' || $k", "coded": "base64('u:' || $k)"},
        {"given": "b"},
        {"k": SECRET},
    )

    assert variables.texts() == {"plain": "a", "given": "b"}
    assert variables.with_values({"k": "other"}).text("k") == SECRET
    assert variables.hold_secret(f"x{SECRET.upper()}")


def test_variables_that_double_each_other_are_refused_at_once():
    names = [f"v{n}" for n in range(40)]
    doubling = {a: f"${b} || ${b}" for a, b in zip(names, names[1:], strict=False)}

    with pytest.raises(ExpressionRefused):
        Variables({**doubling, names[-1]: "'x'"}).text("v0")


@pytest.mark.parametrize(
    "fragment",
    [
        r"a = 'it\'s' AND b = $t",
        "a = 1 # it's $t",
        "a = `it's` AND b = $t",
        "[it's] = $t AND [that's] = 1",
        "a = q'[it's $t]'",
        "a = U&'d' AND b = $t",
        "a = _latin1'x' AND b = $t",
        "a = 'open AND b = $t",
        'a = "open AND b = $t',
        "/* /* */ $t */",
        "a = $x$ $t $x$",
    ],
)
def test_sql_that_some_database_reads_otherwise_takes_no_variables(fragment):
    with pytest.raises(ExpressionRefused, match="databases disagree"):
        Variables({"x": "1"}, {"t": "' OR 1=1 --"}).bind_sql(fragment)


@pytest.mark.parametrize("value", ["\\", "a\\'", "x\x00y", "\x1b", "a\x08"])
def test_a_value_that_some_database_reads_as_an_escape_is_refused(value):
    with pytest.raises(ExpressionRefused, match="escape"):
        Variables({}, {"t": value}).bind_sql("a = '$t'")


def test_a_variable_in_braces_is_one_in_sql():
    variables = Variables({}, {"t": "it's", "n": "-5"})

    assert variables.bind_sql("a = '${t}s' AND n = ${n}") == "a = 'it''ss' AND n = (-5)"


HARD_VALUES = [
    "' OR 1=1 --", "'; DROP TABLE t; --", "''", "'''", '"', "$x", "${x}", "$$", "1 OR 1=1",
    "1/**/", "\u02bc OR 1=1", "\uff07", "a\nb", "' || getenv('HOME') || '", "%' --", "a'b'c",
]  # fmt: skip


@pytest.mark.parametrize("value", HARD_VALUES)
@pytest.mark.parametrize("fragment", ["s = $t", "s = '$t'", "s = '<$t>'", "s IN ('a', $t)"])
def test_a_value_stays_one_constant_for_every_reader(value, fragment):
    calm = Variables({}, {"t": "word"}).bind_sql(fragment)
    bound = Variables({}, {"t": value}).bind_sql(fragment)

    for dialect in ("duckdb", "postgres", "sqlite", "mysql", "tsql"):
        shapes = [
            [type(node).__name__ for node in sqlglot.parse_one(text, read=dialect).walk()]
            for text in (calm, bound)
        ]
        assert shapes[0] == shapes[1], (dialect, bound)
