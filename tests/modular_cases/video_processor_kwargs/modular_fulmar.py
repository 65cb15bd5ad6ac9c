# A video processor with its keyword class in the same file.
from ..qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor, Qwen2VLVideoProcessorInitKwargs


class FulmarVideoProcessorInitKwargs(Qwen2VLVideoProcessorInitKwargs):
    glide: int


class FulmarVideoProcessor(Qwen2VLVideoProcessor):
    valid_kwargs = FulmarVideoProcessorInitKwargs
    min_frames = 2

    def sample_frames(self, metadata, num_frames=None, fps=None, **kwargs):
        total = metadata.total_num_frames
        return list(range(0, total, max(1, total // (num_frames or self.min_frames))))


__all__ = ["FulmarVideoProcessor"]
