"""A disk that loses its power: a `Files` in memory that stops at any step, and what may be left of it then."""

from __future__ import annotations

import errno
import os
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codes.errors import SetupError
from verify import faults

if TYPE_CHECKING:
    from collections.abc import Iterable

    from verify.chain_files import Part

SECTOR = 512
_ARENA = 12 << 18


class PowerCut(Exception):  # noqa: N818 - it is no error of ours
    """The power is gone."""


@dataclass(eq=False)
class Content:
    """One file: what is live, what a power cut cannot take, and the writes since."""

    live: bytearray = field(default_factory=lambda: bytearray(_ARENA))
    size: int = 0
    durable: bytes = b""
    pending: list[Part] = field(default_factory=list)

    def write(self, at: int, data: bytes) -> None:
        self.live[at : at + len(data)] = data
        assert len(self.live) == _ARENA, "a file of this test outgrew its memory"
        self.size = max(self.size, at + len(data))
        self.pending.append((at, data))


class CutDisk:
    """One folder. Before step number `cut` the power goes, or, with `tears`, in the middle of it; with `is_full` a write fails there and ever after."""

    def __init__(self, contents: dict[str, bytes] | None = None) -> None:
        self.files: dict[str, Content] = {}
        for name, data in (contents or {}).items():
            self.files[name] = Content()
            self.files[name].write(0, data)
        self.durable_names = dict(self.files)
        for content in self.files.values():
            content.durable, content.pending = bytes(content.live[: content.size]), []
        self.steps = 0
        self.cut: int | None = None
        self.tears = False
        self.is_full = False

    def _step(self) -> None:
        self.steps += 1
        if self.cut is not None and self.steps >= self.cut and not self.is_full:
            raise PowerCut

    def read(self, name: str, limit: int) -> bytes | None:
        content = self.files.get(name)
        return None if content is None else bytes(content.live[: min(content.size, limit)])

    def names(self, folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        return [name.removeprefix(prefix) for name in self.files if name.startswith(prefix) and "/" not in name.removeprefix(prefix)]

    def map(self, name: str) -> memoryview:
        content = self.files.get(name)
        return memoryview(b"") if content is None else memoryview(content.live)[: content.size].toreadonly()

    def write(self, name: str, parts: Iterable[Part]) -> None:
        content = self.files.setdefault(name, Content())
        for at, data in parts:
            try:
                self._step()
            except PowerCut:
                if self.tears:
                    content.write(at, data[: len(data) // 2])
                raise
            if self.is_full and self.cut is not None and self.steps >= self.cut:
                content.write(at, data[: len(data) // 3])
                raise SetupError(faults.STATE_UNWRITABLE, at=name, problem=os.strerror(errno.ENOSPC))
            content.write(at, data)

    def sync(self, name: str) -> None:
        self._step()
        content = self.files[name]
        content.durable, content.pending = bytes(content.live[: content.size]), []

    def sync_names(self) -> None:
        self._step()
        self.durable_names = dict(self.files)

    def replace(self, name: str, data: bytes) -> None:
        self._step()
        if self.is_full and self.cut is not None and self.steps >= self.cut:
            raise SetupError(faults.STATE_UNWRITABLE, at=name, problem=os.strerror(errno.ENOSPC))
        content = Content()
        content.write(0, data)
        content.durable, content.pending = data, []
        self.files[name] = self.durable_names[name] = content

    def remove(self, name: str) -> None:
        self._step()
        self.files.pop(name, None)

    def survivor(self, seed: int) -> CutDisk:
        """What is found when the power is back: seed 0 nothing that was not synced, seed 1 all of it, others some of it, in some order, torn."""
        chance = random.Random(seed)
        left: dict[str, bytes] = {}
        for name in sorted(self.files.keys() | self.durable_names.keys()):
            now, before = self.files.get(name), self.durable_names.get(name)
            content = {0: before, 1: now}.get(seed, chance.choice((before, now)))
            if content is not None:
                left[name] = self._left(content, chance, seed)
        return CutDisk(left)

    def _left(self, content: Content, chance: random.Random, seed: int) -> bytes:
        kept = {0: [], 1: list(content.pending)}.get(seed)
        if kept is None:
            kept = [write for write in content.pending if chance.random() < 0.5]
            chance.shuffle(kept)
            kept = [_torn(write, chance) for write in kept]
        data = bytearray(content.durable)
        for at, written in kept:
            data.extend(bytes(max(0, at + len(written) - len(data))))
            data[at : at + len(written)] = written
        return bytes(data)


def _torn(write: Part, chance: random.Random) -> Part:
    at, data = write
    if len(data) <= SECTOR or chance.random() < 0.5:
        return write
    first = chance.randrange(0, len(data) // SECTOR) * SECTOR
    last = chance.randrange(first + SECTOR, len(data) + SECTOR, SECTOR)
    return at + first, data[first:last]
