"""Changes of the stand-in that some faults need: sinusoids as positions, and a loss."""

SINUSOIDS = (
    (
        "standin.py",
        "    directory.mkdir(parents=True, exist_ok=True)\n    torch.save(",
        """    steps = 10000 ** -(torch.arange(0, HPARAMS["width"], 2) / HPARAMS["width"])
    angles = torch.outer(torch.arange(HPARAMS["context"]), steps)
    with torch.no_grad():
        for side in (model.reader, model.writer):
            side.places.weight.copy_(torch.cat([angles.sin(), angles.cos()], 1))
    directory.mkdir(parents=True, exist_ok=True)
    torch.save(""",
    ),
)

_LOSS = """logits = {call}
        outputs = {{"logits": logits.numpy()}}
        if "labels" in inputs:
            labels = torch.tensor(inputs["labels"])
            outputs["loss"] = torch.nn.functional.cross_entropy({scores}.flatten(0, 1), {labels}.flatten()).numpy()
        return outputs
"""
# The decoder's label is the next token; the encoder-decoder is given its labels beside its shifted input.
DECODER_LOSS = (
    (
        "adapter.py",
        '"attention_mask": mask.tolist()}',
        '"attention_mask": mask.tolist(), "labels": np.where(mask == 1, padded, -100).tolist()}',
    ),
    (
        "adapter.py",
        'return {"logits": model(ids, lengths).numpy()}\n',
        _LOSS.format(call="model(ids, lengths)", scores="logits[:, :-1]", labels="labels[:, 1:]"),
    ),
)
SEQ2SEQ_LOSS = (
    (
        "adapter.py",
        "written[:, :9], length=6),",
        'written[:, :9], length=6),\n            "labels": written[:, 1:10].tolist(),',
    ),
    (
        "adapter.py",
        'return {"logits": model(ids, written, *biases).numpy()}\n',
        _LOSS.format(call="model(ids, written, *biases)", scores="logits", labels="labels"),
    ),
)
