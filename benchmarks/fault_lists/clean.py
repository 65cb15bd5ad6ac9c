"""Changes that leave the model what it is: nothing may be found in them."""

from fault_lists.fault import Fault
from fault_lists.originals import DECODER_LOSS, POOLER, SEQ2SEQ_LOSS


CLEAN = [Fault("clean", family, "", ()) for family in ("decoder", "encoder", "encoder-decoder")] + [
    Fault(
        "clean: rsqrt written out",
        "decoder",
        "",
        (),
        "RMSNorm",
        "hidden_states * torch.rsqrt(variance + self.variance_epsilon)",
        "hidden_states / torch.sqrt(variance + self.variance_epsilon)",
    ),
    Fault(
        "clean: sum the other way round",
        "decoder",
        "",
        (),
        "DecoderLayer",
        "hidden_states = residual + hidden_states\n        return hidden_states",
        "return hidden_states + residual",
    ),
    Fault(
        "clean: norm in place of a call",
        "decoder",
        "",
        (),
        "MLP",
        "self.act_fn(self.gate_proj(x))",
        "nn.functional.silu(self.gate_proj(x))",
    ),
    Fault(
        "clean: scale on the queries",
        "encoder",
        "",
        (),
        "eager_attention_forward",
        "torch.matmul(query, key.transpose(2, 3)) * scaling",
        "torch.matmul(query * scaling, key.transpose(2, 3))",
    ),
    Fault(
        "clean: activation by function",
        "encoder",
        "",
        (),
        "Intermediate",
        "self.intermediate_act_fn(hidden_states)",
        "nn.functional.gelu(hidden_states)",
    ),
    Fault(
        "clean: segments added last",
        "encoder",
        "",
        (),
        "Embeddings",
        """embeddings = inputs_embeds + token_type_embeddings

        position_embeddings = self.position_embeddings(position_ids)
        embeddings = embeddings + position_embeddings""",
        "embeddings = inputs_embeds + self.position_embeddings(position_ids) + token_type_embeddings",
    ),
    Fault(
        "clean: scale on the queries",
        "encoder-decoder",
        "",
        (),
        "eager_attention_forward",
        "torch.matmul(query, key.transpose(2, 3)) * scaling",
        "torch.matmul(query * scaling, key.transpose(2, 3))",
    ),
    Fault(
        "clean: sum and norm in one line",
        "encoder-decoder",
        "",
        (),
        "DecoderLayer",
        "hidden_states = residual + hidden_states\n        hidden_states = self.final_layer_norm(hidden_states)",
        "hidden_states = self.final_layer_norm(residual + hidden_states)",
    ),
]

CLEAN += [
    Fault("clean: with a loss", "decoder", "", (), original=DECODER_LOSS),
    Fault("clean: with a loss", "encoder-decoder", "", (), original=SEQ2SEQ_LOSS),
    Fault("clean: with a pooler", "encoder", "", (), original=POOLER),
]
