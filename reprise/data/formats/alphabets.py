"""How much a text looks like one that people write: whether its letters are those of one language.

A text of few words tells too little for the statistics of a detector (charset-normalizer); but no
language has both of the letters that "večeře" shows where it is read as "veèeøe".
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

# Latin alphabets: the letters beside a to z. Those of few speakers are believed a little less.
_LATIN = {
    "german": "äöüß",
    "french": "àâçéèêëîïôœùûü",
    "spanish": "áéíñóúü",
    "portuguese": "áâãàçéêíóôõúü",
    "italian": "àèéìíòóùú",
    "swedish": "åäöé",
    "danish": "æøåé",
    "dutch": "éëïóöüè",
    "catalan": "àéèíïóòúüç",
    "polish": "ąćęłńóśźż",
    "czech": "áčďéěíňóřšťúůýž",
    "slovak": "áäčďéíĺľňóôŕšťúýž",
    "hungarian": "áéíóöőúüű",
    "romanian": "ăâîşţ",
    "croatian": "čćđšž",
    "turkish": "çğıöşüâİ",
    "lithuanian": "ąčęėįšųūž",
    "latvian": "āčēģīķļņšūž",
    "estonian": "äõöüšž",
    "icelandic": "áðéíóúýþæö",
}
_RARE = {"estonian": 0.9, "icelandic": 0.9, "catalan": 0.95}
# Other alphabets, the ten most frequent letters first.
_OTHER = {
    "russian": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "ukrainian": "оаниітврелскмдпуяьзбгйчхжшюцщфїєґ",
    "bulgarian": "аеиотнрсвлкдпмзгъубчяцйжщхшюфь",
    "serbian": "аеоинрстумвдклјпгзбчшцжхњљћђфџ",
    "greek": "αοιετσνηυρπμκλςωδγθχφβξζψάέήίόύώϊϋΐΰ",
    "hebrew": "יוהלאמרבתשנםכעדחפקטצגסזןךףץ",
    "arabic": "ايلمنرتبوعدسفهكقحجةىشصطخضذثزأإآؤئءغظ",
}
# Signs that stand beside words, or between the parts of one.
_SIGNS = "«»“”„‚‘’–—…€£¥§°²³¹½¼¾±×÷®©™µ¡¿ªº†•№\u00a0¢\u00b7"
_INSIDE = "’\u00b7"
_TOKEN = re.compile(r"(?:[a-zA-Z]|[^\x00-\x7f])+")
# East Asian characters by a code that orders them by how common they are: codec, first bytes.
_ASIAN = {
    "korean": ("euc_kr", (0xB0, 0xC8), ""),
    "japanese": ("euc_jp", (0xB0, 0xCF), "ぁ-んァ-ヶー々〇"),
    "chinese": ("gb2312", (0xB0, 0xD7), ""),
    "taiwanese": ("big5", (0xA4, 0xC6), ""),
}
_MANY, _LAST_KOREAN = 6, b"\xc8"
_ASIAN_SIGNS = re.compile("[、。，．・：；？！（）「」『』《》【】～〜／＋－０-９Ａ-Ｚａ-ｚ\u3000]")


@dataclass(frozen=True)
class Language:
    """A language by its letters; `often` are the most frequent of them, where that is known."""

    letters: frozenset[str]
    often: frozenset[str]
    latin: bool
    weight: float

    def score(self, tokens: list[str]) -> float:
        """The share of tokens that are words of it, 0 to 1."""
        good = sum(self._is_word(token) for token in tokens)
        share = self.weight * good / len(tokens)
        if not self.often:
            return share
        letters = [letter for token in tokens for letter in token.lower()]
        return share * (0.8 + 0.2 * sum(letter in self.often for letter in letters) / len(letters))

    def _is_word(self, token: str) -> bool:
        word = token.strip(_SIGNS)
        for letter in word:
            known = bool({letter, letter.lower()} & self.letters) or letter in _INSIDE
            if not known and not (self.latin and letter.isascii()):
                return False
        # In a word no capital follows a small letter.
        return not any(a.islower() and b.isupper() for a, b in pairwise(word))


def likeness(text: str, encoding: str) -> float:
    """How much a text looks like a language that the encoding is for, 0 to 1."""
    tokens = [token for token in _TOKEN.findall(text) if not token.isascii()]
    if not tokens:
        return 1.0
    if encoding in _ASIAN_ENCODINGS:
        return max(_asian(tokens, *_ASIAN[name]) for name in _ASIAN_ENCODINGS[encoding])
    return max((each.score(tokens) for each in _languages(encoding)), default=0.0)


_ASIAN_ENCODINGS = {
    "cp932": ("japanese",),
    "euc_jp": ("japanese",),
    "gb18030": ("chinese",),
    "big5": ("taiwanese",),
    "euc_kr": ("korean",),
}


def _asian(tokens: list[str], codec: str, common: tuple[int, int], others: str) -> float:
    """The share of characters that are common ones."""
    letters = [letter for token in tokens for letter in token if not letter.isascii()]
    known = re.compile(f"[{others}]") if others else None
    good, firsts = 0, set()
    for letter in letters:
        if _ASIAN_SIGNS.match(letter) or (known and known.match(letter)):
            good += 1
            continue
        code = letter.encode(codec, errors="ignore")
        good += len(code) == 2 and common[0] <= code[0] <= common[1]
        firsts.add(code[:1])
    # Korean letters end in the midst of the others': so many different ones there are Korean.
    only_korean = codec != "euc_kr" and len(firsts) >= _MANY and max(firsts) <= _LAST_KOREAN
    return good / len(letters) * (0.8 if only_korean else 1.0)


@cache
def _languages(encoding: str) -> list[Language]:
    """The languages whose letters the encoding has."""
    found = []
    for name, letters in (_LATIN | _OTHER).items():
        latin = name in _LATIN
        often = frozenset[str]() if latin else frozenset(letters[:10])
        with suppress(UnicodeEncodeError):
            letters.encode(encoding)
            found.append(Language(frozenset(letters), often, latin, _RARE.get(name, 1.0)))
    return found
