"""Load the port: into this process, in slices into several, or onto devices and disk."""

import tempfile
import warnings
from pathlib import Path

from porting.errors import CannotRun
from porting.parity.precision import as_written
from porting.parity.spread import processes
from porting.workspace import Workspace


def load_port(workspace: Workspace, class_name: str, converted: Path, device_map: str | None = None):
    """The port with its converted weights, in 32 bits, eval mode and eager attention.

    Under torchrun each process holds what the port's own tensor-parallel plan gives it. `device_map` is one of
    Accelerate's ("auto" uses all devices), or "disk": each module's weights are read when it runs, and let go after.
    """
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
    folder = tempfile.TemporaryDirectory(prefix="parity-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = model_class.from_pretrained(
                converted,
                dtype="float32",
                attn_implementation="eager",
                experts_implementation="eager",  # the others take no 64 bits
                **_spread(device_map, folder.name),
            )
        except (OSError, RuntimeError, ValueError) as error:
            raise CannotRun(
                f"{class_name} cannot be loaded from {converted.name}/: {str(error).splitlines()[0]}"
            ) from error
    model.offloaded_to = folder  # lives as long as the model
    for hook in (module._hf_hook for module in model.modules() if hasattr(module, "_hf_hook")):
        hook.pre_forward = as_written()(hook.pre_forward)  # Accelerate's: reads weights from disk amid a forward,
        hook.post_forward = as_written()(hook.post_forward)  # and lets them go
    return model.eval()


def _spread(device_map: str | None, folder: str) -> dict:
    if processes() > 1:
        from transformers.distributed import DistributedConfig

        return {"distributed_config": DistributedConfig(tp_plan="auto")}
    if device_map is None:
        return {}
    return {"device_map": {"": "disk"} if device_map == "disk" else device_map, "offload_folder": folder}
