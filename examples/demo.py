"""Show a workspace at work: python examples/demo.py WORKSPACE

What is done and what is next; `make parity` of the model as it is; then with a residual connection taken out, which is put
back; and at the end where the workspace is and what to do in it. PYTHON= is passed on to make. Standard library only.
"""

import argparse
import re
import shlex
import subprocess
from pathlib import Path


RESIDUAL = (r"self\.LayerNorm\(hidden_states \+ input_tensor\)", "self.LayerNorm(hidden_states)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path, help="a workspace that starts from bert")
    workspace = parser.parse_args().workspace.resolve()
    if make(workspace, "status"):
        raise SystemExit(f"make status failed in {workspace}, for the reason above")
    print("\n--- The model as it is, compared with the original ---------------------------------\n", flush=True)
    if make(workspace, "parity"):
        raise SystemExit(f"make parity found a fault in {workspace}, where there is none")
    show_a_fault(workspace)
    print("\n--- Where it is, and what is next --------------------------------------------------\n")
    print(f"The workspace is {workspace}. In it:\n")
    print(f"    cd {shlex.quote(str(workspace))}")
    print("    make help      what can be done here")
    print("    make test      upstream's own tests, on the model")
    print("\nThen open GUIDE.md and begin with its first step. A port of your own: README.md, 'Port your own model'.")


def show_a_fault(workspace: Path) -> None:
    """Run `make parity` on the model without a residual connection, and put the connection back, whatever happens."""
    (modeling,) = (workspace / "src").rglob("modeling_*.py")
    text = modeling.read_text(encoding="utf-8")
    broken = re.sub(*RESIDUAL, text, count=1)
    if broken == text:
        raise SystemExit(f"{modeling.name} has no such residual connection; show a workspace that starts from bert")
    line = text[: re.search(RESIDUAL[0], text).start()].count("\n") + 1
    print("\n--- The same with a fault: no residual connection", f"({modeling.name}:{line}) ---\n", flush=True)
    try:
        modeling.write_text(broken, encoding="utf-8")
        if not make(workspace, "parity"):
            raise SystemExit("make parity did not find the fault")
    finally:
        modeling.write_text(text, encoding="utf-8")
    print("The residual connection is back.")


def make(workspace: Path, target: str) -> int:
    """Run a target, its output as it comes; returns its exit code."""
    return subprocess.run(["make", "--no-print-directory", "-C", str(workspace), target]).returncode


if __name__ == "__main__":
    main()
