# A tokenizer written in Python with a loading function.
from ..esm.tokenization_esm import EsmTokenizer


def load_vocab_file(vocab_file):
    with open(vocab_file, encoding="utf-8") as lines:
        return [line.strip() for line in lines if not line.startswith("#")]


class MoorhenTokenizer(EsmTokenizer):
    vocab_files_names = {"vocab_file": "moorhen.txt"}

    def _tokenize(self, text, **kwargs):
        return list(text)


__all__ = ["MoorhenTokenizer"]
