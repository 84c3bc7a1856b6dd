"""The golden decisions: every case of the conformance pack with seed 0, and exactly how our terminal ends it.

The pack tells other makers verdict, reason and step; this file also fixes the exact fault, and by a digest the text itself, so that a change of either
is seen in review and not at a gate.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes.errors import SetupError
from verify.terminal import Terminal
from webapp.pack.chips import read_chip_cases
from webapp.pack.reader import read_cases
from webapp.pack.writer import write_pack

if TYPE_CHECKING:
    from webapp.pack.case import Case, Scan
    from webapp.pack.chips import ChipCase

SEED = 0


def page() -> str:
    """The text of tests/vectors/decisions.json."""
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / "pack"
        write_pack(pack, seed=SEED)
        gates: dict[str, Terminal] = {}
        cases = []
        for case in sorted(read_cases(pack), key=lambda case: case.name):
            state = pack / "terminal" / case.scene
            terminal = Terminal(state, read_only=True) if case.ordered else gates.setdefault(case.scene, Terminal(state, read_only=True))
            cases += _lines(case, terminal)
        cases += [_chip_line(case, gates[case.scene]) for case in read_chip_cases(pack)]
    rows = ",\n".join("  " + json.dumps(line, ensure_ascii=False) for line in cases)
    return f'{{\n "family": "decisions",\n "spec": "FORMATS 2",\n "seed": {SEED},\n "cases": [\n{rows}\n ]\n}}\n'


def _lines(case: Case, terminal: Terminal) -> list[dict[str, Any]]:
    several = len(case.scans) > 1
    return [_line(f"{case.name} #{place}" if several else case.name, scan, terminal) for place, scan in enumerate(case.scans, 1)]


def _line(name: str, scan: Scan, terminal: Terminal) -> dict[str, Any]:
    digest = hashlib.sha256(scan.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return {"name": name, "text_sha256": digest, "expect": _ending(scan, terminal)}


def _chip_line(case: ChipCase, terminal: Terminal) -> dict[str, Any]:
    digest = hashlib.sha256(case.credential + case.challenge + case.answer).hexdigest()[:16]
    at = datetime.fromtimestamp(case.at, UTC)
    verdict = terminal.judge_chip(case.credential, case.answer, challenge=case.challenge, at=at).to_json()
    return {"name": f"chips/{case.name}", "chip_sha256": digest, "expect": _short(verdict)}


def _ending(scan: Scan, terminal: Terminal) -> dict[str, Any]:
    try:
        verdict = terminal.verifier().verify(scan.text, at=datetime.fromtimestamp(scan.at, UTC), challenge=scan.challenge).to_json()
    except SetupError as error:  # the terminal that has no trust yet
        return {"verdict": "inconclusive", "reason": "terminal-not-ready", "step": -1, "code": error.code}
    return _short(verdict)


def _short(verdict: dict[str, Any]) -> dict[str, Any]:
    ending = {member: verdict[member] for member in ("verdict", "reason", "step")}
    return {**ending, "code": verdict["code"]} if "code" in verdict else ending
