# A function redefined that calls a nested one of its own; the parent's model calls the function.
import torch

from ..esm.modeling_esm import EsmEmbeddings, EsmForMaskedLM, EsmModel


def symmetrize(x):
    def half(y):
        return 0.5 * y

    return half(x) + half(x.transpose(-1, -2))


def gelu(x):
    return x * torch.sigmoid(1.702 * x)


class KingletEmbeddings(EsmEmbeddings):
    def forward(self, input_ids=None, attention_mask=None, **kwargs):
        embedded = self.word_embeddings(input_ids)
        return embedded if attention_mask is None else embedded * attention_mask[..., None]


class KingletModel(EsmModel):
    pass


class KingletForMaskedLM(EsmForMaskedLM):
    pass
