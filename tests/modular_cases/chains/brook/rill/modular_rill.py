# The second of two: over a parent whose prefix is odd.
from ..brook2x.configuration_brook2x import BROOK2xConfig
from ..brook2x.modeling_brook2x import BROOK2xForCausalLM, BROOK2xModel


class RillConfig(BROOK2xConfig):
    model_type = "rill"
    pebbles: int | None = None


class RillModel(BROOK2xModel):
    def pebble(self) -> str:
        return "brook2x and BROOK2x"


class RillForCausalLM(BROOK2xForCausalLM):
    pass


__all__ = ["RillConfig", "RillForCausalLM", "RillModel"]
