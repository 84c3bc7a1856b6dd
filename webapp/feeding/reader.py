"""What one reader of the stream is told of the news: every change at once, or those of five minutes in one object; and a head again only when it says more.

A reader pays for his line by the byte. That nothing has changed is worth saying as often as somebody would judge differently for it, and no more often: that is
his to say, because his scene's rules say how fresh is fresh. A change is never held back from anybody who wants it at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecard.chaining.folding import WINDOWS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from webapp.feeding.news import ChainName, News, Version

WINDOW = WINDOWS[0]
"""Seconds whose changes a gathering reader gets in one object: the shortest time for which the publisher merges them."""
LONGEST_BEAT_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a reader wants to hear."""

    only: bool = False
    """Of the chains alone that he names."""
    beat: int = 0
    """Seconds for which he believes a head that has not changed: said again sooner, it may be left out."""
    gathered: bool = False
    """The changes of each five minutes when they are over, in one object."""


EVERYTHING = Wish()
"""Every word of every chain."""


class Reader:
    """One reader: remembers what each chain was last said to be."""

    def __init__(
        self, wish: Wish, positions: Mapping[ChainName, Version | None], missed: Callable[[ChainName, Version | None], Sequence[News] | None]
    ) -> None:
        """`missed`: what leads from a version to the newest, and the newest; None as long as the publisher has not said how."""
        self._wish = wish
        self._positions = positions
        self._missed = missed
        self._told: dict[ChainName, News] = {}
        self._windows: dict[ChainName, int] = {}
        """Of each chain, the window in which it was last told."""

    def begin(self, chain: ChainName, version: Version | None) -> bytes:
        """What he has missed since the version that he has."""
        return self._say(self._missed(chain, version) or ())

    def hear(self, heard: Sequence[News]) -> bytes:
        """What he is told of these news, in their order."""
        return b"".join(self._say(self._of(news)) for news in heard if not self._wish.only or news.chain in self._positions)

    def _of(self, news: News) -> Sequence[News]:
        told = self._told.get(news.chain)
        if told is None:
            return [news]
        if told.order >= news.order:
            return ()
        if self._wish.gathered:
            return self._gathered(told, news)
        is_said_again = (news.version, news.trust) == (told.version, told.trust)
        return () if is_said_again and news.iat - told.iat < self._wish.beat else [news]

    def _gathered(self, told: News, news: News) -> Sequence[News]:
        """Once in a window: what the windows before it brought; where they brought nothing, what stands now."""
        window = news.iat // WINDOW
        if self._windows[news.chain] >= window:
            return ()
        missed = self._missed(news.chain, told.version)
        if missed is None:
            return ()
        self._windows[news.chain] = window
        return [one for one in missed if one.iat // WINDOW < window] or missed

    def _say(self, said: Sequence[News]) -> bytes:
        for news in said:
            self._told[news.chain] = news
            self._windows[news.chain] = max(news.iat // WINDOW, self._windows.get(news.chain, 0))
        return b"".join(news.event for news in said)
