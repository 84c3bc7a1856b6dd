"""One case of the pack: a text, where and when it is scanned, and the one right answer (FORMATS section 6)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from codes.reasons import TABLE, Note, Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

PACK_VERSION = 1
"""Of the case files and the manifest."""
FAIL = "_fail"
"""Names of cases in which refusal is right end so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """The right answer. `step` is the numbered step that ends the decision, None for an acceptance; `notes` only where there are some."""

    verdict: Outcome
    reason: Reason | None = None
    step: int | None = None
    notes: tuple[Note, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it stands in a case file."""
        notes = {"notes": [str(note) for note in self.notes]} if self.notes else {}
        return {"verdict": str(self.verdict), "reason": None if self.reason is None else str(self.reason), "step": self.step, **notes}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Expect:
        """Read it back. `KeyError` or `ValueError` for a file that is not one of ours."""
        reason = None if found["reason"] is None else Reason(found["reason"])
        notes = tuple(Note(note) for note in found.get("notes", ()))
        return cls(verdict=Outcome(found["verdict"]), reason=reason, step=found["step"], notes=notes)


def accepted(*notes: Note) -> Expect:
    """Yes."""
    return Expect(verdict=Outcome.ACCEPTED, notes=notes)


def because(reason: Reason, step: int) -> Expect:
    """No, or cannot tell: the reason says which."""
    return Expect(verdict=TABLE[reason].outcome, reason=reason, step=step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One text in front of the terminal at one instant (seconds since 1970 UTC)."""

    text: str
    at: int
    expect: Expect
    challenge: bytes | None = None

    def to_json(self) -> dict[str, Any]:
        """As it stands in a case file."""
        challenge = {} if self.challenge is None else {"challenge": self.challenge.hex()}
        return {"text": self.text, "at": instant(self.at), **challenge, "expect": self.expect.to_json()}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Scan:
        """Read it back. `KeyError` or `ValueError` for a file that is not one of ours."""
        challenge = bytes.fromhex(found["challenge"]) if "challenge" in found else None
        return cls(text=found["text"], at=seconds(found["at"]), expect=Expect.from_json(found["expect"]), challenge=challenge)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scan, or several in order that start from a fresh copy of the terminal's state."""

    name: str
    scene: str
    scans: tuple[Scan, ...]
    spec: str
    comment: str
    ordered: bool = False
    signed_bytes: bytes | None = None
    """What the holder's signature of the code covers, for those who debug theirs."""

    def to_json(self) -> dict[str, Any]:
        """The case file."""
        if self.ordered:
            scans: dict[str, Any] = {"scene": self.scene, "sequence": [scan.to_json() for scan in self.scans]}
        else:
            (scan,) = self.scans
            scans = {"text": scan.text, "scene": self.scene, **scan.to_json()}
        signed = {}
        if self.signed_bytes is not None:
            signed = {"sig_structure": self.signed_bytes.hex(), "digest": hashlib.sha256(self.signed_bytes).hexdigest()}
        return {**scans, "spec": self.spec, "comment": self.comment, **signed}

    @classmethod
    def from_json(cls, name: str, found: Mapping[str, Any]) -> Case:
        """Read a case file back. `KeyError` or `ValueError` for a file that is not one of ours."""
        ordered = "sequence" in found
        scans = tuple(Scan.from_json(scan) for scan in (found["sequence"] if ordered else [found]))
        signed = bytes.fromhex(found["sig_structure"]) if "sig_structure" in found else None
        return cls(name=name, scene=found["scene"], scans=scans, spec=found["spec"], comment=found["comment"], ordered=ordered, signed_bytes=signed)


def to_file(page: Any) -> bytes:
    """JSON as every file of the pack has it: UTF-8, one member a line, a newline at the end."""
    return (json.dumps(page, ensure_ascii=False, indent=1) + "\n").encode()


def instant(at: int) -> str:
    """2026-11-21T08:00:00Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(at: str) -> int:
    """Seconds since 1970 of an instant as `instant` writes it. `ValueError` for another form."""
    return int(datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
