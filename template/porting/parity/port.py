"""Load the port into this process."""

import warnings
from pathlib import Path

from porting.errors import CannotRun
from porting.workspace import Workspace


def load_port(workspace: Workspace, class_name: str, converted: Path):
    """The port with its converted weights, in 32 bits, eval mode and eager attention."""
    import transformers

    model_class = getattr(transformers, class_name, None)
    if model_class is None:
        raise CannotRun(
            f"PORT_CLASS of conversion/rules.py is {class_name}, which is no class of the port; correct it"
        )
    if not (converted / "config.json").is_file():
        raise CannotRun(f"{converted.name}/ holds no converted checkpoint; run `make convert`")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = model_class.from_pretrained(converted, dtype="float32", attn_implementation="eager")
        except (OSError, RuntimeError, ValueError) as error:
            raise CannotRun(
                f"{class_name} cannot be loaded from {converted.name}/: {str(error).splitlines()[0]}"
            ) from error
    return model.eval()
