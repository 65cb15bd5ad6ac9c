# A recurrent model with an autograd function whose name has no prefix.
from ..recurrent_gemma.configuration_recurrent_gemma import RecurrentGemmaConfig
from ..recurrent_gemma.modeling_recurrent_gemma import (
    RecurrentGemmaForCausalLM,
    RecurrentGemmaModel,
    RecurrentGemmaRglru,
)


class FerretConfig(RecurrentGemmaConfig):
    model_type = "ferret"


class FerretRglru(RecurrentGemmaRglru):
    def _rnn_scan(self, hidden_states, recurrent_gate, reset, recurrent_states, acc_dtype=None):
        return hidden_states * recurrent_gate, recurrent_states


class FerretModel(RecurrentGemmaModel):
    pass


class FerretForCausalLM(RecurrentGemmaForCausalLM):
    pass
