"""What a test file is about: the port's classes by what they are for, told from the parent's auto mappings."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from porting.base.modular_file import Names, own_names
from porting.base.parent import Parent


BASE = "MODEL_MAPPING_NAMES"
PRETRAINING = "MODEL_FOR_PRETRAINING_MAPPING_NAMES"

# Mapping -> what its head is called in the names of tests; of several, the first that gives a class names it.
HEADS = {
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES": "conditional_generation",
    "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES": "causal_lm",
    "MODEL_FOR_MASKED_LM_MAPPING_NAMES": "masked_lm",
    "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES": "sequence_classification",
    "MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES": "token_classification",
    "MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES": "question_answering",
    "MODEL_FOR_MULTIPLE_CHOICE_MAPPING_NAMES": "multiple_choice",
    "MODEL_FOR_NEXT_SENTENCE_PREDICTION_MAPPING_NAMES": "next_sentence_prediction",
    PRETRAINING: "pretraining",
}

# Task of a pipeline -> the head that serves it.
TASKS = {
    "feature-extraction": BASE,
    "fill-mask": "MODEL_FOR_MASKED_LM_MAPPING_NAMES",
    "text-classification": "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES",
    "text-generation": "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
    "token-classification": "MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES",
    "zero-shot": "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES",
}

# How models end that upstream tests within others.
_BUILDING_BLOCKS = ("Encoder", "Decoder")


@dataclass(frozen=True)
class Subject:
    """A port of `parent` under `names`; every class below is the port's, unless it says otherwise."""

    parent: Parent
    names: Names
    kind: str

    @property
    def config(self) -> str:
        return f"{self.names.prefix}Config"

    @cached_property
    def own(self) -> dict[str, str]:
        """The parent's class -> the port's."""
        return own_names(self.parent, self.names)

    @cached_property
    def base(self) -> str | None:
        """The model without a head."""
        return self.in_mapping(BASE)

    @property
    def name(self) -> str:
        """What the classes of the test file are named after: the base model's name, without its end."""
        return (self.base or self.names.prefix).removesuffix("Model") or self.names.prefix

    def in_mapping(self, mapping: str) -> str | None:
        """The class that a mapping gives for the parent's own type."""
        for name in self.parent.auto.models_of(self.parent.model_type).get(mapping, ()):
            if name in self.own:
                return self.own[name]
        return None

    @cached_property
    def heads(self) -> dict[str, str]:
        """Class -> what its head is called in names of tests."""
        found: dict[str, str] = {}
        for mapping, head in HEADS.items():
            for name in self.parent.auto.models_of(self.parent.model_type).get(mapping, ()):
                if name in self.own:
                    found.setdefault(self.own[name], head)
        return {name: head for name, head in found.items() if name != self.base}

    def head(self, head: str) -> str | None:
        """The first class with such a head that is tested here."""
        return next((name for name in self.tested if self.heads.get(name) == head), None)

    @cached_property
    def is_encoder_decoder(self) -> bool:
        return self.base is not None and "decoder_input_ids" in self.arguments(self.base)

    @cached_property
    def tested(self) -> list[str]:
        """The models that take the inputs which the base model takes, the base model first.

        Of an encoder-decoder, an encoder or a decoder alone takes others.
        """
        wanted = {"input_ids", *(("decoder_input_ids",) if self.is_encoder_decoder else ())}
        fitting = (name for name in self.heads if not self.arguments(name) or wanted <= self.arguments(name))
        return [*([self.base] if self.base else ()), *sorted(fitting)]

    @cached_property
    def one_sided(self) -> list[str]:
        """The public models of an encoder-decoder that are its encoder or its decoder alone."""
        if not self.is_encoder_decoder:
            return []
        models = [self.own[name] for name in self.parent.models if name in self.own]
        return [
            name
            for name in models
            if name not in self.tested
            and not name.endswith(_BUILDING_BLOCKS)
            and "input_ids" in self.arguments(name)
            and "decoder_input_ids" not in self.arguments(name)
        ]

    @cached_property
    def pipelines(self) -> dict[str, str]:
        """Task -> class."""
        found = {task: self.in_mapping(mapping) for task, mapping in TASKS.items()}
        return {task: name for task, name in found.items() if name}

    def generates(self, name: str) -> bool:
        return any("GenerationMixin" in found.bases for found in self._lineage(name))

    def arguments(self, name: str) -> set[str]:
        """The parameters of a model's forward; empty where its code does not stand in the parent's directory."""
        for found in self._lineage(name):
            arguments = found.arguments("forward")
            if arguments is not None:
                return set(arguments)
        return set()

    def needs_ids(self, name: str) -> bool:
        """Whether a model refuses embeddings in place of ids, as one does that looks for the end of the sequence."""
        texts = (text for found in self._lineage(name) for text in found.texts)
        return any("Passing input embeddings is currently not supported" in text for text in texts)

    def holds_base(self, name: str) -> bool:
        """Whether a model with a head keeps the model without one under `base_model_prefix`; True where it cannot be told."""
        lineage = [*self._lineage(name)]
        prefix = next((found.text("base_model_prefix") for found in lineage if found.text("base_model_prefix")), None)
        made = next((found for found in lineage if found.arguments("__init__") is not None), None)
        if not prefix or made is None:
            return True
        stored = (node for node in ast.walk(made.node) if isinstance(node, ast.Attribute))
        return any(node.attr == prefix and isinstance(node.ctx, ast.Store) for node in stored)

    def _lineage(self, name: str) -> Iterator:
        theirs = next(parent for parent, own in self.own.items() if own == name)
        return self.parent.sources.lineage(theirs)
