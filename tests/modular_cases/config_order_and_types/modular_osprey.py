# Fields with other defaults, other types, in another order.
from huggingface_hub.dataclasses import strict

from ...utils import auto_docstring
from ..gemma2.configuration_gemma2 import Gemma2Config


@auto_docstring(checkpoint="example-org/osprey-9b")
@strict
class OspreyConfig(Gemma2Config):
    r"""
    wing_span (`int`, *optional*, defaults to 3):
        How many neighbours a token looks at.

    ```python
    >>> from transformers import OspreyConfig

    >>> OspreyConfig(wing_span=5)
    ```"""

    model_type = "osprey"

    wing_span: int = 3
    hidden_size: int = 96
    vocab_size: int = 512
    layer_types: list[str] | tuple[str, ...] | None = None
    unset_field: str | None

    def __post_init__(self, **kwargs):
        if self.wing_span % 2 == 0:
            self.wing_span += 1
        super().__post_init__(**kwargs)


__all__ = ["OspreyConfig"]
