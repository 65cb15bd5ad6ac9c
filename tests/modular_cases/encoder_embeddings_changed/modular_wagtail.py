# Embeddings without token types; a static method of the parent written anew.
import torch
from torch import nn

from ..roberta.modeling_roberta import RobertaEmbeddings, RobertaForMaskedLM, RobertaModel


class WagtailEmbeddings(RobertaEmbeddings):
    def __init__(self, config):
        super().__init__(config)
        del self.token_type_embeddings
        self.scale = config.hidden_size**0.5

    def forward(self, input_ids=None, position_ids=None, inputs_embeds=None, **kwargs) -> torch.Tensor:
        if inputs_embeds is None:
            inputs_embeds = self.word_embeddings(input_ids) * self.scale
        if position_ids is None:
            position_ids = self.create_position_ids_from_input_ids(input_ids, self.padding_idx)
        return self.dropout(self.LayerNorm(inputs_embeds + self.position_embeddings(position_ids)))

    @staticmethod
    def create_position_ids_from_input_ids(input_ids, padding_idx, past_key_values_length=0):
        """Positions from one up, padding left out."""
        kept = input_ids.ne(padding_idx).int()
        return (kept.cumsum(dim=1) + past_key_values_length).mul(kept).long() + padding_idx

    @staticmethod
    def flick(tail: nn.Module) -> nn.Module:
        return tail


class WagtailModel(RobertaModel):
    pass


class WagtailForMaskedLM(RobertaForMaskedLM):
    pass
