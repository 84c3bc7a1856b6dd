"""How the account looks on a terminal of 100 columns: headings, lines, what a gate's screen shows, a code that a phone can scan.

Colour is an option of whoever opens the stage; without it the same is said by marks and words.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, TextIO

from codes.reasons import Colour
from webapp.demo.width import pad, width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codes.errors import Text

COLUMNS = 100
_INDENT = 4


class Paint(enum.StrEnum):
    """Escape sequences of ECMA-48, in the colours that every terminal has."""

    BOLD = "1"
    DIM = "2"
    TITLE = "1;36"
    GREEN = "1;32"
    YELLOW = "1;33"
    RED = "1;31"
    GREY = "1;37;100"
    GREEN_SCREEN = "1;97;42"
    YELLOW_SCREEN = "1;30;43"
    RED_SCREEN = "1;97;41"
    PAPER = "38;5;231;48;5;16"
    """White modules on black, whatever the terminal's own colours are."""


_SCREENS = {
    Colour.GREEN: (Paint.GREEN, Paint.GREEN_SCREEN),
    Colour.YELLOW: (Paint.YELLOW, Paint.YELLOW_SCREEN),
    Colour.RED: (Paint.RED, Paint.RED_SCREEN),
    Colour.GREY: (Paint.DIM, Paint.GREY),
}


class Stage:
    """Writes to `out`; with `colour` in colour."""

    def __init__(self, out: TextIO, *, colour: bool) -> None:
        self._out = out
        self._colour = colour

    def paint(self, text: str, paint: Paint) -> str:
        """`text` in colour, or as it is."""
        return f"\x1b[{paint}m{text}\x1b[0m" if self._colour else text

    def write(self, *lines: str) -> None:
        """Put whole lines on the terminal, at once."""
        self._out.write("".join(f"{line}\n" for line in lines))
        self._out.flush()

    def ask(self, text: str) -> None:
        """Put a question at the end of the account, without a new line."""
        self._out.write(self.paint(text, Paint.DIM))
        self._out.flush()

    def title(self, zh: str, en: str, below: Iterable[str]) -> None:
        """The top of the account."""
        rule = self.paint("━" * COLUMNS, Paint.TITLE)
        self.write("", rule, f"  {self.paint(zh, Paint.TITLE)}   {self.paint(en, Paint.DIM)}", rule, *(f"  {line}" for line in below))

    def heading(self, number: int, title: Text, when: str) -> None:
        """The beginning of an act: its number, its name, and when it happens."""
        left = f" {number:>2}  {title.zh}  "
        room = COLUMNS - width(left) - width(title.en) - width(when) - 4
        line = self.paint("─" * max(2, room), Paint.DIM)
        self.write("", f"{self.paint(left, Paint.TITLE)}{self.paint(title.en, Paint.BOLD)}  {line}  {self.paint(when, Paint.DIM)}")

    def line(self, mark: str, text: Text, right: str = "", *, paint: Paint = Paint.GREEN) -> None:
        """One thing that was done: a mark, what it was in both languages, and at the right what it took."""
        room = COLUMNS - _INDENT - 2 - 11
        first, *rest = wrap(text.zh, room)
        self.write(f"  {self.paint(mark, paint)} {pad(first, COLUMNS - 4 - width(right))}{self.paint(right, Paint.DIM)}")
        self.write(*(f"    {more}" for more in rest), *(f"    {self.paint(more, Paint.DIM)}" for more in wrap(text.en, room)))

    def screen(self, colour: Colour, mark: str, place: Text, public: Text, right: str, below: Iterable[tuple[str, Text]]) -> None:
        """What a terminal shows: the words on its screen for everybody, and below them what its staff reads."""
        bar, screen = _SCREENS[colour]
        edge = f"  {self.paint('┃', bar)} "
        words = self.paint(pad(f" {mark} {public.zh}  {public.en} ", 38), screen)
        name = f"{place.zh}  {self.paint(place.en, Paint.DIM)}"
        gap = COLUMNS - 4 - 38 - 2 - width(place.zh) - 2 - width(place.en) - width(right)
        self.write(f"{edge}{words}  {name}{' ' * max(1, gap)}{self.paint(right, Paint.DIM)}")
        for label, text in below:
            room = COLUMNS - 4 - 6
            zh, en = wrap(text.zh, room), wrap(text.en, room)
            for at, part in enumerate(zh):
                self.write(f"{edge}{self.paint(pad(label if at == 0 else '', 6), Paint.DIM)}{part}")
            self.write(*(f"{edge}      {self.paint(part, Paint.DIM)}" for part in en))

    def symbol(self, blocks: str) -> None:
        """A code in half blocks, in the middle; explicitly white on black where there is colour, so that it scans on a light terminal too."""
        lines = blocks.split("\n")
        left = " " * ((COLUMNS - len(lines[0])) // 2)
        self.write("", *(left + self.paint(line, Paint.PAPER) for line in lines), "")
