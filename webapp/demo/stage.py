"""How the account looks on a terminal of 100 columns: headings, lines, what a gate's screen shows, a code that a phone can scan.

Colour is an option of whoever opens the stage; without it the same is said by marks and words.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, TextIO

from codes.reasons import Colour
from webapp.width import pad, width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codes.errors import Text

COLUMNS = 100
_ROOM = COLUMNS - 4
_SCREEN = 36
"""Columns of a terminal's screen, as it is drawn here."""


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

    def title(self, zh: str, en: str, below: Iterable[str]) -> None:
        """The top of the account."""
        rule = self.paint("━" * COLUMNS, Paint.TITLE)
        self.write("", rule, f"  {self.paint(zh, Paint.TITLE)}   {self.paint(en, Paint.DIM)}", rule)
        self.write(*(f"  {part}" for line in below for part in wrap(line, COLUMNS - 4)))

    def heading(self, number: int, title: Text, when: str) -> None:
        """The beginning of an act: its number, its name, and when it happens."""
        left = f" {number:>2}  {title.zh}  "
        room = COLUMNS - width(left) - width(title.en) - width(when) - 4
        line = self.paint("─" * max(2, room), Paint.DIM)
        self.write("", f"{self.paint(left, Paint.TITLE)}{self.paint(title.en, Paint.BOLD)}  {line}  {self.paint(when, Paint.DIM)}")

    def line(self, mark: str, text: Text, right: str = "", *, paint: Paint = Paint.GREEN) -> None:
        """One thing that was done: a mark, what it was in both languages, and at the right what it took."""
        first, *rest = wrap(text.zh, _ROOM - 11)
        self.write(f"  {self.paint(mark, paint)} {pad(first, _ROOM - width(right))}{self.paint(right, Paint.DIM)}".rstrip())
        self.write(*(f"    {more}" for more in rest), *(f"    {self.paint(more, Paint.DIM)}" for more in wrap(text.en, _ROOM)))

    def question(self, text: Text, place: Text) -> None:
        """What is shown to a terminal, and where that stands."""
        said = f"{text.zh}  {text.en}"
        where = next(where for where in (f"{place.zh} {place.en}", place.zh) if where == place.zh or width(said) + 2 + width(where) <= _ROOM)
        gap = " " * max(2, _ROOM - width(said) - width(where))
        self.write("", f"  {self.paint('▸', Paint.TITLE)} {text.zh}  {self.paint(text.en, Paint.DIM)}{gap}{self.paint(where, Paint.DIM)}")

    def screen(self, colour: Colour, mark: str, public: Text, *, found: str, right: str, below: Iterable[tuple[str, Text]]) -> None:
        """A terminal's answer: the words on its screen for everybody, and below them what its staff reads."""
        bar, screen = _SCREENS[colour]
        edge = f"    {self.paint('┃', bar)} "
        words = self.paint(pad(f" {mark} {public.zh}  {public.en}", _SCREEN), screen)
        self.write(f"{edge}{words}  {pad(found, _ROOM - 4 - _SCREEN - width(right))}{self.paint(right, Paint.DIM)}")
        for label, text in below:
            head = f"{edge}{self.paint(pad(label, 6), Paint.DIM)}"
            room = _ROOM - 2 - 6
            if width(text.zh) + 2 + width(text.en) <= room:
                self.write(f"{head}{text.zh}  {self.paint(text.en, Paint.DIM)}")
            else:
                first, *rest = wrap(text.zh, room)
                self.write(f"{head}{first}", *(f"{edge}      {part}" for part in rest))
                self.write(*(f"{edge}      {self.paint(part, Paint.DIM)}" for part in wrap(text.en, room)))

    def symbol(self, blocks: str) -> None:
        """A code in half blocks, in the middle; explicitly white on black where there is colour, so that it scans on a light terminal too."""
        lines = blocks.split("\n")
        left = " " * ((COLUMNS - len(lines[0])) // 2)
        self.write("", *(left + self.paint(line, Paint.PAPER) for line in lines))
