"""Stands in for upstream's generation tests, which need a clone: a short set of our own instead.

Each test generates with tiny random weights and compares two ways to the same tokens.
"""

import inspect

import torch

from transformers import GenerationMixin
from transformers.testing_utils import torch_device


_NEW_TOKENS = 6


def _tensors(part):
    """The tensors of a cache, of its layers and of what these hold, in order."""
    if isinstance(part, torch.Tensor):
        yield part
    elif isinstance(part, list | tuple):
        for item in part:
            yield from _tensors(item)
    elif isinstance(part, dict):
        yield from _tensors(list(part.values()))
    elif hasattr(part, "layers") or type(part).__name__.endswith(("Layer", "Cache")):
        yield from _tensors(vars(part))


def _is_known_by_its_name(model_class):
    """Whether generate() of this release would give a model its cache under a name that it does not take."""
    takes = inspect.signature(model_class.forward).parameters
    if "cache_params" not in takes or "mamba" in model_class.__name__.lower():
        return False
    return '"mamba" in' in inspect.getsource(GenerationMixin._prepare_cache_for_generation)


class GenerationTesterMixin:
    """Generation has to give the same result with and without cache, padding and embeddings."""

    def prepare_config_and_inputs_for_generate(self, batch_size=2):
        config, inputs = self.model_tester.prepare_config_and_inputs_for_common()
        config.eos_token_id = None
        config.forced_eos_token_id = None
        if config.pad_token_id is None:
            config.pad_token_id = config.vocab_size - 1
        kept = {
            name: value[:batch_size]
            for name, value in inputs.items()
            if isinstance(value, torch.Tensor) and not name.startswith("decoder_") and "label" not in name
        }
        return config, kept

    def _skip_encoder_decoder(self, reason):
        config, _ = self.model_tester.prepare_config_and_inputs_for_common()
        if config.is_encoder_decoder:
            self.skipTest(reason)

    def _generating_models(self):
        for model_class in self.all_model_classes:
            if not model_class.can_generate():
                continue
            if _is_known_by_its_name(model_class):
                self.skipTest(
                    "before 5.24, generate() finds the cache_params of classes with mamba in their name only"
                )
            torch.manual_seed(0)
            config, inputs = self.prepare_config_and_inputs_for_generate()
            inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
            model = model_class(config).to(torch_device).eval()
            model.generation_config.eos_token_id = None
            model.generation_config.forced_eos_token_id = None
            inputs = {name: inputs[name].to(torch_device) for name in ("input_ids", "attention_mask")}
            with self.subTest(model=model_class.__name__):
                yield model, inputs

    @torch.no_grad()
    def _generate(self, model, inputs, **kwargs):
        settings = {"max_new_tokens": _NEW_TOKENS, "min_new_tokens": _NEW_TOKENS, "do_sample": False, "num_beams": 1}
        return model.generate(**inputs, **(settings | kwargs))

    def _check_caches_are_equal(self, first, second):
        """Whether two caches hold the same tensors; upstream's common tests call this by its name."""
        self.assertIs(type(first), type(second))
        ours, theirs = list(_tensors(first)), list(_tensors(second))
        self.assertEqual(len(ours), len(theirs))
        for one, other in zip(ours, theirs):
            torch.testing.assert_close(one, other)

    def test_greedy_generate(self):
        for model, inputs in self._generating_models():
            tokens = self._generate(model, inputs)
            start = 1 if model.config.is_encoder_decoder else inputs["input_ids"].shape[1]
            self.assertEqual(tokens.shape[1], start + _NEW_TOKENS)
            self.assertTrue(torch.equal(tokens, self._generate(model, inputs)))

    def test_generate_with_and_without_cache(self):
        for model, inputs in self._generating_models():
            step = {"output_logits": True, "return_dict_in_generate": True}
            cached = self._generate(model, inputs, use_cache=True, **step)
            plain = self._generate(model, inputs, use_cache=False, **step)
            torch.testing.assert_close(torch.stack(cached.logits), torch.stack(plain.logits), rtol=1e-4, atol=1e-4)

    def test_beam_search_generate(self):
        for model, inputs in self._generating_models():
            result = self._generate(model, inputs, num_beams=2, num_return_sequences=2)
            self.assertEqual(result.shape[0], 2 * inputs["input_ids"].shape[0])

    def test_sample_generate(self):
        for model, inputs in self._generating_models():
            torch.manual_seed(0)
            first = self._generate(model, inputs, do_sample=True)
            torch.manual_seed(0)
            self.assertTrue(torch.equal(first, self._generate(model, inputs, do_sample=True)))

    def test_left_padding_compatibility(self):
        self._skip_encoder_decoder("an encoder-decoder model pads its encoder, on the right")
        config, _ = self.model_tester.prepare_config_and_inputs_for_common()
        if any(name.startswith("encoder") and name != "encoder_no_repeat_ngram_size" for name in config.to_dict()):
            self.skipTest(
                "the decoder of an encoder-decoder is not expected to bear padding on the left, alone or not"
            )
        for model, inputs in self._generating_models():
            pad = torch.full_like(inputs["input_ids"][:, :3], model.config.pad_token_id)
            padded = {
                "input_ids": torch.cat([pad, inputs["input_ids"]], dim=1),
                "attention_mask": torch.cat([torch.zeros_like(pad), inputs["attention_mask"]], dim=1),
            }
            step = {"output_logits": True, "return_dict_in_generate": True}
            wanted = torch.stack(self._generate(model, inputs, **step).logits)
            got = torch.stack(self._generate(model, padded, **step).logits)
            torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-4)

    def test_generate_from_inputs_embeds(self):
        self._skip_encoder_decoder("an encoder-decoder model embeds its own decoder input")
        for model, inputs in self._generating_models():
            embedded = {
                "inputs_embeds": model.get_input_embeddings()(inputs["input_ids"]),
                "attention_mask": inputs["attention_mask"],
            }
            prompt = inputs["input_ids"].shape[1]
            self.assertTrue(torch.equal(self._generate(model, embedded), self._generate(model, inputs)[:, prompt:]))

    def test_generate_continues_from_cache(self):
        self._skip_encoder_decoder("an encoder-decoder model keeps its prompt in the encoder")
        if not self.has_attentions:
            self.skipTest("generate() cannot tell how many tokens a recurrent state has seen")
        for model, inputs in self._generating_models():
            whole = self._generate(model, inputs)
            half = self._generate(
                model, inputs, max_new_tokens=3, min_new_tokens=3, use_cache=True, return_dict_in_generate=True
            )
            rest = {"input_ids": half.sequences, "attention_mask": torch.ones_like(half.sequences)}
            caches = [
                name for name in ("cache", "past_key_values", "cache_params") if getattr(half, name, None) is not None
            ]
            if not caches:
                self.skipTest("generate() gives out no cache of this model")
            rest[caches[0]] = half[caches[0]]  # before 5.24 it was past_key_values
            continued = self._generate(model, rest, max_new_tokens=3, min_new_tokens=3)
            self.assertTrue(torch.equal(continued, whole))
