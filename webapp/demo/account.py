"""What happened, act by act, for programs: account.json. Verdicts as terminals gave them, times as they were measured, nothing of anybody's name or number."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from codes.errors import SetupError
from webapp import faults

if TYPE_CHECKING:
    from pathlib import Path

    from codes.errors import Fact, Text

VERSION = 1
_OF_THE_PERSON = frozenset({"name", "tail"})
"""Members of a verdict that a desk's screen shows and forgets: not even masked do they belong into a file."""


class Account:
    """Grows with the walk; written once, at its end."""

    def __init__(self, *, at: datetime) -> None:
        self._page: dict[str, Any] = {"version": VERSION, "now": instant(at), "acts": []}

    def act(self, name: str, title: Text, *, at: datetime) -> None:
        """A new act begins."""
        self._page["acts"].append({"name": name, "title": title._asdict(), "at": instant(at), "steps": [], "verdicts": []})

    def step(self, text: Text, facts: dict[str, Fact], *, ms: float) -> None:
        """Something was done."""
        self._page["acts"][-1]["steps"].append({"did": text._asdict(), "facts": facts, "ms": round(ms, 3)})

    def verdict(self, name: str, terminal: str, *, at: datetime, expected: str, verdict: dict[str, Any], ms: float) -> None:
        """A terminal judged; `expected` is "accepted" or the name of a reason."""
        as_expected = (verdict["reason"] or verdict["verdict"]) == expected
        entry = {"name": name, "terminal": terminal, "at": instant(at), "expected": expected, "as_expected": as_expected, "ms": round(ms, 3)}
        said = {member: value for member, value in verdict.items() if member not in _OF_THE_PERSON}
        self._page["acts"][-1]["verdicts"].append({**entry, "verdict": said})

    @property
    def verdicts(self) -> list[dict[str, Any]]:
        """Every verdict so far."""
        return [verdict for act in self._page["acts"] for verdict in act["verdicts"]]

    @property
    def deviations(self) -> list[dict[str, Any]]:
        """The verdicts that were not as expected."""
        return [verdict for verdict in self.verdicts if not verdict["as_expected"]]

    def write(self, path: Path, *, ms: float) -> None:
        """Put it at `path`. Raises `SetupError` output-unwritable."""
        page = {**self._page, "ms": round(ms), "deviations": [verdict["name"] for verdict in self.deviations]}
        try:
            path.write_text(json.dumps(page, ensure_ascii=False, indent=1) + "\n", "utf-8")
        except OSError as problem:
            raise SetupError(faults.OUTPUT_UNWRITABLE, file=path.name, problem=problem.strerror) from problem


def instant(at: datetime) -> str:
    """A time as programs read it, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
