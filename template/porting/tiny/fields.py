"""The tiny value of each field of one configuration, by the field's role."""

import re

from porting.tiny.layers import LayerPlan
from porting.tiny.roles import MAIN_HEADS, MAIN_WIDTHS, role_of
from porting.tiny.shapes import from_the_end, patch_of, tiny_image, tiny_maps, tiny_patches, tiny_rope
from porting.tiny.tokens import VOCABULARY, Tokens, tiny_vocabulary
from porting.tiny.values import first, is_config, is_int, is_int_list, is_stages, own_values, side
from porting.tiny.widths import WIDTH, Widths


HEADS, INNER, EXPERT_INNER, EXPERTS, WINDOW = 4, 128, 32, 8, 16
# Roles whose numbers are cut to a largest one.
_LARGEST = {
    "positions": 512,
    "rank": 16,
    "state": 16,
    "count": 16,
    "groups": 2,
    "experts": EXPERTS,
    "expert_inner": 32,
}
# Widths that stand in the code, times one of these.
_MULTIPLIER = re.compile(r"(width|depth)_(mult|factor|coefficient)")


class Fields:
    """One configuration of a tree."""

    def __init__(self, node, nodes: list, widths: Widths, tokens: Tokens):
        self.node, self.nodes, self.widths, self.tokens = node, nodes, widths, tokens
        self.values = own_values(node)
        self.layers = LayerPlan(self.values)
        self.width = first(self.values, MAIN_WIDTHS)
        self.tiny_width = widths.tiny(self.width, self.width) if self.width else WIDTH
        self.most_heads = max(self._numbers("heads"), default=None)
        self.largest_head = max(self._numbers("head_dim"), default=None)
        self.tiny_head = self.tiny_width // HEADS
        heads = first(self.values, MAIN_HEADS)
        if self.width and self.largest_head and heads and self.largest_head * heads == 2 * self.width:
            self.tiny_head *= 2

    def _numbers(self, role: str) -> list[int]:
        """All numbers of a role, those of lists with one for each layer too."""
        found = []
        for name, value in self.values.items():
            if role_of(name) == role:
                found += value if is_int_list(value) and not is_stages(value) else [value]
        return list(filter(is_int, found))

    def choose(self) -> dict:
        """Field -> tiny value, for the fields that change."""
        chosen = {**self._overrides(), **self.layers.choose()}
        chosen = {name: self.tiny(name, value) for name, value in chosen.items()}
        outputs = self._outputs(chosen)
        for name, value in self.values.items():
            if name not in chosen and not is_config(value) and not name.startswith("_out_"):
                tiny = self.tiny(name, value)
                if tiny != value:
                    chosen[name] = tiny
        head = chosen.get("head_dim") or self.tiny_width // (first(chosen, ("num_attention_heads",)) or HEADS)
        rope = tiny_rope(type(self.node), self.values.get("rope_parameters"), head)
        return {**chosen, **outputs, **({"rope_parameters": rope} if rope else {})}

    def _overrides(self) -> dict:
        """What the configuration around this one sets otherwise than its class does."""
        try:
            usual = own_values(type(self.node)())
        except Exception:  # a class that cannot be made of nothing was made by the one around it
            return {}
        return {
            name: value
            for name, value in self.values.items()
            if not is_config(value) and not name.startswith("_out_") and usual.get(name) != value
        }

    def _outputs(self, chosen: dict) -> dict:
        """The stages that a backbone gives out: as many as before, the last of them the last."""
        features, names = self.node.__dict__.get("_out_features"), getattr(self.node, "stage_names", None)
        if not features or not names or features == names[-1:]:
            return {}
        main = self.layers.main
        if main not in chosen or len(names) != self.values[main] + 1:
            return {"out_features": features}
        chosen[main] = max(chosen[main], len(features))
        return {"out_features": [f"stage{chosen[main] - number}" for number in reversed(range(len(features)))]}

    def tiny(self, name: str, value):
        """The tiny value of one field."""
        if value is None:
            return self._filled(name)
        for rule in (self._by_name, getattr(self, f"_{role_of(name)}", None)):
            if rule is not None and (found := rule(name, value)) is not None:
                return found
        if isinstance(value, tuple):
            return list(value)  # as it comes from a config.json
        if is_int(value) and value > 1:
            return min(value, _LARGEST.get(role_of(name), value))
        return value

    def _filled(self, name: str):
        """What stands where the default is None, and something has to."""
        role = role_of(name)
        if name == "pad_token_id" or name == "decoder_start_token_id" and self.node.is_encoder_decoder:
            return 0
        if role == "token" and re.search(r"image|video|audio|speech", name):
            return self.tokens.new()
        if name == "sliding_window" and "sliding_attention" in (self.values.get("layer_types") or ()):
            return WINDOW
        if name in ("num_key_value_heads", "head_dim") and self.most_heads:
            heads = self._tiny_heads(self.most_heads)
            return heads if name == "num_key_value_heads" else self.tiny_width // heads
        if max(self._numbers("experts") + self._numbers("expert_inner"), default=0) > 1:
            if "group" in name or "shared_experts" in name:
                return 1
            return {"experts": EXPERTS, "top_k": 2, "expert_inner": EXPERT_INNER}.get(role)
        return {"vocab_size": VOCABULARY, "prediction_length": 16}.get(name)

    def _by_name(self, name: str, value):
        """Fields that their name says more of than their role; None for all others."""
        if "feature_layer" in name:
            return from_the_end(value)
        if name.endswith(("feature_sizes", "feat_sizes", "grid_pinpoints")) and isinstance(value, list | tuple):
            return tiny_maps(self.nodes, value)
        if "block_config" in name and isinstance(value, list | tuple):
            return self._nested_widths(value)
        if isinstance(value, float) and _MULTIPLIER.search(name) and (value == 1 or "coefficient" in name):
            return 0.25
        if name == "hidden_dim" and "width_coefficient" in self.values:  # the width that is not multiplied by it
            return int(value * 0.25 / self.values["width_coefficient"])
        if name.endswith("_labels") and is_int(value) and value > 512:
            return VOCABULARY
        if name in ("num_groups", "num_filters") and is_int(value):
            return min(value, 4 if name == "num_groups" else 8)
        return None

    def _nested_widths(self, value):
        """Blocks written out as lists of numbers: those that are no kernel or stride are widths."""
        if isinstance(value, list | tuple):
            return [self._nested_widths(item) for item in value]
        return self.widths.tiny(value) if is_int(value) else value

    def _token(self, name: str, value):
        return self.tokens.tiny(value)

    def _image(self, name: str, value):
        return tiny_image(self.values, value)

    def _layers(self, name: str, value):
        if (
            is_int_list(value) and len(value) <= 8
        ):  # the later stages often read what an earlier one of their number has
            return [min(number, max(2, stage + 1)) for stage, number in enumerate(value)]
        return None

    def _width(self, name: str, value):
        if "width_coefficient" in self.values:
            return value
        if is_int_list(value):
            return list(value) if value in self.widths.kept else [self.widths.tiny(n, self.width) for n in value]
        patch = patch_of(self.values)
        if not is_int(value) or patch and "patch" in name and value == 3 * patch**2:
            return None  # the numbers of a patch
        return self.widths.tiny(value, self.width)

    def _keep(self, name: str, value):
        if is_int(value) and value >= 64 and name.endswith("groups"):  # a group for each channel
            return self.widths.tiny(value, self.width)
        return None

    def _other(self, name: str, value):
        return self.widths.tiny(value, self.width) if is_int(value) and value > 64 else None

    def _inner(self, name: str, value):
        if is_int_list(value):
            return [min(number, INNER) for number in value]
        if not is_int(value) or "width_coefficient" in self.values:
            return None
        part = any(width % value == 0 and value < width for width in self.widths.main) if value else False
        multiple = self.width and value % self.width == 0 and value // self.width <= 4
        return self.widths.tiny(value, self.width) if part or multiple else min(value, INNER)

    def _expert_inner(self, name: str, value):
        return [min(number, EXPERT_INNER) for number in value] if is_int_list(value) else None

    def _heads(self, name: str, value):
        if is_int_list(value) and not is_stages(self.values[name]):
            return [self._tiny_heads(number) for number in value]
        return self._tiny_heads(value) if is_int(value) and value > 1 else None

    def _tiny_heads(self, value: int) -> int:
        """4 for the most heads, 2 for fewer, 1 for one."""
        if value == self.most_heads:
            return min(value, HEADS) if value != 3 else 2
        return min(2, value)

    def _head_dim(self, name: str, value):
        if not is_int(value) or value <= 1:
            return None
        if paired := self._paired(name, value):
            return paired
        if name.startswith("qk_") and (parts := self._parts(value)):
            return sum(self.tiny(part, self.values[part]) for part in parts)
        share = self.tiny_head * value // max(self.largest_head or value, value)
        return max(8, min(self.tiny_head, 1 << max(share, 1).bit_length() - 1))

    def _parts(self, value: int) -> tuple[str, str] | None:
        """The two sizes of heads that add up to `value`: the rotary and the plain part."""
        names = [n for n, v in self.values.items() if role_of(n) == "head_dim" and is_int(v) and 0 < v < value]
        pairs = [(a, b) for a in names for b in names if a < b and self.values[a] + self.values[b] == value]
        return pairs[0] if pairs else None

    def _paired(self, name: str, value: int) -> int | None:
        """The size of a head where the heads together are another width: `mamba_d_head` of `mamba_n_heads`."""
        prefix = re.sub(r"(d_head|head_dim|head_size|dim_head)$", "", name)
        heads = first(self.values, (f"{prefix}n_heads", f"{prefix}num_heads"))
        if not heads or not self.width:
            return None
        together, tiny_heads = heads * value, self._tiny_heads(heads)
        if prefix and any(v == together for n, v in self.values.items() if n.startswith(prefix)):
            return max(4, self.widths.tiny(together, self.width) // tiny_heads)
        if together % self.width:
            return None
        return max(4, self.tiny_width * (together // self.width) // tiny_heads)

    def _vocabulary(self, name: str, value):
        return tiny_vocabulary(value) if is_int(value) else None

    def _top_k(self, name: str, value):
        if not is_int(value) or value <= 1:
            return None
        return 1 if "topk_group" in name else min(value, 2) if value <= 64 else 16

    def _positions(self, name: str, value):
        image = side(self.values.get("image_size"))
        patch = patch_of(self.values)
        of_patches = image and patch and value == (image // patch) ** 2
        return self._patches(name, value) if of_patches else None

    def _patches(self, name: str, value):
        return tiny_patches(self.nodes, value) if is_int(value) and value > 1 else None

    def _window(self, name: str, value):
        """Windows keep their order. Those in pixels or frames stay, those of a model of stages are two wide."""
        if not is_int(value) or value <= 1:
            return None
        patch = patch_of(self.values)
        if patch and patch > 1 and value % patch == 0 or "num_mel_bins" in self.values:
            return value
        if value <= WINDOW:
            return 2 if is_stages(self.values.get("depths")) else value
        return max(2, WINDOW * value // max(self._numbers("window")))
