"""Names that are derived from other answers: what they become, and that they always pass their own rule."""

import datetime
import keyword

import pytest
from conftest import make, of_the_day
from hypothesis import example, given
from hypothesis import strategies as st
from macros import macros


names, rules = macros("names"), macros("rules")
KNOWN = macros("known_models")

ODD_NAMES = [
    "GPT-Neo X", "BigBird", "my-model", "123", ".", "..", "class", "None", "True", "con", "A" * 200, "a b " * 50,
    "Ünïcödé", "模型", "ELECTRA", "data2vec", "4-bit", "M2M-100", "x", "_", "bert\nbase", "{{ 7 * 7 }}", "$(touch x)",
    "Qwen 3.5", "Causal LM",
    "a" * 34 + " B" * 20, "Auto", "Generic", "gradient checkpointing", "RoBERTa", "né́e",
]  # fmt: skip


@pytest.mark.parametrize(
    ("model_name", "camelcase_name", "model_type"),
    [
        ("GPT-Neo Z", "GPTNeoZ", "gpt_neo_z"),
        ("GPT-Neo X", "GPTNeoXPort", "gpt_neo_x_port"),
        ("BigBird", "BigBirdPort", "big_bird_port"),
        ("BERT", "BERTPort", "bert_port"),
        ("class", "Class", "class_port"),
        ("None", "NonePort", "none_port"),
        ("4-bit Wonder", "BitWonder", "bit_wonder"),
        ("Ünïque Näme", "NqueNme", "nque_nme"),
        ("A" * 200, "A" * 40, "a" * 40),
        ("Nul", "Nul", "nul_port"),
        ("Qwen3.5-Next", "Qwen3_5Next", "qwen3_5_next"),
        ("Qwen 3.5", "Qwen3_5Port", "qwen3_5_port"),
        ("v1.5.", "V1_5", "v1_5"),
        ("3.5 Turbo", "Turbo", "turbo"),
        ("GPTNeoX2", "GPTNeoX2", "gpt_neox2"),
        ("GPT-NeoX-20B", "GPTNeoX20B", "gpt_neox_20b"),
        ("GPT-NeoX", "GPTNeoXPort", "gpt_neox_port"),
        ("ESM-4", "ESM4", "esm4"),
        ("BoRETa", "BoRETa", "boreta"),
        ("SmolLM9", "SmolLM9", "smollm9"),
        ("FalconRiver", "FalconRiver", "falcon_river"),
        ("Tide Model", "TideModel", "tide_model"),
        ("TideModel", "TideModel", "tide_model"),
        ("GLib", "GLib", "g_lib"),
        ("LlamaPlus", "LlamaPlus", "llama_plus"),
    ],
)
def test_a_model_name_gives_a_class_prefix_and_a_model_type(model_name, camelcase_name, model_type):
    assert names.class_prefix(model_name) == camelcase_name
    assert names.snake_case(camelcase_name, model_name) == model_type


def test_a_class_prefix_of_ones_own_gives_the_model_type():
    assert names.snake_case("OldBird", "GPT-NeoX-20B") == "old_bird"


@pytest.mark.parametrize(
    ("model_name", "model_type", "base"),
    of_the_day(
        [("Tide Model", "tide_model", "TideModelModel"), ("GPT-NeoX-20B", "gpt_neox_20b", "GPTNeoX20BModel")], 1
    ),
)
def test_a_port_of_such_a_name_starts_and_runs(workspace, model_name, model_type, base):
    port = workspace(model_name=model_name, base_model="llama")
    modular = port / "src/transformers/models" / model_type / f"modular_{model_type}.py"
    assert f"class {base}(LlamaModel):" in modular.read_text()
    for target in ("quality", "smoke"):
        done = make(port, target)
        assert done.code == 0, done.output


@pytest.mark.parametrize(
    ("folder", "model_name"),
    [
        ("my-model", "MyModel"),
        ("big_bird", "BigBird"),
        ("GPT-Neo", "GPT Neo"),
        ("qwen3.5-next", "Qwen3.5Next"),
        ("Qwen3_5-Next", "Qwen3.5 Next"),
        ("123", "My Model"),
        ("", "My Model"),
        ("..", "My Model"),
        ("模型", "My Model"),
    ],
)
def test_a_folder_gives_a_model_name(folder, model_name):
    assert names.from_folder(folder) == model_name


def passes_through_all_names(model_name: str, handle: str = "") -> None:
    camelcase_name = names.class_prefix(model_name)
    assert rules.check_camelcase_name(camelcase_name) == ""
    model_type = names.snake_case(camelcase_name, model_name)
    assert rules.check_model_type(model_type) == ""
    assert rules.check_model_type(names.snake_case(camelcase_name)) == ""
    assert model_type.isidentifier() and not keyword.iskeyword(model_type) and len(model_type) <= 40
    assert model_type not in KNOWN.model_types
    assert rules.check_hub_id(names.default_hub_id(handle, model_type)) == ""


@pytest.mark.parametrize("name", ODD_NAMES)
def test_every_default_of_an_odd_name_passes_its_own_rule(name):
    folder_name = names.from_folder(name)
    assert rules.check_model_name(folder_name) == ""
    passes_through_all_names(folder_name)
    if rules.check_model_name(name) == "":
        passes_through_all_names(name, handle="a" * 39)


def test_every_default_of_a_taken_name_passes_its_own_rule():
    for name in (*keyword.kwlist, *KNOWN.model_types, *KNOWN.class_prefixes, *KNOWN.tokenizer_classes):
        passes_through_all_names(name)


@given(st.text(max_size=200))
def test_every_default_of_any_folder_passes_its_own_rule(folder):
    model_name = names.from_folder(folder)
    assert rules.check_model_name(model_name) == ""
    passes_through_all_names(model_name)


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd", "Pd", "Zs"], max_codepoint=0x17F), max_size=60))
def test_every_accepted_model_name_gives_names_that_pass(model_name):
    if rules.check_model_name(model_name) == "":
        passes_through_all_names(model_name)


@given(st.from_regex(r"[A-Z][A-Za-z0-9]{0,39}(_[A-Za-z0-9]+)?", fullmatch=True))
def test_every_accepted_class_prefix_gives_a_model_type_that_passes(camelcase_name):
    if rules.check_camelcase_name(camelcase_name) == "":
        assert rules.check_model_type(names.snake_case(camelcase_name)) == ""


@given(st.dates())
@example(datetime.date(9999, 12, 31))
@example(datetime.date(1, 1, 1))
def test_the_end_follows_any_start(start):
    end = names.some_weeks_after(start.isoformat())
    assert rules.check_end_date(end, start.isoformat()) == ""
    if start.year < 9999:
        assert end == (start + datetime.timedelta(weeks=6)).isoformat()


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("https://github.com/google-research/bigbird", "https://github.com/google-research/bigbird.git"),
        ("https://github.com/google-research/bigbird/", "https://github.com/google-research/bigbird.git"),
        ("https://github.com/google-research/bigbird.git", "https://github.com/google-research/bigbird.git"),
        ("https://github.com/a/b/tree/main/c?tab=readme#d", "https://github.com/a/b.git"),
        ("https://gitlab.com/a/b/-/tree/main/c", "https://gitlab.com/a/b.git"),
        ("https://example.org", ""),
        ("https://example.org/a;b(c)", ""),
        ("", ""),
    ],
)
def test_the_address_to_clone_follows_from_the_page(page, address):
    assert rules.check_url(page) == ""
    assert names.clone_url(page) == address


@given(st.from_regex(r"https?://[a-z.]{1,9}[/?#a-zA-Z0-9@&()+,;=:%._~-]{0,40}", fullmatch=True))
def test_the_address_to_clone_always_passes(page):
    if rules.check_url(page) == "":
        assert rules.check_clone_url(names.clone_url(page)) == ""
