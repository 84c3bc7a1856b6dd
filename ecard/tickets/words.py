"""Numbers of tickets and the secret words that go with them, made to be read out over a telephone.

A number is ten digits. A word is eight syllables of one consonant and one vowel, as one says them in Chinese; 48 bits, asked for with a limit, online only.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecard.model import Entropy

_CONSONANTS, _VOWELS = "bdfghjklmnprstwz", "aeiu"
_SYLLABLES = 8
_NUMBER = re.compile(r"[1-9][0-9]{9}")
_WORD = re.compile(rf"(?:[{_CONSONANTS}][{_VOWELS}]){{{_SYLLABLES}}}")
_GAPS = re.compile(r"[\s\-‐-―－·.]+")


def draw_number(entropy: Entropy) -> str:
    """Ten random digits, the first no nought."""
    while True:  # every other draw or so lies above the largest multiple
        drawn = int.from_bytes(entropy(5)) & 0x3FFFFFFFF
        if drawn < 9_000_000_000:
            return str(1_000_000_000 + drawn)


def draw_word(entropy: Entropy) -> str:
    """A random word, without hyphens."""
    return "".join(_CONSONANTS[byte & 15] + _VOWELS[byte >> 4 & 3] for byte in entropy(_SYLLABLES))


def spell_number(number: str) -> str:
    """A number as it is shown: 4829 1037 55."""
    return f"{number[:4]} {number[4:8]} {number[8:]}"


def spell_word(word: str) -> str:
    """A word as it is shown: bamo-lude-tika-zufe."""
    return "-".join(word[start : start + 4] for start in range(0, len(word), 4))


def read_number(text: str) -> str | None:
    """A number however it is written, also full width; None for what is none."""
    plain = _plain(text)
    return plain if _NUMBER.fullmatch(plain) else None


def read_word(text: str) -> str | None:
    """A word however it is written; None for what is none."""
    plain = _plain(text).lower()
    return plain if _WORD.fullmatch(plain) else None


def _plain(text: str) -> str:
    return _GAPS.sub("", unicodedata.normalize("NFKC", text[:100]))
