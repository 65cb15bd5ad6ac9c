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

    folder = os.path.join(root, "porting", "mount")
    source = os.path.join(folder, "__init__.py")
    if not os.path.isfile(source):
        return  # the workspace was moved or removed
    # A name of its own for each environment's entry: two workspaces may have two versions of the package.
    name = f"{__name__}_mount"
    spec = importlib.util.spec_from_file_location(name, source, submodule_search_locations=[folder])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    module.install(root)
