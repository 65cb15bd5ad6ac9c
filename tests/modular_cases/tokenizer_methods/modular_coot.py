# A tokenizer that loses methods, and one whose property is ours.
from ..mbart.tokenization_mbart import MBartTokenizer
from ..t5.tokenization_t5 import T5Tokenizer


class CootTokenizer(T5Tokenizer):
    def get_sentinel_tokens(self):
        raise AttributeError("Coots have no sentinels")

    def get_sentinel_token_ids(self):
        raise AttributeError("Coots have no sentinels")

    def dive(self, text: str) -> list[str]:
        return [piece for piece in self.tokenize(text) if piece != self.pad_token]


class CootTranslationTokenizer(MBartTokenizer):
    @property
    def src_lang(self) -> str:
        return self._src_lang or "en_XX"


__all__ = ["CootTokenizer"]
