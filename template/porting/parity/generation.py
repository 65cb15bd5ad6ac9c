"""Generation with the cache, step by step and by `generate`, held against none: a comparison of the port with itself."""

import inspect
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from porting.parity.precision import as_written, in_64_bits
from porting.parity.slots import main_output, tensors_in
from porting.parity.spread import device_of


STEPS = 2
# In 64 bits the two differ by rounding alone, some 1e-15 of the largest value.
LIMIT = 1e-9
# Tokens that are enough where the configuration names no length at which something changes.
SHORT = 24
# Tokens that `generate` makes with the cache and without.
GENERATED = 4
# What models call their cache; from 5.24 on it is the first.
CACHES = ("cache", "past_key_values", "cache_params")
LENGTHS = re.compile(r"window|chunk|position|length|local|block|context")


@dataclass(frozen=True)
class CacheDifference:
    """The first place where a step with the cache differs. `blamed` is the module whose code made the tensor."""

    blamed: str
    seen_at: str
    side: str
    difference: float


def compare_cache(model, inputs: dict[str, torch.Tensor]) -> CacheDifference | None:
    """None where the last of a few cached steps gives what a pass over the whole sequence gives at its last token.

    `inputs` is one batch, which has to be without padding; no more of it is used than shows the difference.
    """
    cache = _cache_name(model)
    if cache is None or "input_ids" not in inputs:
        return None
    ids = {name: tensor for name, tensor in inputs.items() if name.endswith("input_ids")}
    enough = length_to_try(model.config.to_dict(), min(tensor.shape[1] for tensor in ids.values()))
    with torch.no_grad(), in_64_bits():
        whole, cached = _runs(cache, model, {name: tensor[:, :enough] for name, tensor in ids.items()})
        with Recording(model) as expected:
            whole()
        with Recording(model) as found:
            if not cached(found.forget):
                return None
    return _first_difference(expected.seen, found.seen)


def _cache_name(model) -> str | None:
    """What the model's forward calls the cache; None if it takes none."""
    taken = inspect.signature(model.forward).parameters
    return next((name for name in CACHES if name in taken), None)


def compare_generate(model, inputs: dict[str, torch.Tensor]) -> str:
    """What is wrong with what `generate` makes of a batch without padding, with the cache and without; empty if nothing.

    It hands the cache on under the name that the installed release has for it; a forward that takes another swallows it.
    """
    if _cache_name(model) is None or "input_ids" not in inputs:
        return ""
    prompt = {"input_ids": inputs["input_ids"][:, :SHORT].to(device_of(model))}
    prompt["attention_mask"] = torch.ones_like(prompt["input_ids"])
    lengths = {"min_new_tokens": GENERATED, "max_new_tokens": GENERATED}
    try:
        with torch.no_grad():
            without, cached = (
                model.generate(**prompt, **lengths, do_sample=False, use_cache=use_cache)
                for use_cache in (False, True)
            )
    except Exception:  # whatever the model's code raises is no wrong text, and the common tests show it
        return ""
    return "" if torch.equal(without, cached) else "generate() makes other tokens with the cache than without"


def length_to_try(config: dict, length: int) -> int:
    """The shortest part of `length` tokens that is past every window or scaling threshold that the whole is past."""
    past = [value for value in _lengths(config) if value < length]
    return min(length, max([SHORT, *(value + STEPS + 2 for value in past)]))


def _lengths(config: dict) -> Iterator[int]:
    for name, value in config.items():
        if isinstance(value, dict):
            yield from _lengths(value)
        elif isinstance(value, int) and not isinstance(value, bool) and LENGTHS.search(str(name)):
            yield value


def _runs(cache: str, model, inputs):
    """A pass over everything, and a pass in steps that calls its argument before the last one and returns whether it
    was given a cache."""
    ids_name = "decoder_input_ids" if model.config.is_encoder_decoder else "input_ids"
    ids = inputs[ids_name].to(device_of(model))
    shared = {}
    if model.config.is_encoder_decoder:
        shared["encoder_outputs"] = model.get_encoder()(input_ids=inputs["input_ids"].to(ids.device))

    def whole():
        model(**shared, **{ids_name: ids}, use_cache=False)

    def cached(before_last):
        output = model(**shared, **{ids_name: ids[:, :-STEPS]}, use_cache=True)
        for step in range(ids.shape[1] - STEPS, ids.shape[1]):
            if step == ids.shape[1] - 1:
                before_last()
            made = getattr(output, cache, None)
            if made is None:
                return False
            output = model(**shared, **{ids_name: ids[:, step : step + 1], cache: made}, use_cache=True)
        return True

    return whole, cached


class Recording:
    """The last token's part of what every module is given and gives, in the order it happens."""

    def __init__(self, model):
        self.model = model
        self.seen: list[tuple[str, str, str, torch.Tensor]] = []

    def __enter__(self):
        self.stack: list[str] = []
        self.hooks = []
        for path, module in self.model.named_modules():
            self.hooks.append(module.register_forward_pre_hook(self._before(path), with_kwargs=True))
            self.hooks.append(module.register_forward_hook(self._after(path)))
        return self

    def __exit__(self, *error):
        for hook in self.hooks:
            hook.remove()

    def forget(self) -> None:
        self.seen.clear()

    def _before(self, path):
        @as_written()
        def before(module, args, kwargs):
            if self.stack:
                for value in tensors_in((args, kwargs)):
                    self._note(self.stack[-1], path, "input", value)
            self.stack.append(path)

        return before

    def _after(self, path):
        @as_written()
        def after(module, args, output):
            self.stack.pop()
            value = main_output(output)
            if value is not None:
                self._note(path, path, "output", value)

        return after

    def _note(self, blamed, path, side, value):
        """Keep hidden states (batch, length, features) and ids or positions (batch, length); masks differ in length."""
        if value.ndim == 3 or (value.ndim == 2 and not value.is_floating_point()):
            self.seen.append((blamed, path, side, value[:, -1].clone()))


def _first_difference(expected: list, found: list) -> CacheDifference | None:
    wanted = {key: value for key, _, value in _numbered(expected)}
    for key, blamed, value in _numbered(found):
        other = wanted.get(key)
        if other is None or other.shape != value.shape:
            continue
        difference = float(
            (other - value).abs().max().nan_to_num(torch.inf) if value.is_floating_point() else (other != value).any()
        )
        if difference > LIMIT * max(float(other.abs().max()), 1e-30):
            path, side, _ = key
            return CacheDifference(blamed, path, side, difference)
    return None


def _numbered(seen: list):
    """((path, side, how many times before), blamed, value): modules that are called again are told apart."""
    counts: Counter = Counter()
    for blamed, path, side, value in seen:
        yield (path, side, counts[path, side]), blamed, value
        counts[path, side] += 1
