"""Stands in for upstream's `tests/causal_lm_tester.py`: same names, same common mixins below.

A test file written for upstream runs against either. Everything that upstream's mixins test is
tested here too; the tests this file adds are our own.
"""

import inspect
import unittest

import torch

import transformers
from transformers.testing_utils import torch_device

from .generation.test_utils import GenerationTesterMixin
from .test_configuration_common import ConfigTester
from .test_modeling_common import ModelTesterMixin, ids_tensor
from .test_pipeline_mixin import PipelineTesterMixin
from .test_training_mixin import TrainingTesterMixin


_HEADS = {
    "causal_lm_class": "ForCausalLM",
    "question_answering_class": "ForQuestionAnswering",
    "sequence_classification_class": "ForSequenceClassification",
    "token_classification_class": "ForTokenClassification",
}

_TINY = {
    "batch_size": 13,
    "seq_length": 7,
    "is_training": True,
    "use_input_mask": True,
    "use_token_type_ids": False,
    "use_labels": True,
    "vocab_size": 99,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "intermediate_size": 32,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "max_position_embeddings": 512,
    "type_vocab_size": 16,
    "type_sequence_label_size": 2,
    "initializer_range": 0.02,
    "num_labels": 3,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "is_decoder": False,
    "tie_word_embeddings": False,
    "expert_interval": 1,
    "moe_layer_start_index": 0,
    "moe_intermediate_size": 16,
    "moe_num_shared_experts": 2,
    "shared_expert_intermediate_size": 36,
    "shared_expert_gate": True,
    "num_experts": 8,
    "num_experts_per_tok": 2,
    "num_choices": 4,
    "mamba_n_groups": 1,
    "mamba_n_heads": 16,
    "mamba_d_state": 16,
    "mamba_d_conv": 4,
    "mamba_expand": 2,
    "mamba_chunk_size": 16,
}


class CausalLMModelTester:
    """Makes a tiny model of one decoder; only `base_model_class` has to be set."""

    base_model_class = None
    config_class = None
    causal_lm_class = None
    question_answering_class = None
    sequence_classification_class = None
    token_classification_class = None
    forced_config_args = ["pad_token_id"]

    def __init__(self, parent, **overrides):
        if self.base_model_class is None:
            raise ValueError(f"{type(self).__name__}.base_model_class is not set")
        self.parent = parent
        name = self.base_model_class.__name__.replace("Model", "")
        if self.config_class is None:
            self.config_class = getattr(transformers, f"{name}Config")
        for attribute, suffix in _HEADS.items():
            if getattr(self, attribute) is None:
                setattr(self, attribute, getattr(transformers, f"{name}{suffix}", None))
        if self.causal_lm_class is None:
            raise ValueError(f"transformers has no {name}ForCausalLM; set {type(self).__name__}.causal_lm_class")
        sizes = _TINY | overrides
        self.head_dim = sizes["hidden_size"] // sizes["num_attention_heads"]
        for key, value in sizes.items():
            setattr(self, key, value)

    @property
    def all_model_classes(self):
        classes = (self.base_model_class, *(getattr(self, attribute) for attribute in _HEADS))
        return [model_class for model_class in classes if model_class is not None]

    @property
    def pipeline_model_mapping(self):
        by_task = {
            "feature-extraction": self.base_model_class,
            "text-generation": self.causal_lm_class,
            "question-answering": self.question_answering_class,
            "text-classification": self.sequence_classification_class,
            "zero-shot": self.sequence_classification_class,
            "token-classification": self.token_classification_class,
        }
        return {task: model_class for task, model_class in by_task.items() if model_class is not None}

    def get_config(self):
        accepted = [*inspect.signature(self.config_class.__init__).parameters, *self.forced_config_args]
        common_names = {own: common for common, own in self.config_class.attribute_map.items()}
        values = {}
        for key in accepted:
            name = key if hasattr(self, key) else common_names.get(key, key)
            if key != "self" and hasattr(self, name):
                values[key] = getattr(self, name)
        return self.config_class(**values)

    def prepare_config_and_inputs(self):
        input_ids = ids_tensor([self.batch_size, self.seq_length], self.vocab_size)
        attention_mask = torch.ones_like(input_ids).tril() if self.use_input_mask else None
        return self.get_config(), input_ids, attention_mask

    def prepare_config_and_inputs_for_common(self):
        config, input_ids, attention_mask = self.prepare_config_and_inputs()
        return config, {"input_ids": input_ids, "attention_mask": attention_mask}


class CausalLMModelTest(ModelTesterMixin, GenerationTesterMixin, PipelineTesterMixin, TrainingTesterMixin):
    """Upstream's common tests for one decoder, and the output shapes of its heads."""

    model_tester_class = None
    all_model_classes = None
    pipeline_model_mapping = None

    def setUp(self):
        if self.model_tester_class is None:
            raise ValueError(f"{type(self).__name__}.model_tester_class is not set")
        self.model_tester = self.model_tester_class(self)
        self.config_tester = ConfigTester(self, config_class=self.model_tester.config_class)
        if self.all_model_classes is None:
            self.all_model_classes = self.model_tester.all_model_classes
        if self.pipeline_model_mapping is None:
            self.pipeline_model_mapping = self.model_tester.pipeline_model_mapping

    def test_config(self):
        self.config_tester.run_common_tests()

    def test_model(self):
        tester = self.model_tester
        result = self._run_head(tester.base_model_class)
        expected = (tester.batch_size, tester.seq_length, tester.hidden_size)
        self.assertEqual(tuple(result.last_hidden_state.shape), expected)

    def test_sequence_classification_model(self):
        tester = self.model_tester
        for problem_type, labels in (
            (None, torch.zeros(tester.batch_size, dtype=torch.long)),
            ("single_label_classification", torch.ones(tester.batch_size, dtype=torch.long)),
            ("multi_label_classification", torch.ones(tester.batch_size, 3)),
        ):
            with self.subTest(problem_type=problem_type):
                result = self._run_head(
                    tester.sequence_classification_class, labels=labels, num_labels=3, problem_type=problem_type
                )
                self.assertEqual(tuple(result.logits.shape), (tester.batch_size, 3))
                self.assertTrue(torch.isfinite(result.loss))

    def test_token_classification_model(self):
        tester = self.model_tester
        labels = ids_tensor([tester.batch_size, tester.seq_length], 3)
        result = self._run_head(tester.token_classification_class, labels=labels, num_labels=3)
        self.assertEqual(tuple(result.logits.shape), (tester.batch_size, tester.seq_length, 3))
        self.assertTrue(torch.isfinite(result.loss))

    def test_question_answering_model(self):
        tester = self.model_tester
        result = self._run_head(tester.question_answering_class)
        self.assertEqual(tuple(result.start_logits.shape), (tester.batch_size, tester.seq_length))
        self.assertEqual(tuple(result.end_logits.shape), (tester.batch_size, tester.seq_length))

    @torch.no_grad()
    def _run_head(self, model_class, labels=None, **config_values):
        if model_class is None:
            raise unittest.SkipTest("the model has no such head")
        config, inputs = self.model_tester.prepare_config_and_inputs_for_common()
        for key, value in config_values.items():
            setattr(config, key, value)
        if labels is not None:
            inputs["labels"] = labels.to(torch_device)
        return model_class(config).to(torch_device).eval()(**inputs)
