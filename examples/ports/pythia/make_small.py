"""A small Pythia in litgpt's own classes, with random weights and a trained tokenizer, standing for the released files.

`python original/make_small.py` writes to original/checkpoint/ what `litgpt download` leaves of a released model,
and the tokenizer's files of it to original-tokenizer/. It runs in the original's environment.
"""

import json
from pathlib import Path

import litgpt
import torch
from litgpt.utils import save_config

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers


HERE = Path(__file__).resolve().parent


def write_checkpoint(directory: Path) -> None:
    """Three layers of pythia-14m's width. No weight is zero or one, so that none can go missing unseen."""
    directory.mkdir(parents=True, exist_ok=True)
    config = litgpt.Config.from_name("pythia-14m", n_layer=3, block_size=96, vocab_size=1023)
    model = litgpt.GPT(config)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            is_norm_weight = weight.ndim == 1 and name.endswith("weight")
            weight.copy_(is_norm_weight + 0.1 * torch.randn(weight.shape, generator=generator))
    torch.save(model.state_dict(), directory / "lit_model.pth")
    save_config(config, directory)


def write_tokenizer(directory: Path) -> None:
    """tokenizer.json and its settings, with 1023 pieces."""
    directory.mkdir(parents=True, exist_ok=True)
    train_tokenizer().save(str(directory / "tokenizer.json"))
    ends = dict.fromkeys(["bos_token", "eos_token", "unk_token"], "<|endoftext|>")
    settings = {"tokenizer_class": "GPTNeoXTokenizer", "add_prefix_space": False, **ends}
    (directory / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def train_tokenizer() -> Tokenizer:
    """A byte-level BPE built like the released one, trained on litgpt's own source: NFC, and pieces for runs of spaces."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1000,
        special_tokens=["<|endoftext|>", "<|padding|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train(sorted(map(str, Path(litgpt.__file__).parent.glob("*.py"))), trainer)
    tokenizer.add_tokens([AddedToken(" " * count, normalized=True) for count in range(24, 1, -1)])
    return tokenizer


if __name__ == "__main__":
    write_checkpoint(HERE / "checkpoint")
    for directory in (HERE / "checkpoint", HERE.parent / "original-tokenizer"):
        write_tokenizer(directory)
