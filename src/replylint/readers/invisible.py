"""Characters that nobody sees: they stay in the source and go from the text, so that they can split no phrase."""

from __future__ import annotations

import re

from replylint.readers.origins import Edit, edited
from replylint.text import Text

_EMOJI = "\u00a9\u00ae\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff"
_TAGS = "\U000e0020-\U000e007f"
_HIDDEN = re.compile(
    "\r\n?"
    # Soft hyphen, grapheme joiner, Arabic letter mark, vowel separator, zero-width space and non-joiner, marks of
    # direction, word joiner and invisible operators, byte order mark.
    "|[\u00ad\u034f\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
    # A joiner makes one emoji of two.
    f"|(?<![{_EMOJI}])\u200d|\u200d(?![{_EMOJI}])"
    # Tags are letters in the flags of countries without a code of their own, and nothing elsewhere.
    f"|(?<![\U0001f3f4{_TAGS}])[{_TAGS}]+"
)


def cleaned(text: Text) -> Text:
    """`text` without invisible characters and with every line break as one newline; itself when it is clean."""
    return edited(text, _edits(text.value))


def cleaned_words(value: str) -> str:
    """A string without invisible characters, for what is known beside the draft."""
    return cleaned(Text(value)).value


def _edits(value: str) -> list[Edit]:
    if value.isascii() and "\r" not in value:
        return []
    return [(found.start(), found.end(), "\n" if found[0][0] == "\r" else "") for found in _HIDDEN.finditer(value)]
