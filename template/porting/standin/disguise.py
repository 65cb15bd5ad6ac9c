"""Make a stranger of a model of Transformers: other names, fused projections, weights that are stored turned.

What the model computes stays, and so does the code that computes it: it finds its modules under their old names too,
where neither `state_dict` nor a hook looks.
"""

from dataclasses import dataclass, field

import torch
from torch import nn

from transformers.pytorch_utils import Conv1D


# What a turned projection calls its weight: no beginning of `weight`, which rules of 5.16 would take for it.
TURNED = "kernel"
# A buffer of the original that the port does not need.
BUFFER = "place_ids"


@dataclass(frozen=True)
class Disguise:
    """`names`: a module's own name -> the original's, wherever a module has it. `fused`: `holder.name`, a module's own
    name and that of a projection in it -> the projections of the holder that it takes the place of. `turned`:
    projections, by their own name, that keep their weight the other way round.
    """

    names: dict[str, str] = field(default_factory=dict)
    fused: dict[str, tuple[str, ...]] = field(default_factory=dict)
    turned: tuple[str, ...] = ()

    def put_on(self, model: nn.Module) -> nn.Module:
        """Change `model` in place. Raises ValueError where a module to fuse or turn is no projection of a fitting size."""
        for path, module in [*model.named_modules()]:
            for place, parts in self.fused.items():
                holder, _, name = place.partition(".")
                if holder == path.rpartition(".")[2] and all(part in module._modules for part in parts):
                    _fuse(module, name, parts)
            for name in self.turned:
                if name in module._modules:
                    module._modules[name] = Turned(module._modules[name])
        for module in [*model.modules()]:
            _rename(module, self.names)
        return model


class Turned(nn.Module):
    """A linear map that keeps its weight the other way round than the one that it is made of."""

    def __init__(self, plain: nn.Module):
        super().__init__()
        if not isinstance(plain, nn.Linear | Conv1D):
            raise ValueError(f"a {type(plain).__name__} cannot be turned")
        self.inputs_first = isinstance(plain, nn.Linear)
        self.kernel = nn.Parameter(plain.weight.detach().T.contiguous())
        self.register_parameter("bias", plain.bias)

    @property
    def weight(self) -> torch.Tensor:
        """The weight as the code around expects it."""
        return self.kernel.T

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made = x @ (self.kernel if self.inputs_first else self.kernel.T)
        return made if self.bias is None else made + self.bias


class _Fused:
    """What a fused projection gave last, until each of its parts was asked for."""

    def __init__(self, projection: nn.Linear, parts: int):
        self.projection, self.parts = projection, parts
        self.read, self.made = None, {}

    def part(self, number: int, x: torch.Tensor) -> torch.Tensor:
        """Part `number` of the projection of `x`. Raises ValueError where the parts do not read the same."""
        if not self.made:
            self.read, self.made = x, dict(enumerate(self.projection(x).chunk(self.parts, -1)))
        if self.read is not x or number not in self.made:
            raise ValueError("the parts of a fused projection read different things")
        return self.made.pop(number)


class _Part:
    """One part of a fused projection, in the place of the projection that gave it alone."""

    def __init__(self, fused: _Fused, number: int):
        self.fused, self.number = fused, number

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return self.fused.part(self.number, x)

    @property
    def weight(self) -> torch.Tensor:
        return self.fused.projection.weight.chunk(self.fused.parts)[self.number]

    @property
    def bias(self) -> torch.Tensor | None:
        bias = self.fused.projection.bias
        return None if bias is None else bias.chunk(self.fused.parts)[self.number]


def _fuse(module: nn.Module, name: str, parts: tuple[str, ...]) -> None:
    """Put one projection in the place of several that read the same."""
    plain = [module._modules[part] for part in parts]
    sizes = {(type(each), getattr(each, "in_features", 0), getattr(each, "out_features", 0)) for each in plain}
    biased = {getattr(each, "bias", None) is not None for each in plain}
    if len(sizes) > 1 or len(biased) > 1 or type(plain[0]) is not nn.Linear or name in module._modules:
        raise ValueError(f"{', '.join(parts)} cannot be fused")
    fused = nn.Linear(plain[0].in_features, len(parts) * plain[0].out_features, bias=biased.pop())
    with torch.no_grad():
        fused.weight.copy_(torch.cat([each.weight for each in plain]))
        if fused.bias is not None:
            fused.bias.copy_(torch.cat([each.bias for each in plain]))
    first = True
    children = {}
    for own, child in module._modules.items():
        if own not in parts:
            children[own] = child
        elif first:
            children[name], first = fused, False
    _put(module, children)
    shared = _Fused(fused, len(parts))
    for number, part in enumerate(parts):
        module.__dict__[part] = _Part(shared, number)


def _rename(module: nn.Module, names: dict[str, str]) -> None:
    if not names.keys() & module._modules.keys():
        return
    children = dict(module._modules)
    _put(module, {names.get(own, own): child for own, child in children.items()})
    module.__dict__.update((own, child) for own, child in children.items() if own in names)


def _put(module: nn.Module, children: dict[str, nn.Module]) -> None:
    module._modules.clear()
    module._modules.update(children)
