# Fields that are dictionaries, literals, fields of dataclasses, and methods of all kinds.
from dataclasses import field
from typing import Any, ClassVar, Literal

from ..mixtral.configuration_mixtral import MixtralConfig
from ..siglip.configuration_siglip import SiglipConfig, SiglipTextConfig, SiglipVisionConfig


class QuailTextConfig(SiglipTextConfig):
    model_type = "quail_text"


class QuailVisionConfig(SiglipVisionConfig):
    model_type = "quail_vision"
    image_size: int | list[int] | tuple[int, int] = (30, 40)


class QuailConfig(SiglipConfig):
    model_type = "quail"
    sub_configs = {"text_config": QuailTextConfig, "vision_config": QuailVisionConfig}
    covey: ClassVar[int] = 12
    plumage: Literal["grey", "brown"] = "brown"
    extras: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of_two(cls, text_config: QuailTextConfig, vision_config: QuailVisionConfig, **kwargs):
        return cls(text_config=text_config.to_dict(), vision_config=vision_config.to_dict(), **kwargs)

    @staticmethod
    def call() -> str:
        return "wet my lips"

    @property
    def hidden_size(self) -> int:
        return self.text_config.hidden_size


class QuailMoeConfig(MixtralConfig):
    model_type = "quail_moe"
    attribute_map = {"num_experts": "num_local_experts"}
    base_model_tp_plan = {"layers.*.self_attn.q_proj": "colwise"}
