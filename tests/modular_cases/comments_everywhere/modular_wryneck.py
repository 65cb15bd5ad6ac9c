#!/usr/bin/env python
# -*- coding: utf-8 -*-
# Two lines that look like the beginning of a script.

# A remark that belongs to nothing.

from torch import nn  # why not

# The parents:
from ..llama.modeling_llama import (  # all from one place
    LlamaAttention,  # turned
    LlamaMLP,
    # and the rest
    LlamaModel,
)


# A remark above the class


class WryneckMLP(LlamaMLP):  # at the class's line
    # before the first method

    def __init__(self, config):  # at the method's line
        # before super
        super().__init__(config)  # behind super
        # before an assignment
        self.gate_proj = nn.Linear(config.hidden_size, 1)  # behind an assignment

        # between two

        self.neck = 1
        # at the end of the method

    # at the end of the class


class WryneckAttention(LlamaAttention):
    def __init__(self, config, layer_idx):
        super().__init__(config, layer_idx)
        # this one goes
        del self.is_causal  # it went
        # and this stays


class WryneckModel(LlamaModel):
    # the body is a remark and a pass
    pass  # nothing
    # nothing more


# The last line of the file
