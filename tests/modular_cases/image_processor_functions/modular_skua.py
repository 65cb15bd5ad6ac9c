# A helper function of the parent's file written anew, another imported and called.
from ..qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor, Qwen2VLImageProcessorKwargs, smart_resize


class SkuaImageProcessorKwargs(Qwen2VLImageProcessorKwargs):
    pass


class SkuaImageProcessor(Qwen2VLImageProcessor):
    patch_size = 16
    model_input_names = ["pixel_values", "image_grid_thw", "skua_mask"]

    def get_number_of_image_patches(self, height: int, width: int, images_kwargs=None):
        rows, columns = smart_resize(height, width, factor=self.patch_size * self.merge_size)
        return (rows // self.patch_size) * (columns // self.patch_size)


__all__ = ["SkuaImageProcessor"]
