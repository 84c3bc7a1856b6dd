"""News through Redis: whoever publishes adds each object to a stream, every process of the service reads it within a millisecond, on whichever machine.

The stream holds what the published folder holds, only sooner. A Redis that is away, or that has forgotten everything, costs a moment: the folder is watched
all the time, and closely while there is no Redis.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from redis import Redis
from redis.exceptions import RedisError

from codes.errors import CardError
from webapp.feeding.news import News

if TYPE_CHECKING:
    from webapp.feeding.hub import Hub

STREAM = "ecard:status"
KEPT_ENTRIES = 4096
"""Entries that the stream keeps, about; longer memory is in the files."""
BLOCK_S = 2.0
"""How long one question to Redis waits for an answer."""
_TIMEOUT_S = 5.0
_OBJECT = b"object"
_LOG = logging.getLogger(__name__)


class RedisLine:
    """One stream in one Redis. Its address may hold a password, so nothing here ever says it."""

    def __init__(self, url: str) -> None:
        self._redis: Any = Redis.from_url(url, socket_connect_timeout=_TIMEOUT_S, socket_timeout=_TIMEOUT_S)
        self._heard: bytes | None = None
        self.is_up = False
        """Whether the last thing asked of Redis was done."""

    def announce(self, news: News) -> bool:
        """Add an object to the stream; False when Redis is away."""
        try:
            self._redis.xadd(STREAM, {_OBJECT: news.content}, maxlen=KEPT_ENTRIES, approximate=True)
        except (RedisError, OSError) as error:
            self._down(error)
            return False
        self.is_up = True
        return True

    def listen(self, hub: Hub) -> bool:
        """Tell the hub what has come since the last time, waiting `BLOCK_S` for it; False when Redis is away."""
        try:
            if self._heard is None:
                newest = self._redis.xrevrange(STREAM, count=1)
                self._heard = newest[0][0] if newest else b"0-0"
            answer = self._redis.xread({STREAM: self._heard}, block=int(BLOCK_S * 1000), count=256)
        except (RedisError, OSError) as error:
            self._down(error)
            return False
        self.is_up = True
        for self._heard, entry in answer[0][1] if answer else ():
            try:
                hub.tell(News.read(entry[_OBJECT]))
            except (CardError, KeyError):
                _LOG.warning("an entry of the stream is no news")
        return True

    def close(self) -> None:
        """Let the connection go."""
        self._redis.close()

    def _down(self, error: Exception) -> None:
        if self.is_up:
            _LOG.warning("Redis is away: %s", type(error).__name__)
        self.is_up = False
