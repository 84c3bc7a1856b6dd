"""How many columns text takes on a terminal: a Chinese character takes two (Unicode Standard Annex 11), a combining mark none.

Characters of ambiguous width (·, →, ✓, box drawing) count as one, as every terminal outside an old East Asian code page draws them.
"""

from __future__ import annotations

import unicodedata

_OPENING = frozenset("（《「『【“‘([")
_CLOSING = frozenset("，。；：、！？）》」』】”’…·,.;:!?)]%")


def width(text: str) -> int:
    """Columns that `text` takes, without any colour in it."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def pad(text: str, columns: int) -> str:
    """`text` with spaces behind it up to `columns`; longer text stays as it is."""
    return text + " " * max(0, columns - width(text))


def wrap(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns`, broken at spaces and between Chinese characters, never before closing or after opening punctuation.

    A single word that is wider than a line is not cut: somebody may want to copy it.
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if line and width(line + piece.rstrip()) > columns:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.rstrip() or not lines else lines


def _pieces(text: str) -> list[str]:
    """What must stay together: words with the space behind them, and single wide characters with the punctuation that clings to them."""
    pieces: list[str] = []
    for character in text:
        if pieces and not _may_break(pieces[-1][-1], character):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _may_break(before: str, after: str) -> bool:
    if before in _OPENING or after in _CLOSING or after.isspace():
        return False
    return before.isspace() or _columns(before) == 2 or _columns(after) == 2
