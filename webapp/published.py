"""The published folder, read-only: signed files by name, and nothing that was not published.

    metadata/*.json                     trust metadata (TUF)
    targets/<region>/<hash>.<name>      what the metadata vouches for
    status/<shard>.cwt                  status lists; the uri "sl:c4k2" is the file c4k2.cwt
    status/aggregation.json             the names of all of them
    chain/<region>/<space>/             one status chain; space is "phone" or "chip"
        head.cbor                       its newest heartbeat
        index.json                      which of the objects below there are
        <epoch>/s/<seq>.cbor  .body     a snapshot, what is signed of it and what that speaks of
        <epoch>/d/<from>-<to>.cbor      a delta

The folder is written by the record with atomic renames; a file under a versioned or hashed name never changes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.claims import REGION_PATTERN
from codes.errors import SetupError, StateError
from webapp import faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_STEP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SHARD = re.compile(r"[a-z][0-9a-z]{1,12}")
_SPACES = frozenset({"phone", "chip"})
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_SPAN = re.compile(r"[1-9][0-9]{0,15}-[1-9][0-9]{0,15}")
_NEVER_CHANGES = re.compile(r"[0-9]+\.[a-z0-9-]+\.json|[0-9a-f]{64}\.[A-Za-z0-9._-]+", re.IGNORECASE)
_MAX_STEPS = 6
_FIRST_STEPS = ("metadata", "targets")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFile:
    """The bytes of one published file. `immutable`: this name will never stand for other bytes."""

    content: bytes
    immutable: bool

    @property
    def etag(self) -> str:
        """The same for the same bytes, on every machine."""
        return hashlib.sha256(self.content).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PublishedFolder:
    """Reads below `root` and nowhere else.

    Every name that is not there, or not allowed, raises the same `StateError` not-found. A disk that does not answer raises `SetupError` not-readable.
    """

    root: Path

    def check_ready(self) -> None:
        """Return when there is something to serve. Raises `SetupError` not-ready."""
        if not (self.root / "metadata" / "timestamp.json").is_file():
            raise SetupError(faults.NOT_READY)

    def trust(self, name: str) -> SignedFile:
        """A file of the trust repository, such as "metadata/timestamp.json"."""
        steps = name.split("/")
        if len(steps) > _MAX_STEPS or steps[0] not in _FIRST_STEPS or not all(_STEP.fullmatch(step) for step in steps):
            raise StateError(faults.NOT_FOUND)
        return self._read(self.root.joinpath(*steps), immutable=_NEVER_CHANGES.fullmatch(steps[-1]) is not None)

    def status(self, shard: str) -> SignedFile:
        """The status list of one shard, such as "c4k2"."""
        if not _SHARD.fullmatch(shard):
            raise StateError(faults.NOT_FOUND)
        return self._read(self.root / "status" / f"{shard}.cwt", immutable=False)

    def aggregation(self) -> SignedFile:
        """The names of all status lists."""
        return self._read(self.root / "status" / "aggregation.json", immutable=False)

    def head(self, region: str, space: str) -> SignedFile:
        """The newest heartbeat of a chain, such as ("CN-CQ", "phone")."""
        return self._read(self._chain(region, space) / "head.cbor", immutable=False)

    def index(self, region: str, space: str) -> SignedFile:
        """Which objects a chain has: advice, not signed."""
        return self._read(self._chain(region, space) / "index.json", immutable=False)

    def snapshot(self, region: str, space: str, epoch: str, seq: str) -> SignedFile:
        """What is signed of a whole version of a chain."""
        return self._snapshot(region, space, epoch, seq, "cbor")

    def body(self, region: str, space: str, epoch: str, seq: str) -> SignedFile:
        """The lists of a whole version of a chain, as its manifest says."""
        return self._snapshot(region, space, epoch, seq, "body")

    def delta(self, region: str, space: str, epoch: str, span: str) -> SignedFile:
        """What leads from a version to a later one; `span` is "41-42"."""
        if not _NUMBER.fullmatch(epoch) or not _SPAN.fullmatch(span):
            raise StateError(faults.NOT_FOUND)
        return self._read(self._chain(region, space) / epoch / "d" / f"{span}.cbor", immutable=True)

    def heads(self) -> Iterator[tuple[str, str, object]]:
        """Every chain that is published: region, space, and a mark that is another one once its head has been replaced."""
        for path in sorted((self.root / "chain").glob("*/*/head.cbor")):
            region, space = path.parts[-3:-1]
            if REGION_PATTERN.fullmatch(region) and space in _SPACES:
                yield region, space, _mark(path)

    def _snapshot(self, region: str, space: str, epoch: str, seq: str, part: str) -> SignedFile:
        if not _NUMBER.fullmatch(epoch) or not _NUMBER.fullmatch(seq):
            raise StateError(faults.NOT_FOUND)
        return self._read(self._chain(region, space) / epoch / "s" / f"{seq}.{part}", immutable=True)

    def _chain(self, region: str, space: str) -> Path:
        if not REGION_PATTERN.fullmatch(region) or space not in _SPACES:
            raise StateError(faults.NOT_FOUND)
        return self.root / "chain" / region / space

    def _read(self, path: Path, *, immutable: bool) -> SignedFile:
        try:
            real = path.resolve(strict=True)
            if not real.is_relative_to(self.root.resolve(strict=True)) or not real.is_file():
                raise StateError(faults.NOT_FOUND)
            return SignedFile(content=real.read_bytes(), immutable=immutable)
        except (FileNotFoundError, NotADirectoryError) as missing:
            raise StateError(faults.NOT_FOUND) from missing
        except (OSError, RuntimeError) as broken:  # RuntimeError: a loop of links, before Python 3.13
            raise SetupError(faults.NOT_READABLE) from broken


def _mark(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:  # taken away between the look at the folder and this one
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
