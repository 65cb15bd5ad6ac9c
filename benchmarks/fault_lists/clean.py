"""Changes that leave the model what it is: nothing may be found in them."""

from fault_lists.fault import Fault
from fault_lists.originals import DECODER_LOSS, SEQ2SEQ_LOSS, SINUSOIDS


CLEAN = [Fault("clean", family, "", ()) for family in ("decoder", "encoder", "encoder-decoder")] + [
    Fault(
        "clean: rsqrt written out",
        "decoder",
        "",
        (),
        "RMSNorm",
        "hidden_states * torch.rsqrt(mean_square + self.variance_epsilon)",
        "hidden_states / torch.sqrt(mean_square + self.variance_epsilon)",
    ),
    Fault(
        "clean: sum the other way round",
        "decoder",
        "",
        (),
        "DecoderLayer",
        "return residual + hidden_states",
        "return hidden_states + residual",
    ),
    Fault(
        "clean: norm in place of a call",
        "decoder",
        "",
        (),
        "MLP",
        "self.act_fn(self.gate_proj(hidden_states))",
        "nn.functional.silu(self.gate_proj(hidden_states))",
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
        "MLP",
        "self.act_fn(self.up_proj(hidden_states))",
        "nn.functional.gelu(self.up_proj(hidden_states))",
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
]

CLEAN += [
    Fault("clean: with a loss", "decoder", "", (), original=DECODER_LOSS),
    Fault("clean: with a loss", "encoder-decoder", "", (), original=SEQ2SEQ_LOSS),
    Fault("clean: with sinusoids", "encoder-decoder", "", (), original=SINUSOIDS),
]
