"""Pieces that the test files of every kind have."""

import json
import textwrap

from porting.base.modular_file import licence
from porting.test_files.known import Known
from porting.test_files.subject import Subject


def page(subject: Subject, imports: list[str], torch_imports: list[str], classes: list[str]) -> str:
    """A test file: licence, title, imports, classes. `torch_imports` are the names that need torch."""
    lines = [
        licence(subject.names.year) + f'"""Testing suite for the PyTorch {subject.names.prefix} model."""\n',
        *imports,
        "\n\nif is_torch_available():\n    import torch\n",
        f"    from transformers import {', '.join(sorted(torch_imports))}\n\n",
        "\n\n".join(classes),
    ]
    return "\n".join(lines)


def attributes(known: Known) -> str:
    """Lines of a test class that say what upstream's common tests cannot expect of this model."""
    return "".join(f"{name} = {literal(value)}\n" for name, value in known.attributes.items())


def skips(known: Known) -> str:
    """Methods of a test class for common tests that the parent fails too."""
    return indented(
        "\n".join(
            f"@unittest.skip(reason={json.dumps(reason, ensure_ascii=False)})\ndef {test}(self):\n    pass\n"
            for test, reason in known.skip.items()
        )
    )


def reverse_loading(subject: Subject) -> str:
    """The common test of conversion rules, as models have it whose rules name the base model within one with a head."""
    if not any(subject.holds_base(name) for name in subject.tested if name != subject.base):
        return ""
    return """\
    def test_reverse_loading_mapping(self):
        # Rules name the base model as models with a head hold it
        super().test_reverse_loading_mapping(skip_base_model=True)

"""


def pipelines(subject: Subject) -> str:
    """`pipeline_model_mapping` of a test class."""
    listed = "".join(f'"{task}": {name},\n' for task, name in subject.pipelines.items())
    return f"pipeline_model_mapping = (\n{{\n{listed}}}\nif is_torch_available()\nelse {{}}\n)\n"


def integration(subject: Subject, model: str, kind: str) -> str:
    """The class of slow tests with the real weights, every place for the original's values marked."""
    generates = kind in ("causal_lm", "conditional_generation")
    decoder_ids = kind == "conditional_generation"
    text = {
        "causal_lm": "the beginning of a text",
        "conditional_generation": "a text, and for the beginning of an answer",
        "masked_lm": "a sentence with a masked token",
    }.get(kind, "a sentence")
    output = "last_hidden_state" if kind == "base" else "logits"
    size = "hidden_size" if kind == "base" else "vocab_size"
    what = (
        "hidden states at positions 1 to 3, features 1 to 3"
        if kind == "base"
        else "logits at positions 1 to 3, tokens 1 to 3"
    )
    length = "decoder_input_ids" if decoder_ids else "input_ids"
    second = "    decoder_input_ids = [[2, 10, 11, 12, 13]]\n" if decoder_ids else ""
    inputs = "input_ids, decoder_input_ids=decoder_input_ids" if decoder_ids else "input_ids"
    more = (
        "        decoder_input_ids = torch.tensor(self.decoder_input_ids, device=torch_device)\n"
        if decoder_ids
        else ""
    )
    made = f"""\
@slow
@require_torch
class {subject.name}IntegrationTest(unittest.TestCase):
    checkpoint = {json.dumps(subject.names.checkpoint)}
    # FILL: ids that the original's tokenizer gives for {text}
    input_ids = [[1, 10, 11, 12, 13]]
{second}
    def setUp(self):
        cleanup(torch_device, gc_collect=True)

    def tearDown(self):
        cleanup(torch_device, gc_collect=True)

    def test_inference(self):
        model = {model}.from_pretrained(self.checkpoint).to(torch_device).eval()
        input_ids = torch.tensor(self.input_ids, device=torch_device)
{more}        with torch.no_grad():
            output = model({inputs}).{output}

        self.assertEqual(output.shape, (1, len(self.{length}[0]), model.config.{size}))
        # FILL: the original's {what} (no value equals nan)
        expected_slice = torch.full((3, 3), torch.nan)
        torch.testing.assert_close(output[0, 1:4, 1:4].float().cpu(), expected_slice, rtol=1e-4, atol=1e-4)
"""
    if generates:
        start = "" if decoder_ids else ", input_ids.shape[1] :"
        made += f"""
    def test_greedy_generation(self):
        model = {model}.from_pretrained(self.checkpoint).to(torch_device).eval()
        input_ids = torch.tensor(self.input_ids, device=torch_device)
        generated_ids = model.generate(input_ids, max_new_tokens=10, do_sample=False)

        # FILL: the ids that the original writes (none yet)
        expected_ids = []
        self.assertEqual(generated_ids[0{start}].tolist(), expected_ids)
"""
    return made


def literal(value: object) -> str:
    """A value as Python writes it; strings with double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def indented(text: str) -> str:
    return textwrap.indent(text, "    ")
