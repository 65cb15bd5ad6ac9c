"""The tests of one side of an encoder-decoder: public models that take ids, and none for a decoder.

Upstream asks that every public model is tested, and these take other inputs than the whole.
"""

from dataclasses import dataclass

from porting.test_files import pieces
from porting.test_files.known import Known
from porting.test_files.subject import Subject


# The rules name weights of the whole model.
_RULES = {"test_reverse_loading_mapping": "The conversion rules name weights of both sides"}


@dataclass(frozen=True)
class _Side:
    """`fields` are what the configuration says of a model that has this side alone; `skip` as in known.json."""

    name: str
    what: str
    fields: dict[str, bool]
    skip: dict[str, str]


_DECODER = _Side(
    "StandaloneDecoder",
    "The decoder without the encoder.",
    {"is_decoder": True, "is_encoder_decoder": False},
    _RULES | {"test_causal_lm_loss_honors_shift_labels": "Its loss takes the labels as they are, without a shift"},
)
_ENCODER = _Side("EncoderOnly", "The encoder without the decoder.", {"is_encoder_decoder": False}, _RULES)


def classes(subject: Subject) -> list[str]:
    """A tester and its tests for each side that has models of its own."""
    decoders = [name for name in subject.one_sided if subject.generates(name)]
    encoders = [name for name in subject.one_sided if name not in decoders]
    sides = ((_DECODER, decoders), (_ENCODER, encoders))
    return [
        text for side, models in sides if models for text in (_tester(subject, side), _tests(subject, side, models))
    ]


def _tester(subject: Subject, side: _Side) -> str:
    fields = "".join(f"        config.{name} = {value}\n" for name, value in side.fields.items())
    return f"""\
class {subject.name}{side.name}ModelTester({subject.name}ModelTester):
    \"\"\"{side.what}\"\"\"

    def get_config(self):
        config = super().get_config()
{fields}        return config

    def prepare_config_and_inputs_for_common(self):
        input_ids = self.prepare_tokens()
        return self.get_config(), {{"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)}}
"""


def _tests(subject: Subject, side: _Side, models: list[str]) -> str:
    generates = any(map(subject.generates, models))
    mixins = ["ModelTesterMixin", *(["GenerationTesterMixin"] if generates else [])]
    listed = "".join(f"{name}, " for name in models)
    attributes = f"all_model_classes = ({listed}) if is_torch_available() else ()\nis_encoder_decoder = False\n"
    return f"""\
@require_torch
class {subject.name}{side.name}ModelTest({", ".join(mixins)}, unittest.TestCase):
{pieces.indented(attributes)}
    def setUp(self):
        # Without the other side there is no gradient for cross-attention, and an encoder has no loss
        self.model_tester = {subject.name}{side.name}ModelTester(self, is_training=False)
        self.config_tester = ConfigTester(self, config_class={subject.config})

    def test_config(self):
        self.config_tester.run_common_tests()

{pieces.skips(Known(skip=side.skip))}"""
