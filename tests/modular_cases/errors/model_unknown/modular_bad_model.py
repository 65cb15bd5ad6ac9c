# There is no such model.
from ..lama.modeling_lama import LamaMLP


class BadModelMLP(LamaMLP):
    pass
