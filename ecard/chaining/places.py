"""Where a chain lies in the published folder, and which names its files have.

chain/<region>/<space>/head.cbor                       the newest heartbeat; read anew every time
chain/<region>/<space>/index.json                      what there is to fetch; advice, unsigned: whatever it names proves itself
chain/<region>/<space>/<epoch>/s/<seq>.cbor  .body     a snapshot, its manifest and its body; neither ever changes
chain/<region>/<space>/<epoch>/d/<from>-<to>.cbor      a delta; never changes
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from codes.chain import ListSpace
    from codes.claims import Region

FOLDER = "chain"
_MANIFEST = re.compile(r"([1-9][0-9]{0,15})\.cbor")
_DELTA = re.compile(r"([1-9][0-9]{0,15})-([1-9][0-9]{0,15})\.cbor")
Span = tuple[int, int]
"""The seq that a delta starts from, and the one that it leads to."""


@dataclass(frozen=True, slots=True)
class ChainFolder:
    """The files of one chain."""

    path: Path

    @classmethod
    def of(cls, published: Path, region: Region, space: ListSpace) -> ChainFolder:
        """The chain of a region and a list space."""
        return cls(published / FOLDER / region / space.name.lower())

    @property
    def head(self) -> Path:
        """The newest heartbeat."""
        return self.path / "head.cbor"

    @property
    def index(self) -> Path:
        """What there is to fetch."""
        return self.path / "index.json"

    def manifest(self, epoch: int, seq: int) -> Path:
        """What is signed of a snapshot."""
        return self.path / str(epoch) / "s" / f"{seq}.cbor"

    def body(self, epoch: int, seq: int) -> Path:
        """The lists of a snapshot."""
        return self.path / str(epoch) / "s" / f"{seq}.body"

    def delta(self, epoch: int, span: Span) -> Path:
        """A delta."""
        return self.path / str(epoch) / "d" / f"{span[0]}-{span[1]}.cbor"

    def snapshots(self, epoch: int) -> list[int]:
        """The versions of which there is a manifest, in order."""
        return sorted(int(name[1]) for name in self._names(epoch, "s", _MANIFEST))

    def deltas(self, epoch: int) -> set[Span]:
        """The deltas that there are, by their names."""
        return {(int(name[1]), int(name[2])) for name in self._names(epoch, "d", _DELTA)}

    def _names(self, epoch: int, folder: str, form: re.Pattern[str]) -> list[re.Match[str]]:
        found = (self.path / str(epoch) / folder).glob("*.cbor")  # an empty walk where there is no folder
        return [match for path in found if (match := form.fullmatch(path.name))]
