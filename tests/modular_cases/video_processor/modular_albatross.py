# A video processor.
from ...image_utils import OPENAI_CLIP_MEAN
from ..llava_onevision.video_processing_llava_onevision import LlavaOnevisionVideoProcessor


class AlbatrossVideoProcessor(LlavaOnevisionVideoProcessor):
    image_mean = OPENAI_CLIP_MEAN
    size = {"height": 64, "width": 64}
    crop_size = AttributeError()
    do_sample_frames = True
    num_frames: int = 8

    def frames_of(self, video) -> int:
        """How many frames are looked at."""
        return min(len(video), self.num_frames)


__all__ = ["AlbatrossVideoProcessor"]
