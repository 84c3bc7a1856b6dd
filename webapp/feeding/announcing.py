"""Beside the publisher: whatever appears in its folder goes into Redis, in order; a Redis that is away gets it when it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.feeding.feed import Feed
from webapp.feeding.lines import RedisLine
from webapp.published import PublishedFolder

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event

_PAUSE_S = 1.0


def announce(published: Path, url: str, ended: Event) -> None:
    """Go on until `ended`. What was published before is told by its newest head alone; the rest is in the files."""
    feed, line, place = Feed(PublishedFolder(published)), RedisLine(url), 0
    feed.start()
    while not ended.is_set():
        heard = feed.hub.hear(place, within=_PAUSE_S)
        if heard is None:  # Redis was away for longer than the hub remembers
            place = feed.hub.told
            continue
        for news in heard:
            if not line.announce(news):
                ended.wait(_PAUSE_S)
                break
            place += 1
    feed.close()
    line.close()
