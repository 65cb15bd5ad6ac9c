"""The files for a text model's tests, by the parent's kind."""

from dataclasses import replace

from porting.base import table
from porting.base.modular_file import Names
from porting.base.parent import Parent
from porting.modular.formatting import formatted
from porting.test_files import decoder, own_tester
from porting.test_files.known import known_of
from porting.test_files.sizes import sizes_of
from porting.test_files.subject import Subject


_NO_BASE = "Its model with a head holds no model without one"
KINDS = ("encoder", "decoder", "encoder-decoder")


def test_file(parent: Parent, names: Names, kind: str) -> str | None:
    """The text of `test_modeling_<model_type>.py` for a port of `parent`; None for kinds beyond text.

    Raises CannotRun where the parent has no tiny configuration.
    """
    found = table.find(parent.model_type)
    kind = found.kind if found else kind
    subject = Subject(parent, names, kind)
    if kind not in KINDS or subject.base is None:
        return None
    known = known_of(parent.model_type)
    if any(subject.generates(name) and not subject.holds_base(name) for name in subject.tested):
        known = replace(known, skip={"test_model_base_model_prefix": _NO_BASE} | known.skip)
    sizes = sizes_of(parent, known.sizes)
    sizes = sizes.with_small_tokens()
    if subject.is_encoder_decoder:
        sizes = sizes.with_start_token()
    if kind == "encoder" and any(map(subject.generates, subject.tested)):
        sizes = sizes.narrow()
    as_upstream = kind == "decoder" and subject.head("causal_lm") and not subject.is_encoder_decoder and sizes.attends
    form = decoder if as_upstream else own_tester
    return formatted({"test": form.text(subject, sizes, known)})["test"]
