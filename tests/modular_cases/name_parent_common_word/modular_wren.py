# The parent's name is part of many words.
from ..sam.configuration_sam import SamConfig, SamMaskDecoderConfig, SamPromptEncoderConfig, SamVisionConfig
from ..git.configuration_git import GitVisionConfig


class WrenPromptEncoderConfig(SamPromptEncoderConfig):
    pass


class WrenMaskDecoderConfig(SamMaskDecoderConfig):
    sample_rate: int = 2


class WrenVisionConfig(SamVisionConfig):
    model_type = "wren_vision"
    note: str = "the same sample, a digit, legit and sam"


class WrenConfig(SamConfig):
    model_type = "wren"


class WrenGitVisionConfig(GitVisionConfig):
    model_type = "wren_git_vision"
