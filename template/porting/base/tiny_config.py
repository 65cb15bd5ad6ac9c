"""A tiny configuration of any model, derived from its configuration class alone.

Sizes shrink by role (`tiny_roles`), and what is equal, a multiple or a part of a width stays so; every kind of layer is
kept. What no rule reaches stands in `tiny_exceptions`.
"""

import inspect
import re
from dataclasses import fields
from pathlib import Path

from porting.base.tiny_exceptions import exception_for
from porting.base.tiny_layers import LayerPlan
from porting.base.tiny_roles import MAIN_HEADS, MAIN_WIDTHS, role_of


WIDTH, HEADS, HEAD_DIM, INNER, EXPERT_INNER, VOCABULARY = 64, 4, 16, 128, 32, 256
_LARGEST = {"positions": 512, "rank": 16, "state": 16, "window": 8, "count": 8, "top_k": 2, "groups": 2}


def default_config(config_class):
    """The configuration that the class makes of nothing. Raises whatever the class raises where it cannot."""
    return config_class()


def tiny_config(config_class, base_model: str | None = None):
    """A configuration of `config_class` whose model has fewer than two million parameters.

    `base_model` is the `model_type` that a port started from: a port's exceptions are those of its parent.
    """
    exception = exception_for(base_model or config_class.model_type)
    default = config_class(**exception.defaults)
    return _Tree(default).shrink(default, exception.sizes)


def _is_config(value) -> bool:
    return hasattr(value, "model_type") and hasattr(value, "to_dict")


def _is_int(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_int_list(value) -> bool:
    return isinstance(value, list | tuple) and len(value) > 0 and all(map(_is_int, value))


def own_values(config) -> dict:
    """Field -> value of a configuration, without what every configuration has."""
    from transformers import PreTrainedConfig

    common = {field.name for field in fields(PreTrainedConfig)}
    return {
        field.name: config.__dict__[field.name]
        for field in fields(config)
        if field.name not in common and field.name in config.__dict__
    }


class _Tree:
    """A default configuration with all those nested in it; what holds across them is decided here once."""

    def __init__(self, default):
        self.nodes = list(_nested(default))
        self.widths = {width for node in self.nodes if (width := _first(own_values(node), MAIN_WIDTHS))}
        self.tokens = self._token_map()
        self.grids = {}

    def _token_map(self) -> dict[int, int]:
        """Default id -> tiny id: small ids stay, the others get the next free ones."""
        ids = set()
        for node in self.nodes:
            for name, value in own_values(node).items():
                if role_of(name) == "token":
                    ids.update(item for item in (value if isinstance(value, list | tuple) else [value]) if _is_int(item))
        small = {item for item in ids if 0 <= item < 64}
        free = (number for number in range(64, VOCABULARY) if number not in small)
        return {item: item if item in small or item < 0 else next(free) for item in sorted(ids)}

    def shrink(self, node, sizes: dict | None = None):
        """A tiny instance of `node`'s class; `sizes` names what an exception sets, nested ones by dots."""
        sizes = sizes or {}
        values = own_values(node)
        own = {name: value for name, value in sizes.items() if "." not in name}
        chosen = _Node(self, node, values).choose(own)
        for name, value in values.items():
            if _is_config(value) and name not in own:
                nested = {key[len(name) + 1 :]: size for key, size in sizes.items() if key.startswith(f"{name}.")}
                chosen[name] = self.shrink(_without_timm(value), nested)
        chosen.update(own)
        return _construct(type(node), chosen, node)


class _Node:
    """One configuration of the tree."""

    def __init__(self, tree: _Tree, node, values: dict):
        self.tree, self.node, self.values = tree, node, values
        self.width = _first(values, MAIN_WIDTHS)
        heads = [value for name, value in values.items() if role_of(name) == "heads" and _is_int(value)]
        self.heads = max(heads, default=None)
        main_heads = _first(values, MAIN_HEADS)
        dims = [value for name, value in values.items() if role_of(name) == "head_dim" and _is_int(value)]
        self.head_dim = max(dims, default=None)
        # An inner width of heads times head size that is a multiple of the main width stays that multiple.
        self.tiny_head_dim = HEAD_DIM
        if self.width and self.head_dim and main_heads and self.head_dim * main_heads == 2 * self.width:
            self.tiny_head_dim = 2 * HEAD_DIM
        self.experts = [value for name, value in values.items() if role_of(name) == "experts" and _is_int(value)]
        self.layers = LayerPlan(values)
        self.factor = self._stage_factor()

    def _stage_factor(self) -> int | None:
        """What all widths of a model of stages are divided by, None for a model of equal layers."""
        lists = [
            (name, value) for name, value in self.values.items() if role_of(name) == "width" and _is_int_list(value)
        ]
        heads = next((v for n, v in self.values.items() if role_of(n) == "heads" and _is_int_list(v)), None)
        numbers = [number for _, value in lists for number in value if number > 8]
        if not lists and heads and self.width:
            numbers = [self.width]
        if not numbers:
            return None
        for factor in (64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2):
            if all(number % factor == 0 and number // factor >= 8 and number // factor % 4 == 0 for number in numbers):
                if heads is None or all(
                    number // factor % count == 0
                    for _, value in lists or [("", [self.width] * 1)]
                    for number, count in zip(value, heads)
                ):
                    return factor
        return 1

    def choose(self, own: dict) -> dict:
        """Field -> tiny value, for the fields that change."""
        chosen = dict(self.layers.choose())
        for name, value in self.values.items():
            if name in chosen or _is_config(value):
                continue
            new = self._tiny(name, value)
            if new != value:
                chosen[name] = new
        rope = self._rope(chosen)
        if rope is not None:
            chosen["rope_parameters"] = rope
        return chosen

    def _tiny(self, name: str, value):
        role = role_of(name)
        if value is None:
            return self._filled(name)
        if role == "token":
            if isinstance(value, list | tuple):
                return type(value)(self.tree.tokens.get(item, item) for item in value)
            return self.tree.tokens.get(value, value) if _is_int(value) else value
        if role == "image":
            return self._image(name, value)
        if role == "width" and _is_int_list(value):
            return type(value)(self._stage_width(number) for number in value)
        if role == "layers" and _is_int_list(value):
            return type(value)(min(number, 2) for number in value)
        if role == "inner" and _is_int_list(value):
            return type(value)(min(number, INNER) for number in value)
        if not _is_int(value) or value <= 1:
            return value
        return self._tiny_int(name, role, value)

    def _filled(self, name: str):
        """What stands where the default is None."""
        if name == "pad_token_id":
            return 0
        if name == "decoder_start_token_id" and self.node.is_encoder_decoder:
            return 0
        if role_of(name) == "token" and re.search(r"image|video|audio|speech", name):
            free = max(self.tree.tokens.values(), default=63) + 1
            self.tree.tokens[-1000 - free] = max(free, 64)
            return max(free, 64)
        return None

    def _tiny_int(self, name: str, role: str, value: int) -> int:
        if role == "heads":
            return self._heads(value)
        if role == "head_dim":
            largest = max(self.head_dim or value, value)
            return max(8, min(self.tiny_head_dim, 1 << (self.tiny_head_dim * value // largest).bit_length() - 1))
        if role == "experts":
            return min(value, 8)
        if role == "vocabulary":
            offset = value & -value if value < 256 else value - (1 << value.bit_length() - 1)
            return value if value <= VOCABULARY else VOCABULARY + (offset if offset <= 16 else 0)
        if role == "top_k" or role == "groups":
            return 1 if name.startswith("topk_g") or "topk_group" in name else min(value, _LARGEST[role])
        if role == "patches":
            return self._patches(value)
        if role == "inner":
            return min(value, INNER)
        if role == "expert_inner":
            return min(value, EXPERT_INNER)
        if role == "width":
            return self._stage_width(value) if self.factor else self._width(value)
        if role in _LARGEST:
            largest = _LARGEST[role]
            return value if value <= (16 if role == "window" else largest) else largest
        if role == "other" and value > 64:
            return self._width(value)
        return value

    def _heads(self, value: int) -> int:
        if self.factor and self.width and not self.tree.widths - {self.width}:
            pass
        if value == self.heads:
            return min(value, HEADS) if value != 3 else 2
        return 1 if value == 1 else min(2, value)

    def _stage_width(self, value: int) -> int:
        if self.factor and value % self.factor == 0 and value // self.factor >= 4:
            return value // self.factor
        return value if value <= 64 else self._width(value)

    def _width(self, value: int) -> int:
        if value in self.tree.widths:
            return WIDTH
        for width in [self.width, *sorted(self.tree.widths)]:
            if width and width > 32:
                if value % width == 0 and value // width <= 16:
                    return WIDTH * (value // width)
                if width % value == 0 and width // value <= 8:
                    return WIDTH // (width // value)
        return value if value <= 32 else 32 if value < 256 else WIDTH

    def _patch(self) -> int | None:
        value = next((v for n, v in self.values.items() if re.search(r"^(vision_)?patch_size$", n)), None)
        value = value[0] if _is_int_list(value) else value
        return value if _is_int(value) else None

    def _image(self, name: str, value):
        patch = self._patch()
        side = max(32, patch * 4) if patch and patch <= 32 else 64 if patch is None else patch * 2
        if _is_int_list(value):
            return type(value)(min(side, number) for number in value)
        return min(side, value) if _is_int(value) else value

    def _patches(self, value: int) -> int:
        """Tokens of an image: the square of what is left of the grid."""
        root = round(value**0.5)
        if root * root != value:
            return min(value, 16)
        for node in self.tree.nodes:
            grid = _grid(own_values(node))
            if grid and grid % root == 0:
                return max(1, 4 // (grid // root)) ** 2
        return min(value, 16)

    def _rope(self, chosen: dict):
        """Rotary parameters with the sections of a multimodal rotary scaled to half of the tiny head."""
        rope = self.values.get("rope_parameters")
        if not isinstance(rope, dict):
            return None
        sections = rope.get("mrope_section") or _sections_of_source(type(self.node))
        if not sections or any(isinstance(value, dict) for value in rope.values()):
            return None
        head = chosen.get("head_dim") or chosen.get("hidden_size", WIDTH) // chosen.get("num_attention_heads", HEADS)
        half = int(head * rope.get("partial_rotary_factor", 1.0)) // 2
        return {**rope, "mrope_section": scaled_sections(sections, half)}


def scaled_sections(sections: list[int], total: int) -> list[int]:
    """`sections` in about the same proportions, with sum `total`; none is empty where there is room."""
    scaled = [max(1, number * total // sum(sections)) for number in sections]
    while sum(scaled) > total:
        scaled[scaled.index(max(scaled))] -= 1
    scaled[0] += total - sum(scaled)
    return scaled


def _grid(values: dict) -> int | None:
    """Patches on a side of the default image."""
    image, patch = values.get("image_size"), values.get("patch_size")
    image, patch = (number[0] if _is_int_list(number) else number for number in (image, patch))
    return image // patch if _is_int(image) and _is_int(patch) and patch else None


def _sections_of_source(config_class) -> list[int] | None:
    """The sections that the modeling file beside the configuration falls back to."""
    try:
        folder = Path(inspect.getsourcefile(config_class)).parent
    except (TypeError, OSError):
        return None
    for path in sorted(folder.glob("modeling_*.py")):
        found = re.search(r'"mrope_section",\s*\[([\d, ]+)\]', path.read_text(encoding="utf-8"))
        if found:
            return [int(number) for number in found.group(1).split(",")]
    return None


def _nested(config):
    yield config
    for value in config.__dict__.values():
        if _is_config(value):
            yield from _nested(value)


def _first(values: dict, names) -> int | None:
    return next((values[name] for name in names if _is_int(values.get(name))), None)


def _without_timm(config):
    """A backbone of timm gives way to a residual network of the same outputs."""
    if config.model_type != "timm_backbone":
        return config
    from transformers import ResNetConfig

    return ResNetConfig(out_indices=[index for index in config.out_indices if index >= 0] or [4])


def _construct(config_class, chosen: dict, default):
    """The configuration with the chosen values; constants that it fills in by itself are chosen in a second round."""
    return config_class(**chosen)
