# A tokenizer with another pattern and other file names.
from ...utils import logging
from ..qwen2.tokenization_qwen2 import Qwen2Tokenizer


logger = logging.get_logger(__name__)

VOCAB_FILES_NAMES = {"vocab_file": "grebe.json", "merges_file": "grebe.txt"}
PRETOKENIZE_REGEX = r"\p{N}|\s+"


class GrebeTokenizer(Qwen2Tokenizer):
    model_input_names = ["input_ids"]
    vocab_files_names = VOCAB_FILES_NAMES


__all__ = ["GrebeTokenizer"]
