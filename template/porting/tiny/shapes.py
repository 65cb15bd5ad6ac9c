"""Tiny images and rotary sections."""

import re

from porting.tiny.values import is_int, is_int_list, is_stages, modeling_sources, own_values, side


def patch_of(values: dict) -> int | None:
    """The side of a patch."""
    return side(next((value for name, value in values.items() if re.search(r"^(vision_)?patch_size$", name)), None))


def tiny_image(values: dict, value):
    """The side, or sides, of a tiny image: four patches on a side, more where stages halve them."""
    patch = patch_of(values)
    least = 64 if patch is None else max(32, 4 * patch) if patch <= 32 else 2 * patch
    if is_int(values.get("output_stride")):
        least = max(least, 2 * values["output_stride"])
    if patch and is_stages(values.get("depths")) and any("window" in name for name in values):
        least = max(least, patch * 2 ** len(values["depths"]))  # the last stage still has a window of two
    if is_int_list(value):
        return [min(least, number) for number in value]
    return min(least, value) if is_int(value) else value


def tiny_maps(nodes: list, value: list):
    """Sides of feature maps, or sizes of pictures, as large a part of the image as before."""
    for values in map(own_values, nodes):
        image = side(values.get("image_size"))
        if image:
            tiny = tiny_image(values, image)
            return [[n * tiny // image for n in item] if is_int_list(item) else item * tiny // image for item in value]
    return value


def tiny_patches(nodes: list, value: int) -> int:
    """Tokens of an image: the square of what is left of the grid of patches."""
    root = round(value**0.5)
    for values in map(own_values, nodes):
        image, patch = side(values.get("image_size")), side(values.get("patch_size"))
        grid = image // patch if image and patch else 0
        if root * root == value and grid and grid % root == 0:
            return max(1, 4 // (grid // root)) ** 2
    return min(value, 16)


def from_the_end(value):
    """Numbers of layers of another part, which are more than there are now: counted from its last."""
    if isinstance(value, list | tuple):
        order = sorted({item for item in value if item > 1}, reverse=True)
        return [-1 - min(order.index(item), 1) if item > 1 else max(item, -2) for item in value]
    if not is_int(value) or -2 <= value <= 1:
        return value
    return -1 if value > 1 else -2


def tiny_rope(config_class, rope, head_dim: int):
    """Rotary parameters with a base, and the sections of a multimodal rotary scaled to half of the tiny head; None
    where they can stay. Parameters for each kind of layer stay."""
    if not isinstance(rope, dict) or any(isinstance(value, dict) for value in rope.values()):
        return None
    changed = dict(rope)
    if rope.get("rope_theta", 0) is None:
        changed["rope_theta"] = 10000.0
    sections = rope.get("mrope_section") or _sections_of_source(config_class)
    if sections and "rope_theta" in rope and rope.get("rope_type") != "axial":
        half = int(head_dim * rope.get("partial_rotary_factor", 1.0)) // 2
        changed = {"rope_type": "default", **changed, "mrope_section": scaled_sections(sections, half)}
    return changed if changed != rope else None


def scaled_sections(sections: list[int], total: int) -> list[int]:
    """`sections` in about the same proportions, with sum `total`: none empty where there is room, equal ones equal."""
    scaled = [max(1, number * total // sum(sections)) if number else 0 for number in sections]
    odd_one = next((index for index, number in enumerate(sections) if sections.count(number) == 1), 0)
    if scaled[odd_one] + total - sum(scaled) < 1:
        odd_one = scaled.index(max(scaled))
    scaled[odd_one] += total - sum(scaled)
    return scaled


def _sections_of_source(config_class) -> list[int] | None:
    """The sections that the modeling file beside the configuration falls back to, or some where it has to have some."""
    source = modeling_sources(config_class)
    if found := re.search(r'"mrope_section",\s*\[([\d, ]+)\]', source):
        return [int(number) for number in found.group(1).split(",")]
    return [2, 1, 1] if re.search(r"""["']mrope_section["'](\]|,\s*\[\])""", source) else None
