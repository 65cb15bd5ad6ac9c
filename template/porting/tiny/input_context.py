"""What the inputs of one forward are made from: the model, its configurations by modality, and the forms chosen."""

BATCH, LENGTH = 2, 10
# How much is given: what is usual; all that may be; only what has to be; what a part gets from the model around it.
MANNERS = USUAL, ALL, LEAST, INSIDE = ("usual", "all", "least", "inside")


class Context:
    """One combination of forms for one model; tensors are made from a generator of its own."""

    def __init__(
        self,
        model,
        names,
        image_form=None,
        audio_form=None,
        placeholders=False,
        choices=None,
        truth=False,
        manner=USUAL,
        codebooks=None,
    ):
        import torch

        self.model, self.names, self.choices = model, names, choices
        self.image_form, self.audio_form, self.placeholders, self.truth = image_form, audio_form, placeholders, truth
        self.flat = getattr(image_form, "__name__", "").startswith(("flat", "patch_"))
        self.config, self.manner = model.config, manner
        self.codebooks, self.counting = codebooks, False
        self.forced = 0  # rows of features that the model itself said it makes
        self.length = LENGTH
        self.generator = torch.Generator().manual_seed(0)
        self.made = {}

    def has(self, form: str) -> bool:
        """Whether images ("image_form") or sounds ("audio_form") are among the inputs."""
        return getattr(self, form) is not None

    def has_forms(self) -> bool:
        """Whether images or sounds are among the inputs."""
        return self.image_form is not None or self.audio_form is not None

    def once(self, key: str, make):
        """The value made for `key`, made at the first call."""
        if key not in self.made:
            self.made[key] = make(self)
        return self.made[key]

    def codebook_count(self) -> int:
        channels = () if "pixel_values" in self.names else ("num_channels",)
        return self.find(("num_codebooks", "n_q", "num_quantizers", *channels), default=0)

    def floats(self, *shape):
        import torch

        return torch.randn(shape, generator=self.generator) * 0.5

    def integers(self, low: int, high: int, *shape):
        import torch

        return torch.randint(low, max(high, low + 1), shape, generator=self.generator)

    def text_config(self):
        try:
            return (
                self.config.get_text_config(encoder=True)
                if self.config.is_encoder_decoder
                else self.config.get_text_config()
            )
        except (ValueError, AttributeError):
            return self.config

    def vision_config(self):
        return self._part(
            "vision_config",
            "vision_encoder_config",
            "image_encoder",
            "visual",
            "vision",
            "backbone_config",
            "image_config",
            "encoder",
        )

    def audio_config(self):
        return self._part(
            "audio_config", "audio_encoder_config", "encoder_config", "audio_encoder", "speech_config", "encoder"
        )

    def _part(self, *names):
        for name in names:
            part = getattr(self.config, name, None)
            if hasattr(part, "model_type"):
                return part
        return self.config

    def find(self, names: tuple[str, ...], *configs, kind=int, default=None):
        """The first value of type `kind` that one of `configs`, or one nested in it, has under one of the names."""
        for config in configs or (self.config,):
            for node in _nested(config):
                for name in names:
                    value = node.__dict__.get(name)
                    if name in node.attribute_map and value is None:
                        value = getattr(node, name, None)
                    if isinstance(value, kind) and not isinstance(value, bool):
                        return value
        return default

    def token_ids(self) -> set[int]:
        """Every id that a configuration sets aside."""
        found = set()
        for node in _nested(self.config):
            for name, value in node.__dict__.items():
                if name.endswith(("_token_id", "_token_index", "token_ids", "_token_idx")):
                    found.update(
                        item
                        for item in (value if isinstance(value, list | tuple) else [value])
                        if isinstance(item, int)
                    )
        return found

    def token(self, *names: str) -> int | None:
        """The id of the first of the special tokens that a configuration has."""
        for name in names:
            value = self.find((name,))
            if value is not None:
                return value
        return None

    def vocabulary(self) -> int:
        from torch import nn

        size = self.find(("vocab_size",), self.text_config(), self.config, default=99)
        try:
            table = self.model.get_input_embeddings()
        except (NotImplementedError, AttributeError):
            return size
        return (
            min(size, table.num_embeddings) if isinstance(table, nn.Embedding) and "input_ids" in self.names else size
        )


def _nested(config):
    yield config
    for value in list(config.__dict__.values()):
        if hasattr(value, "model_type") and hasattr(value, "to_dict"):
            yield from _nested(value)
