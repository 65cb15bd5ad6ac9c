"""Changes of the stand-in that some faults need: a loss, and a pooler with a classifier instead of the head."""

_LOSS = """logits = {call}
        outputs = {{"logits": logits.numpy()}}
        if "labels" in inputs:
            labels = torch.tensor(inputs["labels"])
            outputs["loss"] = nn.functional.cross_entropy({scores}.flatten(0, 1), {labels}.flatten()).numpy()
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
        "standin.py",
        'return {"logits": model(torch.tensor(inputs["input_ids"]), lengths).numpy()}\n',
        _LOSS.format(
            call='model(torch.tensor(inputs["input_ids"]), lengths)', scores="logits[:, :-1]", labels="labels[:, 1:]"
        ),
    ),
)
SEQ2SEQ_LOSS = (
    (
        "adapter.py",
        "written[:, :9], length=6),",
        'written[:, :9], length=6),\n            "labels": written[:, 1:10].tolist(),',
    ),
    (
        "standin.py",
        'return {"logits": model(ids, written, *biases).numpy()}\n',
        _LOSS.format(call="model(ids, written, *biases)", scores="logits", labels="labels"),
    ),
)
POOLER = (
    (
        "standin.py",
        'self.cls = nn.ModuleDict({"predictions": Predictions(hp)})',
        'self.summary = nn.Linear(hp["width"], hp["width"])\n        self.verdict = nn.Linear(hp["width"], 2)',
    ),
    (
        "standin.py",
        'return self.cls["predictions"](x, self.embed.word.weight)',
        "return self.verdict(self.summary(x[:, 0]).tanh())",
    ),
    ("../conversion/rules.py", '"GLibForMaskedLM"', '"GLibForSequenceClassification"'),
    (
        "../conversion/rules.py",
        "RULES = [\n",
        'RULES = [\n    WeightRenaming("summary", "g_lib.pooler.dense"),\n    WeightRenaming("verdict", "classifier"),\n',
    ),
)
