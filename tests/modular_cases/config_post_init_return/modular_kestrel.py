# The parent's checks first, ours after; a further method on the configuration.
from ..llama.configuration_llama import LlamaConfig
from ..mixtral.configuration_mixtral import MixtralConfig


class KestrelConfig(LlamaConfig):
    model_type = "kestrel"
    hover: float = 0.5

    def validate_architecture(self):
        super().validate_architecture()
        if not 0 <= self.hover <= 1:
            raise ValueError(f"hover ({self.hover}) is not between 0 and 1")

    def __post_init__(self, **kwargs):
        super().__post_init__(**kwargs)
        self.hover = float(self.hover)

    def hovering(self) -> bool:
        """Whether this kestrel hovers."""
        return self.hover > 0


class KestrelMoeConfig(MixtralConfig):
    model_type = "kestrel_moe"


__all__ = ["KestrelConfig", "KestrelMoeConfig"]
