# A state-space model: package names in its code must stay.
from ..mamba.configuration_mamba import MambaConfig
from ..mamba.modeling_mamba import MambaForCausalLM, MambaMixer, MambaModel, MambaPreTrainedModel


class NewtConfig(MambaConfig):
    model_type = "newt"


class NewtMixer(MambaMixer):
    pass


class NewtPreTrainedModel(MambaPreTrainedModel):
    pass


class NewtModel(MambaModel):
    def load_hook(self, state_dict, prefix, *args):
        raise AttributeError("Newt has no old checkpoints")


class NewtForCausalLM(MambaForCausalLM):
    pass


__all__ = ["NewtConfig", "NewtForCausalLM", "NewtModel", "NewtPreTrainedModel"]
