"""The rules for answers, one by one, on good and bad answers; tests/test_answers.py shows that Copier applies them."""

import calendar
import datetime
import json
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2.exceptions import FilterArgumentError
from macros import QUESTIONS, macros


rules, types = macros("rules"), macros("types")
ANY_YAML = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**50), 10**50) | st.floats() | st.text() | st.dates() | st.binary(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)

GOOD = {
    "model_name": ["BigBird", "GPT-Neo X", "x", "Ünique", "T5 {{ 1 }}"],
    "camelcase_name": ["BigBirdPort", "X", "Qwen99_5", "A" * 40],
    "model_type": ["big_bird_port", "x", "a1_b2", "a" * 40],
    "tokenizer_class": ["BertTokenizer", "GPT2Tokenizer", "RobertaTokenizer", "PreTrainedTokenizerFast"],
    "handle": ["", "patrickvonplaten", "a-b-c", "name_company", "a" * 39],
    "date": ["2020-12-02", "2000-02-29", "0001-01-01", "9999-12-31"],
    "optional_date": ["", "2020-12-02"],
    "url": ["", "https://github.com/a/b", "http://localhost:8000/x?y=1&z=(2)#t", "https://x.org"],
    "clone_url": ["", "https://github.com/a/b.git", "git@github.com:a/b.git", "ssh://git@host:22/~a/b.git"],
    "hub_id": ["google/bigbird-roberta-base", "a/b", "A.b_c/d_e.f-g"],
    "list": [[], ["a"], ["a: b", "{{ c }}\n- d"]],
    "resources": [[], ["https://x.org/a"], ["a talk: https://x.org/a", "the book"]],
    "teacher_notes": [{}, {"conversion": "a\nb", "model_changes": "c"}],
    "yes_or_no": [True, False],
    "text": ["", "a\nb", "\0", "🙂", "a" * 10_000],
}
BAD = {
    "model_name": ["", "123", "模型", "-", None, 5],
    "camelcase_name": ["", "x", "big_bird", "A b", "A__b", "A_", "É", "A" * 41, "Bert", "BERT", "None", "X\n", 5],
    "model_type": ["", "X", "1a", "a__b", "_a", "a_", "a-b", "a.b", "é", "a" * 41, "class", "nul", "bert", "a\n"],
    "tokenizer_class": ["", "Nonsense", "AutoTokenizer", "PreTrainedTokenizer", "BertTokenizer\n", ["BertTokenizer"]],
    "handle": ["@a", "-a", "a-", "a--b", "a b", "a" * 40, "https://github.com/a", "é", "a\n", True],
    "date": ["", "2020-2-1", "2021-02-29", "1900-02-29", "2020-13-01", "2020-04-31", "2020-12-02\n", "0000-01-01",
             "۲۰۲۰-۰۱-۰۱"],
    "optional_date": [" ", "tomorrow", datetime.date(2020, 12, 2)],
    "url": ["x.org", "ftp://x.org", "https://", "https://a b", "https://x.org/<b>", "https://u@x.org", 'https://x.org/"',
            " "],
    "clone_url": ["x", "-u", "ext::sh -c x", "https://x.org/a;b", "https://x.org/$(a)", "git@x:a b", "file:///a",
                  "--upload-pack=a"],
    "hub_id": ["", "a", "a/b/c", "a/", "/a", "a/b--c", "a/b..c", "a/-b", "a/b-", "a/b.git", "a/" + "b" * 96, "a b/c"],
    "list": ["a", "", None, 5, {"a": "b"}, [1], [None], [""], [" "], [["a"]], [True], ["\ud800"]],
    "resources": [["https://a b"], ["http:/x"], "https://x.org", [7]],
    "teacher_notes": [[], "a", None, {"slot": "a"}, {"conversion": ""}, {"conversion": ["a"]}, {5: "a"}],
    "yes_or_no": ["maybe", "", None, 2, []],
    "text": [None, 5, True, 1.5, ["a"], {"a": "b"}, datetime.date(2020, 12, 2), "\ud800"],
}  # fmt: skip


def verdict(rule: str, answer) -> str:
    """The line for -d and data files; tests/test_prompt.py has the other."""
    return rules.refused("it", getattr(rules, f"check_{rule}")(answer), {"it": answer})


@pytest.mark.parametrize("rule", GOOD)
def test_a_good_answer_passes(rule):
    assert [answer for answer in GOOD[rule] if verdict(rule, answer)] == []


@pytest.mark.parametrize("rule", BAD)
def test_a_bad_answer_gets_one_short_line(rule):
    for answer in BAD[rule]:
        line = verdict(rule, answer)
        assert line, answer
        assert line.isprintable() and len(line) < 330, line


def test_an_end_may_be_the_start_but_not_before():
    assert rules.check_end_date("2020-12-02", "2020-12-02") == ""
    assert rules.check_end_date("2020-12-01", "2020-12-02").startswith("must not be before 2020-12-02\n")
    assert rules.check_end_date("2020-02-30", "2020-12-02").startswith("must be real; 2020-02 has 29 days\n")


@pytest.mark.parametrize("year", [1900, 2000, 2023, 2024, 2100])
def test_the_real_days_of_a_year_are_the_calendar_s(year):
    for month in range(1, 13):
        for day in range(1, 33):
            accepted = rules.check_date(f"{year}-{month:02}-{day:02}") == ""
            assert accepted == (day <= calendar.monthrange(year, month)[1])


@settings(max_examples=200)
@given(ANY_YAML)
def test_any_answer_at_all_gets_nothing_or_one_line(answer):
    for rule in GOOD:
        line = verdict(rule, answer)
        assert not line or (line.isprintable() and len(line) < 330)


def test_every_question_but_the_choices_has_a_rule_and_a_type_that_knows_its_own_answer():
    for key, question in QUESTIONS.items():
        assert re.search(rf"type\.\w+\({key}\)", question["type"]), key
        if "choices" not in question:
            assert re.search(rf"check_\w+\({key}[,)]", question["validator"]), key


def test_every_question_is_a_known_key():
    assert macros("keys").keys == list(QUESTIONS)


def test_an_unknown_key_is_refused_with_the_nearest_and_a_retired_one_named():
    keys = macros("keys")
    assert keys.refuse_unknown({"model_name": "a", "_src_path": "b", "more_detail": True}, "port") == ""
    with pytest.raises(FilterArgumentError, match=r"^no question is called 'modelname' \(nearest: model_name\), 5 \("):
        keys.refuse_unknown({"modelname": 1, 5: 2}, "port")
    with pytest.raises(FilterArgumentError, match=r"^no question is called 'x\\n\{\{ 7 \* 7 }}' \([^\n]*$"):
        keys.refuse_unknown({"x\n{{ 7 * 7 }}": 1}, "port")
    assert keys.refuse_unknown({"modelname": 1}, "/tmp/copier._main.new_copy.x") == ""
    assert keys.ignored({"more_detail": True}) == "Ignored, for the question is no more: more_detail (answer detail)"
    assert keys.ignored({"more_detail": True, "detail": "all"}) == ""
    assert set(keys.retired) & set(QUESTIONS) == set() and set(keys.retired.values()) <= set(QUESTIONS)


FLOW = st.lists(
    st.sampled_from([*"[]{},:#\"'\\ -?&*!|>%@`~0x_9.(", "u0041", "2020-13-45", "a: ", "\t", "b", "é", "\n", "\x85"])
).map("".join)


@settings(max_examples=1000)
@given(st.one_of(FLOW, FLOW.map("[{}]".format), FLOW.map("{{{}}}".format), FLOW.map("[a, {}]".format)))
def test_one_line_that_is_taken_for_yaml_is_yaml(text):
    if "\n" not in text and types.collection(text) == "yaml":
        assert isinstance(yaml.safe_load(text), list | dict)


@given(
    st.lists(
        st.text(
            st.characters(
                codec="utf-8", exclude_categories=["Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff"
            )
        )
    )
)
def test_what_json_writes_is_taken_for_yaml(items):
    assert types.collection(json.dumps(items, ensure_ascii=False)) == "yaml"
    assert types.collection(json.dumps(dict.fromkeys(items, "text"), ensure_ascii=False)) == "yaml"


@pytest.mark.parametrize(
    "text",
    [
        "[https://x.org/a_(b)#d, e]",
        "[a b, (c) d:e]",
        "{conversion: split it, model_changes: 'it''s'}",
        "[中文]",
        "- a\n- b",
    ],
)
def test_usual_ways_to_write_a_collection_are_taken_for_yaml(text):
    assert types.collection(text) == "yaml"
