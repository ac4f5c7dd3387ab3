"""What no rule cares about: case, diacritics, apostrophes, and the script of a language written in two."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

_APOSTROPHES = str.maketrans("’‘ʼ`´", "'''''")
_BREVE = "\u0306"


def fold(word: str, script: Mapping[int, str] | None = None) -> str:
    """`word` in lower case, without diacritics, with straight apostrophes, and in the script of the rule files.

    `script` maps code points to strings, for a language whose rules are written in one of its two scripts. The
    Russian й keeps its breve, because without it another letter would stand there.
    """
    if word.isascii():
        return word.lower().replace("`", "'")
    word = word.translate(_APOSTROPHES).casefold()
    if script:
        word = word.translate(script)
    if word.isascii():
        return word
    letters: list[str] = []
    for letter in unicodedata.normalize("NFD", word):
        if letter == _BREVE and letters and letters[-1] == "и":
            letters[-1] = "й"
        elif not unicodedata.combining(letter):
            letters.append(letter)
    return "".join(letters).replace("đ", "dj")
