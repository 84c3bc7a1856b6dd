"""A finished demonstration, for the tests that look at it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from webapp.demo.journey import Telling, walk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """A finished demonstration: its folder, what it said, its account."""

    root: Path
    said: str
    page: dict[str, Any]

    def verdict(self, name: str) -> dict[str, Any]:
        (found,) = [entry for act in self.page["acts"] for entry in act["verdicts"] if entry["name"] == name]
        return dict(found["verdict"])


def walk_in(root: Path, *, now: datetime = NOW, colour: bool = False, pause: Callable[[], None] | None = None) -> Walked:
    out = io.StringIO()
    walk(root, Telling(out=out, colour=colour, program=lambda name: name, pause=pause), now=now)
    return Walked(root=root, said=out.getvalue(), page=json.loads((root / "account.json").read_text("utf-8")))
