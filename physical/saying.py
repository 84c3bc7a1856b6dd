"""What `ecard-reader` prints: one JSON object, or a table, or a line, of the same fields."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: its fields, and for people a line instead of a table where that reads better."""

    fields: dict[str, Any]
    line: str | None = None

    def as_json(self) -> str:
        """The JSON object."""
        return json.dumps(self.fields, ensure_ascii=False)

    def as_text(self) -> str:
        """What people read."""
        if self.line is not None:
            return self.line
        width = max(map(len, self.fields))
        return "\n".join(f"{name.replace('_', ' '):{width}}  {_human(name, value)}" for name, value in self.fields.items())


def _human(name: str, value: Any) -> str:
    if name == "expires" and isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bool) or value is None:
        return {True: "yes / 是", False: "no / 否", None: "-"}[value]
    return str(value)
