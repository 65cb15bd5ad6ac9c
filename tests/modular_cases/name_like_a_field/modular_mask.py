# The parent's name begins words that are no names of models.
from ..sam.modeling_sam import SamMaskEmbedding, SamPositionalEmbedding, SamPromptEncoder
from ..git.modeling_git import GitVisionMLP


class MaskMaskEmbedding(SamMaskEmbedding):
    """A sample of samples, same as in sam; digit and legit, but git."""


class MaskPromptEncoder(SamPromptEncoder):
    pass


class MaskPositionalEmbedding(SamPositionalEmbedding):
    pass


class MaskVisionMLP(GitVisionMLP):
    pass
