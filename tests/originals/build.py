"""Write the names and shapes of small originals, built from their packages: run where these are installed, not Transformers.

python build.py <folder> torch|jax [function ...]
"""

import importlib
import json
import multiprocessing
import sys
from pathlib import Path


# Environment -> the files here whose `BUILDS` are for it.
GROUPS = {"torch": ("text", "vision", "audio"), "jax": ("flax_models", "keras_models")}


def shapes_of(model) -> dict[str, tuple[int, ...]]:
    """Those of a module of PyTorch; another model comes as its names and shapes."""
    return model if isinstance(model, dict) else {name: value.shape for name, value in model.state_dict().items()}


def write(build, folder: Path) -> None:
    for name, model in build().items():
        lines = [f"  {json.dumps(key)}: {list(shape)}" for key, shape in shapes_of(model).items()]
        (folder / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main() -> int:
    folder, group, *only = sys.argv[1:]
    failed = []
    for build in (build for name in GROUPS[group] for build in importlib.import_module(name).BUILDS):
        if only and build.__name__ not in only:
            continue
        # A process for each: what one leaves out, another may need.
        child = multiprocessing.get_context("fork").Process(target=write, args=(build, Path(folder)))
        child.start()
        child.join()
        failed += [build.__name__] if child.exitcode else []
    print(f"not built: {', '.join(failed)}" if failed else "all built")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
