"""Packages that a model's own package imports and that make no weight of it: left out, so nobody has to install them."""

import importlib.abc
import importlib.machinery
import sys
import types


class Blank:
    """Whatever is asked of it is another one; as a decorator it leaves things as they are."""

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return Blank()

    def __call__(self, *arguments, **_):
        is_decorator = len(arguments) == 1 and isinstance(arguments[0], (type, types.FunctionType))
        return arguments[0] if is_decorator else Blank()

    def __mro_entries__(self, bases):
        return ()

    def __getitem__(self, key):
        return Blank()

    def __or__(self, other):
        return other

    __ror__ = __add__ = __or__

    def __iter__(self):
        return iter(())


class BlankModule(types.ModuleType):
    __version__ = "0"
    __all__ = ()

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return Blank()


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names: tuple[str, ...]):
        self.names = names

    def find_spec(self, name, path, target=None):
        if not any(name == left or name.startswith(f"{left}.") for left in self.names):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return BlankModule(spec.name)

    def exec_module(self, module):
        pass


def leave_out(*names: str) -> None:
    sys.meta_path.insert(0, Finder(names))
