"""The test file of a decoder: upstream's CausalLMModelTester, told what the port has of its own."""

from porting.test_files import pieces
from porting.test_files.known import Known
from porting.test_files.sizes import Sizes
from porting.test_files.subject import Subject


# Attribute of CausalLMModelTester -> how the class it stands for ends, and its head.
_CLASSES = {
    "causal_lm_class": ("ForCausalLM", "causal_lm"),
    "question_answering_class": ("ForQuestionAnswering", "question_answering"),
    "sequence_classification_class": ("ForSequenceClassification", "sequence_classification"),
    "token_classification_class": ("ForTokenClassification", "token_classification"),
}


def text(subject: Subject, sizes: Sizes, known: Known) -> str:
    """The file's text, before it is formatted."""
    stem = subject.base.replace("Model", "")  # as the tester looks for the other classes
    stated = [] if f"{stem}Config" == subject.config else [("config_class", subject.config)]
    for attribute, (end, head) in _CLASSES.items():
        model = subject.head(head)
        if model and model != stem + end:
            stated.append((attribute, model))
    causal_lm = subject.head("causal_lm")
    torch_imports = {subject.base, causal_lm, *(name for _, name in stated)}
    lines = "".join(f"        {attribute} = {name}\n" for attribute, name in stated)
    given = sizes.beside_the_tester()
    arguments = "".join(f", {name}={pieces.literal(value)}" for name, value in given.items())
    init = f"\n    def __init__(self, parent):\n        super().__init__(parent{arguments})\n" if given else ""
    tester = f"""\
class {subject.name}ModelTester(CausalLMModelTester):
    if is_torch_available():
        base_model_class = {subject.base}
{lines}{init}"""
    tests = f"""\
@require_torch
class {subject.name}ModelTest(CausalLMModelTest, unittest.TestCase):
    model_tester_class = {subject.name}ModelTester
    model_split_percents = [0.5, 0.7, 0.8]
    _torch_compile_train_cls = {causal_lm} if is_torch_available() else None
{pieces.indented(pieces.attributes(known))}
{pieces.reverse_loading(subject)}
{pieces.skips(known)}"""
    imports = [
        "import unittest\n",
        "from transformers import is_torch_available",
        "from transformers.testing_utils import cleanup, require_torch, slow, torch_device\n",
        "from ...causal_lm_tester import CausalLMModelTest, CausalLMModelTester\n",
    ]
    classes = [tester, tests, pieces.integration(subject, causal_lm, "causal_lm")]
    return pieces.page(subject, imports, list(torch_imports), classes)
