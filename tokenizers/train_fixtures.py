"""Train the tiny vocabularies that the rendered tokenizer tests use.

    python tokenizers/train_fixtures.py            write them into tokenizers/<kind>/
    python tokenizers/train_fixtures.py --check    compare only; exit code 1 if a file would change

The files hold trained pieces alone: special tokens differ from architecture to architecture, so
`template/tests/fixtures/` puts them around the pieces when a workspace is rendered.
"""

import argparse
import io
import json
import string
import sys
from collections import Counter
from pathlib import Path

import sentencepiece

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers


HERE = Path(__file__).resolve().parent
TRAINING_TEXT = HERE / "training_text.txt"
WORDPIECE_SIZE = 500
BPE_SIZE = 500
UNIGRAM_SIZE = 400


def train_wordpiece(lines: list[str]) -> dict[str, str]:
    """BERT's pieces, one a line: single characters, alone and as continuations, then the most frequent longer pieces.

    The pieces are those of a BPE model of the same words: unlike `WordPieceTrainer`, its trainer gives the same
    vocabulary in every run.
    """
    normalizer = normalizers.BertNormalizer(lowercase=True)
    pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    normalized = [normalizer.normalize_str(line) for line in lines]
    tokenizer.train_from_iterator(normalized, trainers.BpeTrainer(vocab_size=WORDPIECE_SIZE, show_progress=False))

    ascii_continuations = {f"##{character}" for character in string.ascii_lowercase + string.digits}
    characters, longer = ascii_continuations | {piece.removeprefix("##") for piece in ascii_continuations}, Counter()
    for line in normalized:
        for word, _ in pre_tokenizer.pre_tokenize_str(line):
            pieces = [piece.value for piece in tokenizer.model.tokenize(word)]
            pieces[1:] = [f"##{piece}" for piece in pieces[1:]]
            longer.update(piece for piece in pieces if len(piece.removeprefix("##")) > 1)
            characters.update([word[0], *(f"##{character}" for character in word[1:])])
    frequent = sorted(longer, key=lambda piece: (-longer[piece], piece))
    vocabulary = [*sorted(characters, key=lambda piece: (len(piece), piece)), *frequent]
    return {"wordpiece/pieces.txt": _lines(vocabulary[:WORDPIECE_SIZE])}


def train_bpe(lines: list[str]) -> dict[str, str]:
    """GPT-2's pieces, one a line: the 256 bytes, then what the merges make of them; and the merges."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=BPE_SIZE, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    trained = json.loads(tokenizer.to_str())["model"]
    pieces = sorted(trained["vocab"], key=trained["vocab"].get)
    merges = [" ".join(merge) for merge in trained["merges"]]
    return {"bpe/pieces.txt": _lines(pieces), "bpe/merges.txt": _lines(["#version: 0.2", *merges])}


def train_unigram(lines: list[str]) -> dict[str, str]:
    """T5's pieces, one a line, each with its log probability after a tab, by SentencePiece itself."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        model_type="unigram",
        vocab_size=UNIGRAM_SIZE,
        character_coverage=1.0,
        normalization_rule_name="identity",
        num_threads=1,
        unk_id=0,
        bos_id=-1,
        eos_id=-1,
        minloglevel=2,
    )
    trained = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ids = [index for index in range(trained.get_piece_size()) if not trained.is_unknown(index)]
    return {"unigram/pieces.txt": _lines(f"{trained.id_to_piece(i)}\t{trained.get_score(i):.4f}" for i in ids)}


def _lines(items) -> str:
    return "".join(f"{item}\n" for item in items)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 if a file would change")
    check = parser.parse_args(arguments).check
    lines = TRAINING_TEXT.read_text(encoding="utf-8").splitlines()
    outdated = []
    for train in (train_wordpiece, train_bpe, train_unigram):
        for name, content in train(lines).items():
            path = HERE / name
            if not path.is_file() or path.read_text(encoding="utf-8") != content:
                outdated.append(name)
                if not check:
                    path.write_text(content, encoding="utf-8", newline="\n")
    for name in outdated:
        print(f"{name}: {'differs from what training gives; run without --check' if check else 'written'}")
    return 1 if check and outdated else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
