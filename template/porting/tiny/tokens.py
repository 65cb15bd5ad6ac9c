"""Token ids of a tiny vocabulary: distinct where they were, the same in every part of a configuration."""

from porting.tiny.roles import role_of
from porting.tiny.values import is_int, own_values


VOCABULARY = 256
# Ids below stay what they are.
_FIRST_FREE = 64


class Tokens:
    """Default id -> tiny id, over a tree of configurations."""

    def __init__(self, nodes: list):
        ids = {
            item
            for node in nodes
            for name, value in own_values(node).items()
            if role_of(name) == "token"
            for item in (value if isinstance(value, list | tuple) else [value])
            if is_int(item)
        }
        free = iter(range(_FIRST_FREE, VOCABULARY))
        self.tiny_ids = {item: item if item < _FIRST_FREE else next(free) for item in sorted(ids)}

    def tiny(self, value):
        """The tiny id, or ids; what is no id stays."""
        if isinstance(value, list | tuple):
            return [self.tiny(item) for item in value]
        return self.tiny_ids.get(value, value) if is_int(value) else value

    def new(self) -> int:
        """An id that nothing has yet."""
        token = max([_FIRST_FREE - 1, *self.tiny_ids.values()]) + 1
        self.tiny_ids[-token] = token
        return token


def tiny_vocabulary(value: int) -> int:
    """Rows of a tiny table; the few beyond a power of two (for special ids) stay beyond it."""
    if value <= VOCABULARY:
        return value
    beyond = value - (1 << value.bit_length() - 1)
    return VOCABULARY + (beyond if beyond <= 16 else 0)
