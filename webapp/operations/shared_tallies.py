"""The same counts in Redis, so that all processes of a service bound a subject together.

What stands there for a process is only ever a copy of what the process itself has counted, and is written anew with each question. So a Redis that was flushed,
evicts, was restarted empty or fell back to an old copy is put right by the next questions of the processes that are counting; and one that is away or slow is
not waited for. Nothing that may happen once only hangs on it: that stands in the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from webapp.operations import logs
from webapp.operations.tallies import SLICES, Slices

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from webapp.operations.kinds import Window

TIMEOUT_S = 0.25
"""Longer is not waited for Redis."""
REST_S = 1.0
"""After Redis was away, nobody asks it for so long: what is slow once must not be slow for everybody."""
_KEPT = 4 * SLICES
"""Slices that stay; more than count, so that one clock ahead of the others drops nothing of theirs."""

_JUDGE = """
-- KEYS: a hash for each window, of <slice>:<process> -> count. ARGV: process, taking, kept, and for each window: most, first, current, ttl, n, n times (slice, count)
local process, taking, kept, at = ARGV[1], ARGV[2] == '1', tonumber(ARGV[3]), 4
local refused, leaves, forgotten, writes = -1, 0, 0, {}
for i, key in ipairs(KEYS) do
  local most, first, current, ttl, n = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  at = at + 5
  local sums, stored, total, fields = {}, {}, 0, redis.call('HGETALL', key)
  for f = 1, #fields, 2 do
    local slice, who = string.match(fields[f], '^(%d+):(.*)$')
    local count = tonumber(fields[f + 1])
    slice = tonumber(slice)
    if slice < first - kept then redis.call('HDEL', key, fields[f])
    elseif who == process then stored[slice] = count
    elseif slice >= first then sums[slice] = (sums[slice] or 0) + count; total = total + count end
  end
  for p = 1, n do
    local slice, count = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
    at = at + 2
    sums[slice] = (sums[slice] or 0) + count
    total = total + count
    writes[#writes + 1] = {key, slice, count, stored[slice] or 0, taking and slice == current, ttl}
    if slice ~= current and not stored[slice] then forgotten = 1 end
  end
  if total > most or (not taking and total >= most) then
    refused, leaves = i - 1, current
    local room, order = total - most + (taking and 0 or 1), {}
    for slice in pairs(sums) do order[#order + 1] = slice end
    table.sort(order)
    for _, slice in ipairs(order) do
      room = room - sums[slice]
      if room <= 0 then leaves = slice break end
    end
  end
end
for _, write in ipairs(writes) do
  local key, slice, count, before, newest, ttl = unpack(write)
  if refused >= 0 and newest then count = count - 1 end
  if count > before then redis.call('HSET', key, string.format('%.0f', slice) .. ':' .. process, count) end
  redis.call('EXPIRE', key, ttl)
end
return {refused, string.format('%.0f', leaves), forgotten}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What all processes together have counted: the window that is full and the slice that has to leave it, or neither."""

    window: int | None
    leaves: int


class SharedTallies:
    """Counts in one Redis. Its address may hold a password, so nothing here ever says it."""

    def __init__(self, url: str, process: str) -> None:
        """`process` is this process's own name, never used before."""
        retry = Retry(NoBackoff(), 0)
        self._redis: Any = Redis.from_url(url, socket_connect_timeout=TIMEOUT_S, socket_timeout=TIMEOUT_S, retry=retry)
        self._judge = self._redis.register_script(_JUDGE)
        self._process = process
        self._again = 0.0
        self.is_up = True
        """Whether the last thing asked of Redis was answered."""

    def judge(self, name: str, cell: Sequence[tuple[Window, Counter[int]]], moment: float, *, taking: bool) -> Opinion | None:
        """What all together say about a subject of which this process has counted `cell`, the new one in it when `taking`; None while Redis is away."""
        if monotonic() < self._again:
            return None
        keys: list[str] = []
        words: list[str | int] = [self._process, int(taking), _KEPT]
        for window, count in cell:
            slices = Slices.at(moment, window)
            keys.append(f"ecard:limits:{{{name}}}:{window.seconds}")
            words += [window.most, slices.first, slices.current, 2 * window.seconds, len(count), *(part for item in count.items() for part in item)]
        try:
            refused, leaves, forgotten = self._judge(keys=keys, args=words)
        except (RedisError, OSError) as error:
            self._down(error)
            return None
        self._up()
        if forgotten:
            logs.event("limits-forgotten", level=logs.WARNING)
        return Opinion(window=refused if refused >= 0 else None, leaves=int(leaves))

    def ping(self) -> bool:
        """Whether Redis answers now."""
        try:
            self._redis.ping()
        except (RedisError, OSError) as error:
            self._down(error)
            return False
        self._again = 0.0
        self._up()
        return True

    def close(self) -> None:
        """Let the connections go."""
        self._redis.close()

    def _up(self) -> None:
        if not self.is_up:
            logs.event("redis-back", level=logs.WARNING)
        self.is_up = True

    def _down(self, error: Exception) -> None:
        self._again = monotonic() + REST_S
        if self.is_up:
            logs.event("redis-away", level=logs.WARNING, problem=type(error).__name__)
        self.is_up = False
