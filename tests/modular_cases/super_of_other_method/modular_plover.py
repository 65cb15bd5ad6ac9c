# A method that calls another method of the parent.
from ..phi.modeling_phi import PhiForCausalLM, PhiModel


class PloverModel(PhiModel):
    def encode(self, input_ids):
        return super().forward(input_ids=input_ids).last_hidden_state


class PloverForCausalLM(PhiForCausalLM):
    def forward(self, input_ids=None, **kwargs):
        return self.model.encode(input_ids)

    def prepare_inputs_for_generation(self, *args, **kwargs):
        inputs = super().prepare_inputs_for_generation(*args, **kwargs)
        inputs.pop("plover_ids", None)
        return inputs
