"""A tiny configuration of any model, derived from its configuration class alone.

Sizes shrink by role (`tiny_roles`), and what is equal, a multiple or a part of a width stays so; every kind of layer is
kept. What no rule reaches stands in `tiny_exceptions`.
"""

import inspect
import re
from dataclasses import fields
from functools import cache
from pathlib import Path

from porting.base.tiny_exceptions import exception_for
from porting.base.tiny_layers import LayerPlan
from porting.base.tiny_roles import MAIN_HEADS, MAIN_WIDTHS, role_of


WIDTH, HEADS, HEAD_DIM, INNER, EXPERT_INNER, VOCABULARY = 64, 4, 16, 128, 32, 256
_LARGEST = {"positions": 512, "rank": 16, "state": 16, "window": 16, "count": 16, "top_k": 2, "groups": 2}


def default_config(config_class):
    """The configuration that the class makes of nothing. Raises whatever the class raises where it cannot."""
    return config_class()


def tiny_config(config_class, base_model: str | None = None):
    """A configuration of `config_class` whose model has fewer than two million parameters.

    `base_model` is the `model_type` that a port started from: a port's exceptions are those of its parent.
    """
    base = base_model or config_class.model_type
    default = config_class(**exception_for(base).defaults)
    return _Tree(default, base).shrink(default)


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
    values = {}
    for field in fields(config):
        stored = config.attribute_map.get(field.name, field.name)
        if field.name not in common and stored in config.__dict__:
            values[field.name] = config.__dict__[stored]
    return values


class _Tree:
    """A default configuration with all those nested in it; what holds across them is decided here once."""

    def __init__(self, default, base_model: str):
        self.renamed = (default.model_type, base_model)
        self.nodes = list(nested(default))
        self.widths = {
            width
            for node in self.nodes
            if (width := _first(own_values(node), MAIN_WIDTHS)) and not _stage_lists(own_values(node))
        }
        self.tokens = self._token_map()
        mels = [
            v for node in self.nodes for n, v in own_values(node).items() if "mel_bins" in n or n.endswith("_mels")
        ]
        self.bins = {value for value in mels if _is_int(value)}
        self.coarse = any(map(_is_coarse, self.nodes))
        self.factor, self.staged = self._stage_factor()

    def _token_map(self) -> dict[int, int]:
        """Default id -> tiny id: small ids stay, the others get the next free ones."""
        ids = set()
        for node in self.nodes:
            for name, value in own_values(node).items():
                if role_of(name) == "token":
                    ids.update(
                        item for item in (value if isinstance(value, list | tuple) else [value]) if _is_int(item)
                    )
        small = {item for item in ids if 0 <= item < 64}
        free = (number for number in range(64, VOCABULARY) if number not in small)
        return {item: item if item in small or item < 0 else next(free) for item in sorted(ids)}

    def _stage_factor(self) -> tuple[int, set[int]]:
        """What the widths in the lists of models of stages are divided by, and these widths. One factor for all, for
        what one part gives out another takes in."""
        lists = []
        for node in self.nodes:
            values = own_values(node)
            heads = next((v for n, v in values.items() if role_of(n) == "heads" and _is_stages(v)), None)
            widths = _stage_lists(values)
            if "width_coefficient" in values:
                continue
            widths += [
                [number for number in _flat(value) if _is_int(number) and number > 8]
                for name, value in values.items()
                if "block_config" in name and isinstance(value, list | tuple)
            ]
            coarse = _is_coarse(node)
            lists += [(value, heads, coarse) for value in widths]
            first = values.get("embed_dim") or _first(values, MAIN_WIDTHS)
            if heads and _is_int(first) and first >> len(heads) - 1 in values.values():
                first >>= len(heads) - 1  # what is named is the width of the last stage
            if heads and first and not widths:
                lists.append(([first * 2**stage for stage in range(len(heads))], heads, coarse))
        own = [_factor([entry]) for entry in lists]
        self.kept = [
            value for (value, _, _), factor in zip(lists, own) if factor < min(8, max(own)) and max(value) <= 512
        ]
        lists = [entry for entry, factor in zip(lists, own) if factor >= min(8, max(own))]
        if any(max(value) >= 64 for value in self.kept):  # what stays and what shrinks would not meet
            return 1, {number for value, _, _ in lists for number in value if number > 8}
        staged = {number for value, _, _ in lists for number in value if number > 8}
        return _factor(lists) if lists else 1, staged

    def width(self, value: int, main: int | None) -> int:
        """The tiny width for a width of a node whose main width is `main`; what is equal, a part or a multiple stays."""
        if value % 2 or value <= 8 or value in self.bins:
            return value  # part of some arithmetic, or of what is heard
        if value in self.staged:
            return value // self.factor
        tiny = self._width(value, main)
        return 32 if self.coarse and value % 32 == 0 and tiny % 32 else tiny

    def _width(self, value: int, main: int | None) -> int:
        if value in self.widths:
            return WIDTH
        related = [main, *sorted(self.widths)]
        for width in [width for width in related if width in self.widths | self.staged and width > 32]:
            tiny = width // self.factor if width in self.staged else WIDTH
            if value % width == 0 and value // width <= 16:
                return tiny * (value // width)
            if width % value == 0 and tiny % (width // value) == 0 and tiny // (width // value) >= 4:
                return tiny // (width // value)
        if self.factor > 1 and any(value % number == 0 or number % value == 0 for number in self.staged):
            if value % self.factor == 0 and value // self.factor >= 4:
                return value // self.factor
        return value if value <= 32 else 32 if value < 256 else WIDTH

    def new_token(self) -> int:
        """An id that nothing has yet."""
        token = max([63, *self.tokens.values()]) + 1
        self.tokens[-token] = token
        return token

    def shrink(self, node, sizes: dict | None = None):
        """A tiny instance of `node`'s class; `sizes` names what an exception sets, nested ones by dots."""
        own_type = node.model_type.replace(*self.renamed, 1) if all(self.renamed) else node.model_type
        sizes = {**exception_for(own_type).sizes, **(sizes or {})}
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
        heads = [value for name, value in values.items() if role_of(name) == "heads"]
        flat = [number for value in heads for number in (value if _is_int_list(value) and len(value) > 8 else [value])]
        self.heads = max(filter(_is_int, flat), default=None)
        main_heads = _first(values, MAIN_HEADS)
        self.tiny_width = tree.width(self.width, self.width) if self.width else WIDTH
        dims = [value for name, value in values.items() if role_of(name) == "head_dim" and _is_int(value)]
        self.head_dim = max(dims, default=None)
        # An inner width of heads times head size that is a multiple of the main width stays that multiple.
        self.tiny_head_dim = self.tiny_width // HEADS
        if self.width and self.head_dim and main_heads and self.head_dim * main_heads == 2 * self.width:
            self.tiny_head_dim *= 2
        self.experts = [value for name, value in values.items() if role_of(name) == "experts" and _is_int(value)]
        self.layers = LayerPlan(values)

    def choose(self, own: dict) -> dict:
        """Field -> tiny value, for the fields that change."""
        chosen = self._overrides()
        chosen.update(self.layers.choose())
        chosen = {name: self._tiny(name, value) for name, value in chosen.items()}
        outputs = self._outputs(chosen)
        for name, value in self.values.items():
            if name in chosen or _is_config(value) or name.startswith("_out_"):
                continue
            new = self._tiny(name, value)
            if new != value:
                chosen[name] = new
        rope = self._rope(chosen)
        if rope is not None:
            chosen["rope_parameters"] = rope
        return {**chosen, **outputs}

    def _overrides(self) -> dict:
        """What the configuration around this one sets otherwise than its class does."""
        try:
            usual = own_values(type(self.node)())
        except Exception:  # a class that cannot be made of nothing was made by the one around it
            return {}
        return {
            name: value
            for name, value in self.values.items()
            if not _is_config(value) and not name.startswith("_out_") and usual.get(name) != value
        }

    def _outputs(self, chosen: dict) -> dict:
        """The stages that a backbone gives out: as many as before, the last of them the last."""
        features, names = self.node.__dict__.get("_out_features"), getattr(self.node, "stage_names", None)
        if not features or not names or features == names[-1:]:
            return {}
        count = self.values.get(self.layers.main) if self.layers.main else None
        if count is None or len(names) != count + 1 or self.layers.main not in chosen:
            return {"out_features": features}
        last = max(chosen[self.layers.main], len(features))
        chosen[self.layers.main] = last
        return {"out_features": [f"stage{number}" for number in range(last - len(features) + 1, last + 1)]}

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
        if "width_coefficient" in self.values and role in ("width", "inner"):
            # The coefficient is what shrinks, and with it the one width that is not multiplied by it.
            return int(value * 0.25 / self.values["width_coefficient"]) if name == "hidden_dim" else value
        if role == "width" and _is_int_list(value):
            return (
                list(value) if value in self.tree.kept else [self.tree.width(number, self.width) for number in value]
            )
        if role == "layers" and _is_int_list(value):
            return [min(number, max(2, stage + 1)) for stage, number in enumerate(value)]
        if role == "heads" and _is_int_list(value) and len(self.values[name]) > 8:
            return [self._heads(number) for number in value]
        if role == "inner" and _is_int_list(value):
            return [min(number, INNER) for number in value]
        if "block_config" in name and isinstance(value, list | tuple):
            return self._nested_widths(value)
        if name.endswith(("feature_sizes", "feat_sizes", "grid_pinpoints")) and isinstance(value, list | tuple):
            return self._of_image(value)
        if isinstance(value, tuple):
            return list(value)  # as it comes from a config.json
        if "feature_layer" in name:
            return _from_the_end(value)
        if isinstance(value, float) and value == 1 and re.search(r"(width|depth)_(mult|factor)", name):
            return 0.25  # the widths themselves stand in the code
        if name in ("width_coefficient", "depth_coefficient"):
            return 0.25
        if not _is_int(value) or value <= 1:
            return value
        return self._tiny_int(name, role, value)

    def _filled(self, name: str):
        """What stands where the default is None."""
        role = role_of(name)
        if name == "pad_token_id" or name == "decoder_start_token_id" and self.node.is_encoder_decoder:
            return 0
        if role == "token" and re.search(r"image|video|audio|speech", name):
            return self.tree.new_token()
        if name in ("vocab_size", "prediction_length"):
            return {"vocab_size": VOCABULARY, "prediction_length": 8}[name]
        if name == "sliding_window" and "sliding_attention" in (self.values.get("layer_types") or ()):
            return _LARGEST["window"]
        if name == "num_key_value_heads" and self.heads:
            return self._heads(self.heads)
        if name == "head_dim" and self.heads:
            return self.tiny_width // self._heads(self.heads)
        if self._has_experts:
            if "group" in name or "shared_experts" in name:
                return 1
            return {"experts": 8, "top_k": 2, "expert_inner": EXPERT_INNER}.get(role)
        return None

    @property
    def _has_experts(self) -> bool:
        return any(
            role_of(name) in ("experts", "expert_inner") and _is_int(value) and value > 1
            for name, value in self.values.items()
        )

    def _tiny_int(self, name: str, role: str, value: int) -> int:
        if role == "heads":
            return self._heads(value)
        if role == "head_dim":
            parts = [n for n, v in self.values.items() if role_of(n) == "head_dim" and _is_int(v) and v < value]
            both = [(a, b) for a in parts for b in parts if a < b and self.values[a] + self.values[b] == value]
            if both and name.startswith("qk_"):  # rotary and plain part of a head
                return sum(self._tiny_int(part, "head_dim", self.values[part]) for part in both[0])
            if pair := self._paired(name, value):
                return pair
            largest = max(self.head_dim or value, value)
            return max(8, min(self.tiny_head_dim, 1 << (self.tiny_head_dim * value // largest).bit_length() - 1))
        if role == "experts":
            return min(value, 8)
        if role == "vocabulary":
            offset = value & -value if value < 256 else value - (1 << value.bit_length() - 1)
            return value if value <= VOCABULARY else VOCABULARY + (offset if offset <= 16 else 0)
        if role == "top_k" or role == "groups":
            return 1 if "topk_group" in name else min(value, _LARGEST[role]) if value <= 64 else 16
        if role == "patches":
            return self._patches(value)
        if role == "inner":
            part = any(width % value == 0 and value < width for width in self.tree.widths)
            multiple = self.width and value % self.width == 0 and value // self.width <= 4
            return self.tree.width(value, self.width) if part or multiple else min(value, INNER)
        if role == "expert_inner":
            return min(value, EXPERT_INNER)
        if role == "width" and "patch" in name and self._patch() and value == 3 * self._patch() ** 2:
            return value  # the numbers of a patch
        if role == "width" or role == "keep" and value >= 64 and name.endswith("groups") and name != "num_groups":
            return self.tree.width(value, self.width)
        if role == "window":
            patch = self._patch()
            if patch and patch > 1 and value % patch == 0 or "num_mel_bins" in self.values:
                return value  # in pixels, or in frames
            if value <= 16:
                return 2 if _is_stages(self.values.get("depths")) else value
            largest = max(v for n, v in self.values.items() if role_of(n) == "window" and _is_int(v))
            return max(2, 16 * value // largest)
        if name == "num_groups":
            return min(value, 4)
        if name == "num_filters":
            return min(value, 8)  # doubled at each stage
        if role in _LARGEST:
            largest = _LARGEST[role]
            return min(value, largest)
        if role == "other" and value > 64:
            return self.tree.width(value, self.width)
        return value

    def _heads(self, value: int) -> int:
        if value == self.heads:
            return min(value, HEADS) if value != 3 else 2
        return 1 if value == 1 else min(2, value)

    def _paired(self, name: str, value: int) -> int | None:
        """The size of a head whose heads together are a multiple of the main width: `mamba_d_head` of `mamba_n_heads`."""
        prefix = re.sub(r"(d_head|head_dim|head_size|dim_head)$", "", name)
        heads = next(
            (v for n, v in self.values.items() if _is_int(v) and n in (f"{prefix}n_heads", f"{prefix}num_heads")), None
        )
        if not heads or not self.width:
            return None
        together = next((n for n, v in self.values.items() if v == heads * value and n.startswith(prefix)), None)
        if prefix and together:
            return max(4, self.tree.width(heads * value, self.width) // self._heads(heads))
        if heads * value % self.width:
            return None
        return max(4, self.tiny_width * (heads * value // self.width) // self._heads(heads))

    def _patch(self) -> int | None:
        value = next((v for n, v in self.values.items() if re.search(r"^(vision_)?patch_size$", n)), None)
        value = value[0] if _is_int_list(value) else value
        return value if _is_int(value) else None

    def _image(self, name: str, value):
        patch = self._patch()
        side = max(32, patch * 4) if patch and patch <= 32 else 64 if patch is None else patch * 2
        side = max(side, 2 * self.values["output_stride"]) if _is_int(self.values.get("output_stride")) else side
        depths = self.values.get("depths")
        if patch and _is_stages(depths) and any("window" in name for name in self.values):
            side = max(side, patch * 2 ** len(depths))  # the last stage still has a window of two
        if _is_int_list(value):
            return type(value)(min(side, number) for number in value)
        return min(side, value) if _is_int(value) else value

    def _nested_widths(self, value):
        """Blocks written out as lists of numbers: those that are no kernel or stride are widths."""
        if isinstance(value, list | tuple):
            return [self._nested_widths(item) for item in value]
        return self.tree.width(value, None) if _is_int(value) else value

    def _of_image(self, value):
        """Sides of feature maps, as large a part of the image as before."""
        for node in self.tree.nodes:
            image = own_values(node).get("image_size")
            image = image[0] if _is_int_list(image) else image
            if _is_int(image):
                tiny = _Node(self.tree, node, own_values(node))._image("image_size", image)
                return [
                    [side * tiny // image for side in pair] if _is_int_list(pair) else pair * tiny // image
                    for pair in value
                ]
        return value

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
        """Rotary parameters with a base, and the sections of a multimodal rotary scaled to half of the tiny head."""
        rope = self.values.get("rope_parameters")
        if not isinstance(rope, dict) or any(isinstance(value, dict) for value in rope.values()):
            return None
        changed = dict(rope)
        if rope.get("rope_theta", 0) is None:
            changed["rope_theta"] = 10000.0
        sections = rope.get("mrope_section") or _sections_of_source(type(self.node))
        if sections and "rope_theta" in rope and rope.get("rope_type") != "axial":
            head = chosen.get("head_dim") or self.tiny_width // chosen.get("num_attention_heads", HEADS)
            changed["mrope_section"] = scaled_sections(
                sections, int(head * rope.get("partial_rotary_factor", 1.0)) // 2
            )
            changed = {"rope_type": "default", "rope_theta": 10000.0, **changed}
        return changed if changed != rope else None


def scaled_sections(sections: list[int], total: int) -> list[int]:
    """`sections` in about the same proportions, with sum `total`: none empty where there is room, equal ones equal."""
    scaled = [max(1, number * total // sum(sections)) if number else 0 for number in sections]
    odd_one = next((i for i, number in enumerate(sections) if sections.count(number) == 1), 0)
    if scaled[odd_one] + total - sum(scaled) < 1:
        odd_one = scaled.index(max(scaled))
    scaled[odd_one] += total - sum(scaled)
    return scaled


def _from_the_end(value):
    """Numbers of layers of another part, which are more than there are now: counted from its last."""
    if isinstance(value, list | tuple):
        order = sorted({item for item in value if item > 1}, reverse=True)
        return [-1 - min(order.index(item), 1) if item > 1 else max(item, -2) for item in value]
    return value if not _is_int(value) or -2 <= value <= 1 else -1 if value > 1 else -2


def _flat(value):
    for item in value:
        if isinstance(item, list | tuple):
            yield from _flat(item)
        else:
            yield item


def _is_stages(value) -> bool:
    """Whether a value has an entry for each of a few stages, not for each of many layers."""
    return _is_int_list(value) and 1 < len(value) <= 8


def _stage_lists(values: dict) -> list:
    """The lists of widths of a model of stages."""
    return [v for n, v in values.items() if role_of(n) == "width" and _is_stages(v) and max(v) > 8]


def _factor(lists: list[tuple]) -> int:
    """What the widths of (widths, heads, coarse) can be divided by, so that each stays a multiple of its heads, and of
    32 where the code normalises in 32 groups. A power of two where there is a good one."""
    for factor in (64, 32, 16, 8, 4, 48, 24, 12, 6, 3, 2):
        if all(_divides(factor, *entry) for entry in lists):
            return factor
    return 1


def _divides(factor: int, widths: list, heads: list | None, coarse: bool) -> bool:
    least, multiple = (32, 32) if coarse else (4, 2)
    numbers = [number for number in widths if number > 8]
    return all(n % factor == 0 and n // factor >= least and n // factor % multiple == 0 for n in numbers) and (
        heads is None
        or any(n % (4 * count) for n, count in zip(widths, heads))
        or all(n // factor % (4 * count) == 0 for n, count in zip(widths, heads))
    )


def _is_coarse(node) -> bool:
    """Whether the code of a configuration normalises in 32 groups, whatever the width."""
    return _coarse_groups(type(node))


@cache
def _modeling_sources(config_class) -> str:
    """The text of the modeling files beside a configuration."""
    try:
        folder = Path(inspect.getsourcefile(config_class)).parent
    except (TypeError, OSError):
        return ""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("modeling_*.py")))


def _coarse_groups(config_class) -> bool:
    """Whether the code normalises in 32 groups, whatever the width."""
    return bool(re.search(r"GroupNorm\((num_groups=)?32\b", _modeling_sources(config_class)))


def _grid(values: dict) -> int | None:
    """Patches on a side of the default image."""
    image, patch = values.get("image_size"), values.get("patch_size")
    image, patch = (number[0] if _is_int_list(number) else number for number in (image, patch))
    return image // patch if _is_int(image) and _is_int(patch) and patch else None


def _sections_of_source(config_class) -> list[int] | None:
    """The sections that the modeling file beside the configuration falls back to."""
    found = re.search(r'"mrope_section",\s*\[([\d, ]+)\]', _modeling_sources(config_class))
    if found:
        return [int(number) for number in found.group(1).split(",")]
    return [2, 1, 1] if re.search(r"""["']mrope_section["'](\]|,\s*\[\])""", _modeling_sources(config_class)) else None


def nested(config):
    yield config
    for value in config.__dict__.values():
        if _is_config(value):
            yield from nested(value)


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
