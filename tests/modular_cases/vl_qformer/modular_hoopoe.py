# A query transformer: only a part of the parent is wanted.
from ..blip_2.configuration_blip_2 import Blip2QFormerConfig
from ..blip_2.modeling_blip_2 import Blip2QFormerAttention, Blip2QFormerEncoder, Blip2TextEmbeddings


class HoopoeQFormerConfig(Blip2QFormerConfig):
    model_type = "hoopoe_qformer"


class HoopoeQFormerAttention(Blip2QFormerAttention):
    pass


class HoopoeQFormerEncoder(Blip2QFormerEncoder):
    pass


class HoopoeTextEmbeddings(Blip2TextEmbeddings):
    pass
