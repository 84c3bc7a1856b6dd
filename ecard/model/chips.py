"""What the record wants of a chip, what the chip has proved, and where the two were found apart."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from codes.chipproof import ChipState
    from ecard.model.record import CardRef, Carrier, CarrierRef, Dossier

IncidentRef = NewType("IncidentRef", str)


class TargetReason(enum.StrEnum):
    """Why a chip has a new target."""

    CHANGED = "changed"
    """The card, or a hold on it, changed."""
    FOUND_APART = "found-apart"
    """The chip had a version that this record never gave: the next one is above it, and at least as strict."""


class ProofKind(enum.StrEnum):
    """What a chip has signed or sealed."""

    STATUS = "status"
    BIND = "bind"
    PRESENCE = "presence"
    UNBIND = "unbind"
    RECEIPT = "receipt"
    CONDITION = "condition"
    """How it stands, sealed and not signed: asked for beside a signature, because only this says whether the PIN is blocked."""


class IncidentKind(enum.StrEnum):
    """How chip and record were found apart."""

    RECORD_BEHIND = "record-behind"
    """The chip has a later version: the record was restored from a backup, or there are two records."""
    APART = "apart"
    """The same version with another state: a forgery, or two records."""
    COUNTER_TWICE = "counter-twice"
    """One number for two authentications: there are two chips."""
    COUNTER_BACK = "counter-back"
    """A live answer older than one before it: the chip's memory was restored, or there are two chips."""
    CHIP_CANCELLED = "chip-cancelled"
    """The chip is blocked for ever and the record did not want that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipTarget:
    """One version of what a chip is to be. Append-only; the one with the highest `seq` is in force."""

    carrier: CarrierRef
    seq: int
    card: CardRef
    state: ChipState
    reason: TargetReason
    revision: int
    """Of the card, at which it came about."""
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipNote:
    """The most that a chip has proved of itself. Never falls, so that proofs may arrive late, twice and in any order."""

    carrier: CarrierRef
    card: CardRef
    seq: int
    state: ChipState
    counter: int
    pin_blocked: bool | None
    """What the chip last said of its PIN; None before it was asked."""
    seen: int
    reader: str
    evidence: bytes
    """Digest of the proof behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipEvidence:
    """One proof as it came: question and answer can be checked again at any time."""

    digest: bytes
    """SHA-256 of carrier, question and answer."""
    carrier: CarrierRef
    card: CardRef
    kind: ProofKind
    seq: int
    state: ChipState
    counter: int | None
    question: bytes
    """The challenge of 32 bytes, or the nonce of the script that a receipt answers, or of the question about its condition."""
    answer: bytes
    live: bool
    """Whether the question was this office's own and fresh."""
    at: int
    reader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipIncident:
    """Chip and record found apart; open until it is settled."""

    ref: IncidentRef
    carrier: CarrierRef
    card: CardRef
    kind: IncidentKind
    at: int
    seq: int
    state: ChipState
    """What the chip proved."""
    counter: int | None
    record_seq: int
    record_state: ChipState
    """What the record wanted."""
    for_clerk: bool
    """Whether somebody has to look before the chip is as good as before."""
    evidence: bytes
    settled: int | None = None
    settled_by: str | None = None
    settled_person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipFile:
    """A chip with everything that the record has about it."""

    dossier: Dossier
    chip: Carrier
    target: ChipTarget | None
    """What it is to be; None while it was never told anything."""
    note: ChipNote | None
    incidents: tuple[ChipIncident, ...]
    """Open ones, oldest first."""
