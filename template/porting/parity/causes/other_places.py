"""A signature over the whole trace: the port has here what the original has somewhere else."""

import torch

from porting.parity.causes.cause import Cause, close, last_name, rows
from porting.parity.layout import arrange
from porting.parity.measure import Evidence


def explain(evidence: Evidence, model) -> Cause | None:
    """Another module of the original was given exactly the tensor that the port has here: a wrong order, a wrong index."""
    if evidence.trace is None or evidence.place.side != "input":
        return None
    port = rows(evidence.port, evidence.valid)
    for call in evidence.trace.calls(evidence.place.batch).values():
        for entry in call.inputs.values():
            tensor = evidence.trace.tensor(entry)
            if not tensor.is_floating_point() or tensor.numel() != evidence.port.numel():
                continue
            found = arrange(tensor, evidence.port, valid=evidence.valid)
            if found is not None and close(rows(found.to(torch.float64), evidence.valid), port, 1e-5):
                sentence = (
                    f"the port gives {last_name(evidence.place.path)} what the original gives {call.module}: "
                    "another order, or another index"
                )
                return Cause("wrong_input", sentence, {"original_call": call.id})
    return None
