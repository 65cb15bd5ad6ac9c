"""Models of images in PyTorch."""

from functools import partial

from left_out import leave_out


def timm() -> dict:
    leave_out("torchvision")
    import timm

    swin = {"embed_dim": 24, "depths": (2, 2, 3, 2), "num_heads": (2, 4, 6, 8)}
    convnext = {"depths": (2, 2, 3, 2), "dims": (20, 36, 60, 84), "num_classes": 17}
    dinov2 = {"img_size": 70, "embed_dim": 72, "depth": 4, "num_heads": 6}
    return {
        "timm_swin": timm.create_model("swin_tiny_patch4_window7_224", num_classes=15, **swin),
        "timm_convnextv2": timm.create_model("convnextv2_tiny", **convnext),
        "timm_dinov2_registers": timm.create_model("vit_small_patch14_reg4_dinov2", **dinov2),
        "timm_regnet": timm.create_model("regnety_002", num_classes=19),
    }


def open_clip() -> dict:
    leave_out("torchvision", "ftfy")
    from open_clip import CLIP, CoCa

    vision = {"layers": 3, "width": 64, "head_width": 16, "patch_size": 16, "image_size": 80}
    text = {"context_length": 22, "vocab_size": 230, "width": 48, "heads": 4, "layers": 4}
    pooling = {"attentional_pool": True, "attn_pooler_heads": 4, "attn_pooler_queries": 18, "output_tokens": True}
    with_class = {"embed_cls": True, "output_tokens": True}
    decoder = {"context_length": 22, "vocab_size": 230, "width": 48, "heads": 4, "layers": 3}
    return {
        "open_clip_clip": CLIP(embed_dim=40, vision_cfg=vision, text_cfg=text),
        "open_clip_coca": CoCa(
            embed_dim=48, multimodal_cfg=decoder, text_cfg=text | with_class, vision_cfg=vision | pooling
        ),
    }


def segment_anything() -> dict:
    leave_out("torchvision")
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer
    from torch import nn

    width, side = 32, 112 // 16
    encoder = ImageEncoderViT(
        img_size=112,
        embed_dim=48,
        depth=4,
        num_heads=4,
        norm_layer=partial(nn.LayerNorm, eps=1e-6),
        use_rel_pos=True,
        global_attn_indexes=(1, 3),
        window_size=5,
        out_chans=width,
    )
    prompts = PromptEncoder(
        embed_dim=width, image_embedding_size=(side, side), input_image_size=(112, 112), mask_in_chans=16
    )
    decoder = MaskDecoder(
        transformer=TwoWayTransformer(depth=2, embedding_dim=width, mlp_dim=80, num_heads=4),
        transformer_dim=width,
        iou_head_hidden_dim=56,
    )
    return {"segment_anything": Sam(encoder, prompts, decoder)}


def efficientnet_pytorch() -> dict:
    from efficientnet_pytorch import EfficientNet

    return {"efficientnet_pytorch": EfficientNet.from_name("efficientnet-b0", num_classes=21)}


BUILDS = (timm, open_clip, segment_anything, efficientnet_pytorch)
