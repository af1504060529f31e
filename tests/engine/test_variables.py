import pytest

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
