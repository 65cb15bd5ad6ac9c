# Methods that only raise are taken out.
from ..gpt_neox.modeling_gpt_neox import GPTNeoXForCausalLM, GPTNeoXModel
from ..phi3.modeling_phi3 import Phi3ForCausalLM


class SorrelModel(GPTNeoXModel):
    def get_input_embeddings(self):
        raise AttributeError("Not needed for Sorrel")

    def set_input_embeddings(self, value):
        raise NotImplementedError("Not needed for Sorrel")


class SorrelForCausalLM(GPTNeoXForCausalLM):
    def get_output_embeddings(self):
        raise AttributeError()


class SorrelPhi3ForCausalLM(Phi3ForCausalLM):
    def prepare_inputs_for_generation(self, input_ids, past_key_values=None, **kwargs):
        raise AttributeError("Sorrel generates as all others do")
