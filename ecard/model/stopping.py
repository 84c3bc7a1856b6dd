"""What stopping adds to the record: freezes asked for by another region, case files of misuse, groups of items a holder locks."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from codes.claims import Region
    from ecard.model.record import CardRef, FreezeGround

FreezeRequestRef = NewType("FreezeRequestRef", str)
CaseRef = NewType("CaseRef", str)


class FreezeAnswer(enum.StrEnum):
    """What the card's own region said to another region's request."""

    GRANTED = "granted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeRequest:
    """What another region asks the card's own region to do (CQ-20c)."""

    ref: FreezeRequestRef
    card: CardRef
    region: Region
    """The region that asks."""
    ground: FreezeGround
    until: int
    asked: int
    asked_by: str
    asked_person: str
    answer: FreezeAnswer | None = None
    answered: int | None = None
    answered_by: str | None = None
    answered_person: str | None = None


class Misuse(enum.StrEnum):
    """What somebody is said to have done with a card (CQ-24, ZS-23, HZ-17a)."""

    LENT = "lent"
    """Rented, transferred, lent or sold."""
    FALSE_USE = "false-use"
    """Falsely claimed, used as somebody else, or stolen."""
    DETAINED = "detained"
    """Somebody else's card was kept back."""
    FORGED = "forged"
    """Forged or altered, or such a card was used."""
    FRAUD = "fraud"
    """Used to defraud benefits, or for telecom fraud."""
    DAMAGED = "damaged"
    """Damaged on purpose."""


class Proof(enum.StrEnum):
    """What kind of paper or file lies in a case file. The record keeps its digest; the thing itself stays where the case is worked on."""

    REPORT = "report"
    STATEMENT = "statement"
    RECORD = "record"
    PHOTOGRAPH = "photograph"
    DECISION = "decision"


class CaseDecision(enum.StrEnum):
    """What a person decided. None of them touches the card: freezing and cancelling are commands of their own, with grounds of their own."""

    UNFOUNDED = "unfounded"
    WARNED = "warned"
    HANDED_OVER = "handed-over"
    """Given to the authority that pursues it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MisuseEvidence:
    """One thing in a case file."""

    digest: bytes
    """SHA-256 of the paper or file."""
    kind: Proof
    noted: int
    noted_by: str
    noted_person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MisuseCase:
    """A case file: opened by one person, filled with evidence, decided by another."""

    ref: CaseRef
    card: CardRef
    category: Misuse
    opened: int
    opened_by: str
    opened_person: str
    evidence: tuple[MisuseEvidence, ...] = ()
    decision: CaseDecision | None = None
    decided: int | None = None
    decided_by: str | None = None
    decided_person: str | None = None


class ItemGroup(enum.IntEnum):
    """The thirteen groups of items that the one card serves (ZZ-7)."""

    SOCIAL_INSURANCE = 1
    HUMAN_RESOURCES = 2
    HEALTH = 3
    SUBSIDIES = 4
    IDENTITY = 5
    TRANSPORT = 6
    CULTURE_AND_TOURISM = 7
    CAMPUS = 8
    TAXES_AND_FEES = 9
    BANKING = 10
    WORKPLACE = 11
    RESIDENCE = 12
    OTHER = 13
