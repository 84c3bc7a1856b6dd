"""A bar on standard error for work that takes long, where standard error is a terminal; elsewhere nothing."""

from __future__ import annotations

import sys
from typing import Self

from webapp.width import pad

_CELLS = 30


class Progress:
    """Called with what is done and what there is in all. A context manager: what it drew is gone when it ends."""

    def __init__(self, says: str) -> None:
        self._says = says
        self._shown = -1
        self._draws = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown >= 0:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __call__(self, done: int, total: int) -> None:
        """Draw it anew when it has moved."""
        percent = 100 * done // total if total else 100
        if not self._draws or (percent == self._shown and done != total):
            return
        self._shown = percent
        bar = pad("█" * (_CELLS * percent // 100), _CELLS)
        sys.stderr.write(f"\r{self._says} |{bar}| {percent:>3} %  {done}/{total}\x1b[K")
        sys.stderr.flush()
