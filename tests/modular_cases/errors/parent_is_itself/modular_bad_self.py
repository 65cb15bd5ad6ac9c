# The parent's file is the one to be made.
from ..bad_self.modeling_bad_self import BadSelfMLP


class BadSelfWideMLP(BadSelfMLP):
    pass
