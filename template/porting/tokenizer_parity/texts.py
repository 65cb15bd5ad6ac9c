"""Texts to compare tokenizers on: written ones with everything that can go wrong, and generated ones."""

import random
import unicodedata
from collections.abc import Iterator

from transformers import PreTrainedTokenizerBase


PLAIN = (
    "Hello",
    "the",
    "A cat sat on the mat.",
    "The quick brown fox jumps over the lazy dog, again and again.",
    "Researchers compare two programs line by line; most differences are small.",
    "SHOUTING, whispering and CamelCase all in one sentence!",
    "Größe, Füße und Übermut machen noch keinen Straßenbau.",
    "Où était l'été où nous avons mangé des crêpes à Nîmes ?",
    "¿Cuándo volverá el señor Núñez de Málaga?",
    "Il perché non è così, ma può darsi che sia già lì.",
    "São três irmãos, e não há razão para confusão.",
    "Żółta łódź płynie przez jezioro, a źrebię śpi.",
    "Gözlüğümü ışıkta ıslak buldum; İstanbul'da yağmur var.",
    "Мы сравниваем две программы и ищем первое различие.",
    "Η γρήγορη αλεπού πηδά πάνω από τον σκύλο ΟΔΥΣΣΕΥΣ.",
    "השועל המהיר קופץ מעל הכלב העצלן.",
    "الثعلب السريع يقفز فوق الكلب الكسول.",
    "तेज़ लोमड़ी आलसी कुत्ते के ऊपर कूदती है।",
    "สุนัขจิ้งจอกกระโดดข้ามสุนัข",
    "今日は東京で雨が降っています。カタカナもあります。",
    "我们比较两个程序，找出第一个不同的地方。",
    "빠른 여우가 게으른 개를 뛰어넘는다.",
    "Con cáo nhanh nhẹn nhảy qua con chó lười biếng.",
    "სწრაფი მელა ზარმაც ძაღლს ახტება.",
)

SIGNS = (
    "Numbers 2872 234 12, 3.14159, 1,000,000 and 6.02e-23.",
    "2024-02-29T23:59:60Z, +49 (0)30 123456, 192.168.0.1",
    "$5.00, €7, £3, ¥9, 50 % and 10‰",
    "don't, I'LL, we've, it's 'quoted' and \"quoted\" and ‘so’ and “so”",
    "for (i = 0; i != n; ++i) { x[i] <<= y->z & 0xFF; }  // code",
    "https://example.org/path?query=1&other=%20#end and me@example.org",
    "C:\\new\\table\\folder and /usr/lib and ~/.rc",
    "wait... what?!?! -- no—really – yes; a/b\\c|d_e-f*g^h`i~j@k",
    ",.;:!?",
    "((([[[{{{<<<>>>}}}]]])))",
    "snake_case kebab-case dotted.name UPPER_CASE v1.2.3-rc4",
)

UNICODE = (
    "caf\u00e9 composed",
    "cafe\u0301 decomposed",
    "\u1e9b\u0323 \u2126 \u212b \ufb01\ufb02 \u00bd \u00b2 \u2167",
    "Ｆｕｌｌ－ｗｉｄｔｈ　１２３",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟘𝟙𝟚 𝓪𝓫𝓬",
    "🙂",
    "family 👩‍👩‍👧 flag 🇬🇪 thumb 👍🏽 heart ❤️",
    "Z\u0351\u036b\u0343a\u0322\u0334l\u0347g\u0359o\u0321",
    "zero\u200bwidth soft\u00adhyphen word\u2060joiner",
    "\ufeffmark of byte order",
    "right \u200f to \u202eleft\u202c and back",
    "\ufffd \ue000 \U000f0000",
    "nul \x00 bell \x07 escape \x1b delete \x7f",
    "ǅ ǆ ŉ ẞ ß ſ İ ı Σς",
    "नि क्षि กำ ำ 각 각",
    "\u2581 \u0120 ## @@ </w> low",
)

WHITE_SPACE = (
    "",
    " ",
    "    ",
    "\n",
    "\t",
    "\r\n",
    " before",
    "after ",
    "two  spaces, three   and    four",
    "tab\tand\t\ttabs",
    "line\nbreak\n\nand empty line\n",
    "carriage\r\nreturn\rtwice",
    "no\u00a0break, thin\u2009, ideographic\u3000, line\u2028, paragraph\u2029",
    " \n\t mixed \t\n ",
)

LONG = ("word " * 700, "a" * 1500, " ".join(PLAIN) * 3)

# First and last letters of what generated texts are drawn from.
SCRIPTS = ("!~", "¡ſ", "Αω", "Ая", "את", "ءي", "अह", "กฮ", "ぁヺ", "一龥", "가힣", "‐⁞", "←⇿", "😀🙏")

SEED = 0


def make_texts(tokenizer: PreTrainedTokenizerBase) -> list[tuple[str, str]]:
    """(kind, text) for each text, simple ones first, the same in every run for the same vocabulary."""
    draw = random.Random(SEED)
    kinds = {
        "plain": PLAIN,
        "signs": SIGNS,
        "unicode": UNICODE,
        "white space": WHITE_SPACE,
        "special tokens": _with_special_tokens(tokenizer),
        "from the vocabulary": _from_vocabulary(tokenizer, draw),
        "random letters": _random_letters(draw),
        "long": LONG,
    }
    return [(kind, text) for kind, texts in kinds.items() for text in texts]


def _with_special_tokens(tokenizer: PreTrainedTokenizerBase) -> Iterator[str]:
    """Special tokens spelled out: alone, among words, without a space, twice."""
    for token in dict.fromkeys(tokenizer.all_special_tokens):
        yield token
        yield f"the {token} cat"
        yield f"the{token}cat{token}{token}"


def _from_vocabulary(tokenizer: PreTrainedTokenizerBase, draw: random.Random) -> Iterator[str]:
    """Pieces of the vocabulary, written one after the other and with white space between them."""
    special = set(tokenizer.all_special_ids)
    pieces = [tokenizer.decode([token]) for token in range(len(tokenizer)) if token not in special]
    pieces = [piece for piece in pieces if piece.strip() and "\ufffd" not in piece]
    for number in range(100 if pieces else 0):
        between = ("", "", " ", draw.choice("\n\t\u00a0"))[number % 4]
        yield between.join(draw.choices(pieces, k=1 + number // 2))


def _random_letters(draw: random.Random) -> Iterator[str]:
    """Letters of one script, words between spaces, for each script; then of all of them."""
    letters = [
        [letter for letter in map(chr, range(ord(first), ord(last) + 1)) if unicodedata.category(letter)[0] != "C"]
        for first, last in SCRIPTS
    ]
    for script in [*letters, [letter for script in letters for letter in script[:90]]]:
        yield " ".join("".join(draw.choices(script, k=draw.randint(1, 9))) for _ in range(8))
