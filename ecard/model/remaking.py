"""Objects of a card that is remade or ended, and of what hangs on it for a time: fees, accounts, fares, older cards.

Flat, so that a table row and an object have the same fields. Money is whole fen (0.01 yuan). A tuple of words stands in one column.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codes.claims import Region
    from ecard.model.record import CardRef, CarrierRef, CredentialRef, HolderRef


class ExchangeGround(enum.StrEnum):
    """Why a chip is remade under the same card number. Loss is no ground: what was lost is replaced (CQ-12b)."""

    DAMAGE = "damage"
    DATA_CHANGE = "data-change"
    NEW_GENERATION = "new-generation"
    RENEWAL = "renewal"


class ExchangeOutcome(enum.StrEnum):
    """How an exchange came to its end."""

    HANDED_OVER = "handed-over"
    OVERTAKEN = "overtaken"
    """The card was lost or cancelled meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A chip that is remade, from the application to the hand-over."""

    ref: str
    card: CardRef
    ground: ExchangeGround
    old_chip: CarrierRef
    new_chip: CarrierRef
    """The chip first ordered; another takes its place when it is spoilt."""
    expires: int
    """Until when the card is valid once the new chip is handed over."""
    opened: int
    opened_by: str
    closed: int | None = None
    outcome: ExchangeOutcome | None = None


class FeeAct(enum.StrEnum):
    """What may cost something."""

    FIRST_ISSUE = "first-issue"
    EXCHANGE = "exchange"
    REPLACEMENT = "replacement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What was charged for one act, and by what right."""

    ref: str
    card: CardRef
    act: FeeAct
    fen: int
    basis: str
    """The approval that the fee rests on; empty where nothing is charged."""
    at: int
    charged_by: str


class Decision(enum.StrEnum):
    """What a second person said."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class CancelGround(enum.StrEnum):
    """Why a card may be cancelled (CQ-13a, ZS-20)."""

    DEATH = "death"
    DECLARED_DEAD = "declared-dead"
    SETTLED_ABROAD = "settled-abroad"
    ENTITLEMENT_ENDED = "entitlement-ended"
    MOVED_AWAY = "moved-away"


class Applicant(enum.StrEnum):
    """Who asks for a cancellation."""

    HOLDER = "holder"
    RELATIVE = "relative"


class Affair(enum.StrEnum):
    """What is settled before a card is cancelled (ZS-20)."""

    INSURANCE_BENEFITS = "insurance-benefits"
    MEDICAL_ACCOUNT = "medical-account"
    FINANCIAL_ACCOUNT = "financial-account"
    TRANSPORT_BALANCE = "transport-balance"
    LOANS = "loans"
    """Books and other things lent on the card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """A request to cancel a card, and who decided it."""

    ref: str
    card: CardRef
    ground: CancelGround
    applicant: Applicant
    evidence: tuple[str, ...]
    requested: int
    requested_by: str
    requested_person: str
    settled: tuple[str, ...] = ()
    decided: int | None = None
    decided_by: str | None = None
    decided_person: str | None = None
    decision: Decision | None = None


class DestructionMethod(enum.StrEnum):
    """How a card was made unusable."""

    CHIP_PUNCHED = "chip-punched"
    SHREDDED = "shredded"
    INCINERATED = "incinerated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """Who destroyed a card, when, how, and who saw it (CQ-13c)."""

    carrier: CarrierRef
    card: CardRef
    at: int
    destroyed_by: str
    destroyed_person: str
    method: DestructionMethod
    witness: str
    """The witness's person number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A correction of a person's data: old and new sealed under the person's own key, evidence, decision."""

    ref: str
    card: CardRef
    holder: HolderRef
    old: bytes
    new: bytes
    evidence: tuple[str, ...]
    proposed: int
    proposed_by: str
    proposed_person: str
    decided: int | None = None
    decided_by: str | None = None
    decided_person: str | None = None
    decision: Decision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """One credential that no longer counts although its carrier lives on: it states what is not true any more."""

    credential: CredentialRef
    at: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Temporary:
    """A phone that stands in for the card while its chip is remade (HZ-15)."""

    carrier: CarrierRef
    card: CardRef
    granted: int
    granted_by: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FinancialAccount:
    """The financial account behind a card, as far as the record is told: only that it is active (ZZ-19). The bank decides about it (ZS-25)."""

    card: CardRef
    bank: str
    activated: int
    activated_by: str
    ended: int | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """A fare class that a person is entitled to, on what evidence, until when, and the one carrier that states it."""

    ref: str
    holder: HolderRef
    region: Region
    fare: int
    evidence: str
    """What proves it: the document's kind and its number at the authority that keeps it."""
    carrier: CarrierRef
    granted: int
    granted_by: str
    review: int
    """When somebody must look again whether it still holds."""
    expires: int
    ended: int | None = None
    ended_by: str | None = None

    def in_force(self, now: int) -> bool:
        """Whether it counts at `now`."""
        return self.ended is None and self.granted <= now < self.expires


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyCard:
    """A card of an older scheme that this card takes over (HZ-18)."""

    scheme: str
    number: str
    card: CardRef
    registered: int
    registered_by: str
    retires: int
    """From when on the older card no longer counts."""


class Eligibility(enum.StrEnum):
    """Why somebody may have the card (ZS-4, CQ-5a)."""

    RESIDENT = "registered-resident"
    INSURED = "insured"
    RURAL_MEDICAL = "rural-medical"
    ENTITLED = "entitled-to-services"
    """Not registered here, and entitled to the region's public services."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityNote:
    """As what somebody was given the card, and on what evidence."""

    card: CardRef
    category: Eligibility
    evidence: tuple[str, ...]
    at: int


class DueKind(enum.StrEnum):
    """What time asks for."""

    RENEWAL_REMINDER = "renewal-reminder"
    EXCHANGE = "exchange"
    """The person's data changed and the chip still holds the old (ZS-16b)."""
    DESTRUCTION = "destruction"
    """An ended chip that nobody has recorded as destroyed (CQ-13c)."""
    FARE_REVIEW = "fare-review"
    TEMPORARY_ENDS = "temporary-ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One thing that time asks for. The same thing has the same `mark` whenever it is asked again."""

    kind: DueKind
    card: CardRef
    mark: str
    days: int | None = None
    """Days before expiry that a reminder is for."""
