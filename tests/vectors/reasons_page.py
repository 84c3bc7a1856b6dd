"""The table of verdicts and reasons as the terminal page has it: webapp/static/terminal/reasons.js, made from codes/reasons.py and the faults."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from codes import faults as formats
from codes import reasons
from codes.errors import Fault
from verify import faults as decisions

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = """\
// Every verdict, reason and note with its number, colour, tone and texts, and which fault means which reason. Made by `make vectors` from codes/reasons.py.

/** @typedef {{ zh: string, en: string }} Text */
/** @typedef {{ number: number, outcome: string, colour: string, tone: string, public: Text, staff: Text, action: Text }} Entry */
"""


def page() -> str:
    """The text of the module."""
    return "\n".join(
        (
            _HEAD,
            f"/** @type {{Entry}} */\nexport const ACCEPTED = {_js(_entry(reasons.ACCEPTED))};\n",
            _table("REASONS", "Entry", {str(reason): _entry(entry) for reason, entry in reasons.TABLE.items()}),
            _table("NOTES", "Entry", {str(note): _entry(entry) for note, entry in reasons.NOTES.items()}),
            _table("FAULTS_OF", "string[]", _faults()),
        )
    )


def _entry(entry: reasons.Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "outcome": str(entry.outcome),
        "colour": str(entry.colour),
        "tone": str(entry.tone),
        "public": entry.public._asdict(),
        "staff": entry.staff._asdict(),
        "action": entry.action._asdict(),
    }


def _faults() -> dict[str, list[str]]:
    """The codes that mean each reason, in the order of the table."""
    declared = {fault.code: fault for room in (formats, decisions) for fault in vars(room).values() if isinstance(fault, Fault)}
    found = {str(reason): sorted(code for code, fault in declared.items() if fault.reason is reason) for reason in reasons.TABLE}
    return {reason: codes for reason, codes in found.items() if codes}


def _table(name: str, kind: str, rows: Mapping[str, object]) -> str:
    lines = "".join(f"  {json.dumps(key)}: {_js(row)},\n" for key, row in rows.items())
    return f"/** @type {{Record<string, {kind}>}} */\nexport const {name} = {{\n{lines}}};\n"


def _js(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
