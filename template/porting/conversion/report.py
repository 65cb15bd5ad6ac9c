"""What a conversion did, weight by weight: for `reports/convert.json` and the log."""

from collections.abc import Iterator

from porting.conversion.declared import Declared
from porting.conversion.plan import Plan, short_name
from porting.conversion.sources import Checkpoint


def describe(declared: Declared, checkpoint: Checkpoint, plan: Plan) -> dict:
    """The plan as plain values."""
    import transformers

    weights = [
        {
            "target": target.name,
            "shape": list(target.shape),
            "dtype": short_name(target.dtype),
            "sources": [{"name": weight.name, "shape": list(weight.shape)} for weight in group.source_weights],
            "operations": group.operations,
        }
        for group in plan.groups
        for target in group.targets
    ]
    return {
        "checkpoint": str(checkpoint.path),
        "format": checkpoint.format,
        "notes": checkpoint.notes,
        "port_class": declared.port_class,
        "transformers": transformers.__version__,
        "bytes": plan.nbytes,
        "weights": weights,
        "dropped": plan.dropped,
        "tied": plan.tied,
    }


def log_rows(report: dict) -> Iterator[str]:
    """One line for each weight: what it is made from and how, then what was left out and why."""
    for weight in report["weights"]:
        sources = " + ".join(f"{source['name']} {source['shape']}" for source in weight["sources"])
        how = f" by {', '.join(weight['operations'])}" if weight["operations"] else ""
        yield f"{weight['target']} {weight['shape']} {weight['dtype']} <- {sources}{how}"
    for name, shared in report["tied"].items():
        yield f"{name} is {shared}"
    for name, reason in report["dropped"].items():
        yield f"dropped {name}: {reason}"
