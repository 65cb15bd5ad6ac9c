# The logger comes first, wherever it stands; names in strings.
import torch

from ...utils import logging
from ..persimmon.modeling_persimmon import PersimmonForCausalLM, PersimmonMLP


SPIRAL = "treecreeper/spiral"

logger = logging.get_logger(__name__)


class TreecreeperMLP(PersimmonMLP):
    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        logger.warning_once(f"{SPIRAL}: persimmon went up {hidden_states.shape[-1]} steps, Persimmon as well")
        logger.warning_once("persimmon went up, Persimmon as well, and PERSIMMON")
        return self.dense_4h_to_h(self.act(self.dense_h_to_4h(hidden_states)))


class TreecreeperForCausalLM(PersimmonForCausalLM):
    pass
