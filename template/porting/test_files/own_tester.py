"""The test file of an encoder, an encoder-decoder or a decoder of its own kind: a tester that stands in the file."""

from porting.test_files import one_side, pieces
from porting.test_files.known import Known
from porting.test_files.sizes import Sizes
from porting.test_files.subject import Subject


# Head -> the test of it: its labels, and the shapes of what it gives.
_LABELS = {
    "conditional_generation": "ids_tensor([tester.batch_size, tester.seq_length], tester.vocab_size)",
    "causal_lm": "ids_tensor([tester.batch_size, tester.seq_length], tester.vocab_size)",
    "masked_lm": "ids_tensor([tester.batch_size, tester.seq_length], tester.vocab_size)",
    "token_classification": "ids_tensor([tester.batch_size, tester.seq_length], tester.num_labels)",
    "sequence_classification": "ids_tensor([tester.batch_size], tester.num_labels)",
    "multiple_choice": "ids_tensor([tester.batch_size], tester.num_choices)",
    "next_sentence_prediction": "ids_tensor([tester.batch_size], 2)",
}
_SHAPES = {
    "conditional_generation": "(tester.batch_size, tester.seq_length, tester.vocab_size)",
    "causal_lm": "(tester.batch_size, tester.seq_length, tester.vocab_size)",
    "masked_lm": "(tester.batch_size, tester.seq_length, tester.vocab_size)",
    "token_classification": "(tester.batch_size, tester.seq_length, tester.num_labels)",
    "sequence_classification": "(tester.batch_size, tester.num_labels)",
    "multiple_choice": "(tester.batch_size, tester.num_choices)",
    "next_sentence_prediction": "(tester.batch_size, 2)",
}


def text(subject: Subject, sizes: Sizes, known: Known) -> str:
    """The file's text, before it is formatted."""
    kind, model = _shown(subject)
    generates = any(map(subject.generates, subject.tested))
    torch_imports = sorted({*subject.tested, *subject.one_sided, *subject.pipelines.values(), model})
    tester = _tester(subject, sizes)
    helpers = "ids_tensor, random_attention_mask" if "random_attention_mask" in tester else "ids_tensor"
    imports = [
        "import unittest\n",
        f"from transformers import {subject.config}, is_torch_available",
        "from transformers.testing_utils import cleanup, require_torch, slow, torch_device\n",
        *(["from ...generation.test_utils import GenerationTesterMixin"] if generates else []),
        "from ...test_configuration_common import ConfigTester",
        f"from ...test_modeling_common import ModelTesterMixin, {helpers}",
        "from ...test_pipeline_mixin import PipelineTesterMixin\n",
    ]
    classes = [
        tester,
        _tests(subject, sizes, known, generates),
        *one_side.classes(subject),
        pieces.integration(subject, model, kind),
    ]
    return pieces.page(subject, imports, torch_imports, classes)


def _shown(subject: Subject) -> tuple[str, str]:
    """The head that the slow tests run, and its class."""
    for head in ("conditional_generation", *(("causal_lm",) if subject.kind == "decoder" else ()), "masked_lm"):
        if subject.head(head):
            return head, subject.head(head)
    return "base", subject.base


def _tester(subject: Subject, sizes: Sizes) -> str:
    values = {"batch_size": 13, "seq_length": 7, "is_training": True, **sizes.attributes(), "num_labels": 3}
    if subject.head("multiple_choice"):
        values["num_choices"] = 4
    values["first_plain_token"] = sizes.first_plain_token
    parameters = "".join(f"        {name}={pieces.literal(value)},\n" for name, value in values.items())
    assigned = "".join(f"        self.{name} = {name}\n" for name in values)
    named = "".join(f"            {field}=self.{sizes.common_names.get(field, field)},\n" for field in sizes.values)
    return f"""\
class {subject.name}ModelTester:
    def __init__(
        self,
        parent,
{parameters}    ):
        self.parent = parent
{assigned}
    def get_config(self):
        return {subject.config}(
{named}        )

    def prepare_tokens(self):
        \"\"\"Random token ids of one batch, none of them special{" but an end of sequence at the end" if _ends(subject, sizes) else ""}.\"\"\"
        token_ids = ids_tensor([self.batch_size, self.seq_length], self.vocab_size - self.first_plain_token)
{_returned(subject, sizes)}
    def prepare_config_and_inputs_for_common(self):
{_inputs(subject, sizes)}        return self.get_config(), inputs_dict
"""


def _ends(subject: Subject, sizes: Sizes) -> bool:
    return subject.is_encoder_decoder and isinstance(getattr(sizes.config, "eos_token_id", None), int)


def _returned(subject: Subject, sizes: Sizes) -> str:
    if not _ends(subject, sizes):
        return "        return token_ids + self.first_plain_token\n"
    return f"""\
        token_ids += self.first_plain_token
        token_ids[:, -1] = {sizes.config.eos_token_id}
        return token_ids
"""


def _inputs(subject: Subject, sizes: Sizes) -> str:
    if subject.is_encoder_decoder:
        return """\
        input_ids = self.prepare_tokens()
        decoder_input_ids = self.prepare_tokens()
        inputs_dict = {
            "input_ids": input_ids,
            "attention_mask": torch.ones_like(input_ids),
            "decoder_input_ids": decoder_input_ids,
            "decoder_attention_mask": torch.ones_like(decoder_input_ids),
        }
"""
    arguments = subject.arguments(subject.base)
    lines = ['            "input_ids": self.prepare_tokens(),\n']
    segments = getattr(sizes.config, "type_vocab_size", 0) or 0
    if "token_type_ids" in arguments and segments > 1:
        lines.append(f'            "token_type_ids": ids_tensor([self.batch_size, self.seq_length], {segments}),\n')
    if "attention_mask" in arguments and sizes.attends:
        lines.append('            "attention_mask": random_attention_mask([self.batch_size, self.seq_length]),\n')
    return f"        inputs_dict = {{\n{''.join(lines)}        }}\n"


def _tests(subject: Subject, sizes: Sizes, known: Known, generates: bool) -> str:
    mixins = ["ModelTesterMixin", *(["GenerationTesterMixin"] if generates else []), "PipelineTesterMixin"]
    config = "".join(f", {name}={pieces.literal(value)}" for name, value in known.config.items())
    if not sizes.attends:
        config += ', common_properties=["hidden_size", "num_hidden_layers"]'
    return f"""\
@require_torch
class {subject.name}ModelTest({", ".join(mixins)}, unittest.TestCase):
{pieces.indented(_attributes(subject, sizes, known))}
    def setUp(self):
        self.model_tester = {subject.name}ModelTester(self)
        self.config_tester = ConfigTester(self, config_class={subject.config}{config})

{_prepare_for_class(subject)}{_prepare_for_generate(subject, generates)}
    def run_model(self, model_class, **labels):
        \"\"\"The outputs of a new model of `model_class`.\"\"\"
        config, inputs = self.model_tester.prepare_config_and_inputs_for_common()
        if labels:
            config.num_labels = self.model_tester.num_labels
        inputs = self._prepare_for_class(inputs, model_class)
        model = model_class(config).to(torch_device).eval()
        with torch.no_grad():
            return model(**inputs, **labels)

    def test_config(self):
        self.config_tester.run_common_tests()

    def test_model(self):
        tester = self.model_tester
        output = self.run_model({subject.base}).last_hidden_state
        self.assertEqual(output.shape, (tester.batch_size, tester.seq_length, tester.hidden_size))

{"".join(_head_test(name, head) for name, head in _first_of_each(subject).items())}
{_inputs_embeds(subject)}
{pieces.reverse_loading(subject)}
{pieces.skips(known)}"""


def _attributes(subject: Subject, sizes: Sizes, known: Known) -> str:
    """What the common tests read from the test class."""
    listed = "".join(f"{name},\n" for name in subject.tested)
    trained = None if subject.is_encoder_decoder else subject.head("masked_lm")
    trained = trained or next((name for name in subject.tested if subject.generates(name)), None)
    lines = [
        f"all_model_classes = (({listed}) if is_torch_available() else ())\n",
        pieces.pipelines(subject),
        "model_split_percents = [0.5, 0.8, 0.9]\n",
        "is_encoder_decoder = True\n" if subject.is_encoder_decoder else "",
        "" if sizes.attends else "has_attentions = False\n",
        f"_torch_compile_train_cls = {trained} if is_torch_available() else None\n" if trained else "",
        pieces.attributes(known),
    ]
    return "".join(lines)


def _first_of_each(subject: Subject) -> dict[str, str]:
    """Class -> head, one class for each head that has a test."""
    found = {head: subject.head(head) for head in (*_LABELS, "question_answering")}
    return {name: head for head, name in found.items() if name}


def _head_test(name: str, head: str) -> str:
    if head == "question_answering":
        return f"""\
    def test_for_question_answering(self):
        tester = self.model_tester
        outputs = self.run_model({name})
        self.assertEqual(outputs.start_logits.shape, (tester.batch_size, tester.seq_length))
        self.assertEqual(outputs.end_logits.shape, (tester.batch_size, tester.seq_length))

"""
    return f"""\
    def test_for_{head}(self):
        tester = self.model_tester
        labels = {_LABELS[head]}
        outputs = self.run_model({name}, labels=labels)
        self.assertEqual(outputs.logits.shape, {_SHAPES[head]})
        self.assertTrue(outputs.loss.isfinite())

"""


def _inputs_embeds(subject: Subject) -> str:
    """The common test of embeddings in place of ids, without the models that need ids."""
    left_out = [name for name in subject.tested if subject.needs_ids(name)]
    if not left_out:
        return ""
    kept = ", ".join(name for name in subject.tested if name not in left_out)
    return f"""\
    def test_inputs_embeds(self):
        # {" and ".join(left_out)} must see the ids, to find the end of the sequence
        self.all_model_classes = ({kept},)
        super().test_inputs_embeds()

"""


def _prepare_for_class(subject: Subject) -> str:
    """The labels of a pretraining head, which the common tests do not know."""
    lines = ""
    for name in subject.tested:
        arguments = subject.arguments(name)
        if subject.heads.get(name) != "pretraining" or "labels" not in arguments:
            continue
        second = next(iter({"next_sentence_label", "sentence_order_label"} & arguments), None)
        lines += f'        if return_labels and model_class.__name__ == "{name}":\n'
        lines += "            shape = (self.model_tester.batch_size, self.model_tester.seq_length)\n"
        lines += '            inputs_dict["labels"] = torch.zeros(shape, dtype=torch.long, device=torch_device)\n'
        if second:
            lines += f'            inputs_dict["{second}"] = torch.zeros(shape[:1], dtype=torch.long, device=torch_device)\n'
    if not lines:
        return ""
    return f"""\
    def _prepare_for_class(self, inputs_dict, model_class, return_labels=False):
        inputs_dict = super()._prepare_for_class(inputs_dict, model_class, return_labels=return_labels)
{lines}        return inputs_dict

"""


def _prepare_for_generate(subject: Subject, generates: bool) -> str:
    """What the language model of an encoder has to be told before it generates: else each token sees those after it."""
    if subject.kind != "encoder" or not generates:
        return ""
    return """\
    def prepare_config_and_inputs_for_generate(self, batch_size=2):
        config, inputs_dict = super().prepare_config_and_inputs_for_generate(batch_size)
        config.is_decoder = True
        return config, inputs_dict

"""
