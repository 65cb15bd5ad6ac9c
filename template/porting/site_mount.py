"""Waits for the first import of Transformers, then mounts a workspace.

`make setup` puts a copy of this file into an environment's site-packages, and a .pth file that calls
`watch`. So every interpreter of that environment runs it: it imports nothing it can do without.
"""

import sys


class Watch:
    """A finder that finds nothing; it only notices the name."""

    def __init__(self, root: str):
        self.root = root

    def find_spec(self, fullname, path=None, target=None):
        if fullname == "transformers":
            sys.meta_path.remove(self)
            _mount(self.root)
        return None


def watch(root: str) -> None:
    """Mount the workspace at `root` as soon as something imports Transformers."""
    sys.meta_path.insert(0, Watch(root))


def _mount(root: str) -> None:
    import importlib.util
    import os

    source = os.path.join(root, "porting", "mount.py")
    if not os.path.isfile(source):
        return  # the workspace was moved or removed
    spec = importlib.util.spec_from_file_location("port_template_mount", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.install(root)
