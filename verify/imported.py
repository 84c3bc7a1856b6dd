"""What became of each part of something that was brought to a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from verify import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.errors import CardError, Fact, Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of one part: "taken", "kept" (we hold it already) or "refused"."""

    part: str
    """"trust", "trust/<region>" where the documents of one region are refused, the name of a status file, "chain/<region>/<space>" or one of its files."""
    outcome: str
    facts: Mapping[str, Fact]
    fault: Fault | None = None

    def to_json(self) -> dict[str, Any]:
        """For `ecard-terminal import`."""
        page = {"part": self.part, "outcome": self.outcome}
        return page | ({"facts": dict(self.facts)} if self.fault is None else faults.told(self.fault, self.facts))

    @classmethod
    def refused(cls, part: str, error: CardError) -> Imported:
        """A part of which nothing was taken."""
        return cls(part=part, outcome="refused", facts=error.facts, fault=error.fault)
