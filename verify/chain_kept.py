"""The signed objects that a chain came from, kept for others: neighbours on the station's network, and sticks (STATUS section 5.2).

    snapshot/manifest, snapshot/body                the newest snapshot that was taken
    deltas/<epoch>.<since>-<seq>.<iat>.<bytes>      deltas after it, and those of the last day

They prove themselves wherever they go, so nothing here is synchronised, checked or believed: a lost one is fetched again, a spoilt one is refused. When
they outgrow their bounds the oldest go first.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from codes.chain_delta import MAX_DELTA_BYTES, StatusDelta
from codes.chain_shards import decode_shard
from codes.chain_snapshot import MAX_BODY_BYTES, MAX_MANIFEST_BYTES, StatusSnapshot
from codes.errors import InputError, SetupError

if TYPE_CHECKING:
    from codes.rice import Packed
    from verify.chain_belief import ChainObject
    from verify.chain_files import Files

DAY = 86400
MAX_DELTAS = 40_000
"""A delta every two seconds, for a day."""
MAX_BYTES = 64 << 20
"""Of all deltas together."""
_DELTAS, _MANIFEST, _BODY = "deltas", "snapshot/manifest", "snapshot/body"
_NAME = re.compile(r"([0-9]{1,10})\.([0-9]{1,16})-([0-9]{1,16})\.([0-9]{1,16})\.([0-9]{1,8})")
_SWEEP = 64
"""Deltas from one sweep to the next."""


class KeptDelta(NamedTuple):
    """A delta by its name. What the file says is another matter."""

    epoch: int
    since: int
    seq: int
    iat: int
    size: int

    @property
    def name(self) -> str:
        """Its file."""
        return f"{_DELTAS}/{self.epoch}.{self.since}-{self.seq}.{self.iat}.{self.size}"


class Kept:
    """What is kept of one chain."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def add(self, found: ChainObject, body: Packed | None) -> None:
        """Keep what was just taken, as far as the disk allows."""
        with suppress(SetupError):
            if isinstance(found, StatusSnapshot):
                self._files.remove(_MANIFEST)  # never an old manifest beside a new body
                self._write(_BODY, bytes(body or b""))
                self._write(_MANIFEST, found.raw)
                self._sweep(newest=found.head.iat)
            elif isinstance(found, StatusDelta):
                head = found.head
                self._write(KeptDelta(head.epoch, found.since, head.seq, head.iat, len(found.raw)).name, found.raw)
                if head.seq % _SWEEP == 0:
                    self._sweep(newest=head.iat)

    def snapshot(self) -> tuple[StatusSnapshot, bytes] | None:
        """The newest snapshot as it lies there, if it can be read."""
        manifest, body = self._files.read(_MANIFEST, MAX_MANIFEST_BYTES), self._files.read(_BODY, MAX_BODY_BYTES)
        if manifest is None or body is None:
            return None
        with suppress(InputError):
            return StatusSnapshot.from_bytes(manifest), body
        return None

    def shard(self, number: int) -> bytes | None:
        """One shard as it was in the snapshot; None if it is not there or not to be read."""
        found = self.snapshot()
        if found is None:
            return None
        snapshot, body = found
        for shard, length, end in zip(snapshot.shards, snapshot.lengths, accumulate(snapshot.lengths), strict=True):
            if shard.number == number:
                with suppress(InputError):
                    return bytes(decode_shard(body[end - length : end], entries=shard.entries))
        return None

    def deltas(self) -> list[KeptDelta]:
        """The deltas by what they lead to."""
        found = (KeptDelta(*map(int, match.groups())) for name in self._files.names(_DELTAS) if (match := _NAME.fullmatch(name)))
        return sorted(found, key=lambda delta: (delta.epoch, delta.seq, delta.since))

    def read(self, delta: KeptDelta) -> bytes | None:
        """A delta's bytes."""
        return self._files.read(delta.name, MAX_DELTA_BYTES)

    def _write(self, name: str, data: bytes) -> None:
        self._files.remove(name)
        self._files.write(name, [(0, data)])

    def _sweep(self, *, newest: int) -> None:
        """Take away what nobody needs: older than a day and contained in the snapshot, or of another epoch, or too many."""
        snapshot, deltas = self.snapshot(), self.deltas()
        first = (snapshot[0].head.epoch, snapshot[0].head.seq) if snapshot else (0, 0)
        wanted = [delta for delta in deltas if delta.epoch >= first[0] and (delta.seq > first[1] or delta.iat > newest - DAY)]
        sizes = accumulate(delta.size for delta in reversed(wanted))
        room = sum(1 for size in sizes if size <= MAX_BYTES)
        for delta in set(deltas) - set(wanted[::-1][: min(room, MAX_DELTAS)]):
            self._files.remove(delta.name)
