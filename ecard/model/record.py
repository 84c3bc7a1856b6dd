"""The record in the field's words: holder, card, carrier, hold, credential, event. Frozen; a change is a new object.

Times are whole seconds since 1970 UTC. Nothing here holds a name or an identity number: those lie in the vault, behind the holder's random reference.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from codes.claims import Profile, Region, StatusRef
    from codes.keys import CoseKey

HolderRef = NewType("HolderRef", str)
CardRef = NewType("CardRef", str)
CarrierRef = NewType("CarrierRef", str)
HoldRef = NewType("HoldRef", str)
CredentialRef = NewType("CredentialRef", str)

REF_BYTES = 16


class Entropy(Protocol):
    """Where randomness comes from: `secrets.token_bytes`, or a seeded source for a city that must come out the same twice."""

    def __call__(self, size: int, /) -> bytes:
        """`size` bytes nobody can guess."""
        ...


class CardState(enum.StrEnum):
    """Where a card is in its one-way life. Expiry is computed, never stored; whatever may be lifted again is a hold."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


class CarrierState(enum.StrEnum):
    """Where a chip or phone is in its one-way life."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


class EndReason(enum.StrEnum):
    """Why a card or carrier ended, for ever."""

    REPLACED = "replaced"
    EXCHANGED = "exchanged"
    CANCELLED = "cancelled"
    UNBOUND = "unbound"
    DESTROYED = "destroyed"


class CarrierKind(enum.StrEnum):
    """What carries the card."""

    CHIP = "chip"
    PHONE = "phone"


class HoldKind(enum.StrEnum):
    """Why a card or carrier is stopped for now."""

    PRE_LOSS = "pre-loss"
    LOSS = "loss"
    FREEZE = "freeze"
    SELF_LOCK = "self-lock"
    DRIFT = "drift"


class FreezeGround(enum.StrEnum):
    """Why the card agency may freeze a card for a time (CQ-20b)."""

    FALSE_CLAIM = "false-claim"
    FALSE_USE = "false-use"
    THEFT = "theft"


class Role(enum.StrEnum):
    """In what role somebody gives a command."""

    HOLDER = "holder"
    CLERK = "clerk"
    PRODUCTION = "production"
    INTAKE = "intake"
    """Of a township, street or village: takes applications in and hands cards out, and decides nothing (ZS-6)."""
    SUPERVISOR = "supervisor"
    BANK = "bank"
    HOTLINE = "hotline"
    AUDITOR = "auditor"
    """Reads what was done and by whom, and does nothing."""
    ADMIN = "admin"
    """Gives operators their means to sign in; has no command of any card."""
    SERVICE = "service"
    """The service itself, when a time has come and nobody gives the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who gives a command: the account, the person behind it, in which role, for which region."""

    ref: str
    person: str
    """Staff: the person's number, so that two accounts of one person are one person. Holder: the holder's reference."""
    role: Role
    region: Region | None = None
    """Region of the desk; a holder at home has none."""
    joint_desk: bool = False
    """Whether the desk is a joint Sichuan-Chongqing one (CQ-11b)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A person who may hold a card. Who it is stands in the vault."""

    ref: HolderRef
    region: Region
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card, physical and electronic at once (CQ-5b)."""

    ref: CardRef
    number: str
    holder: HolderRef
    region: Region
    """The region that issued it: its record says so, never a digit of somebody's number."""
    state: CardState
    end_reason: EndReason | None = None
    issued: int
    expires: int
    revision: int
    """+1 with every change; what compare-and-swap and ETag compare."""
    chip_seq: int
    """+1 only when the state that the chip should have changes."""
    replaces: CardRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A chip or a phone that carries the card."""

    ref: CarrierRef
    card: CardRef
    kind: CarrierKind
    state: CarrierState
    end_reason: EndReason | None = None
    key: CoseKey | None = None
    """The chip's key, or the phone's enrolment key; a chip that is not made yet has none."""
    card_code: bytes | None = None
    """Card identification code of a chip, 16 bytes."""
    counter: int = 0
    """Highest authentication counter that a chip has shown live."""
    provisional_until: int | None = None
    """Until when a phone without the chip's endorsement may have general credentials; None once endorsed."""
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A stop that may be lifted again, on a whole card (`carrier` None) or on one carrier of it."""

    ref: HoldRef
    card: CardRef
    carrier: CarrierRef | None
    kind: HoldKind
    origin: CardRef
    """The card at which it was reported: a lost phone is held on every card it carries."""
    ground: FreezeGround | None = None
    placed: int
    placed_by: str
    placed_person: str
    until: int | None = None
    """When it falls away by itself; None when only a command lifts it."""
    due: int | None = None
    """Of a report by phone: by when the written one must follow (ZS-17b)."""
    lifted: int | None = None
    lifted_by: str | None = None
    lifted_person: str | None = None

    def in_force(self, now: int) -> bool:
        """Whether it stops anything at `now`."""
        return self.lifted is None and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A card with all that hangs on it: what a command reads, and what it leaves."""

    card: Card
    carriers: tuple[Carrier, ...]
    holds: tuple[Hold, ...] = ()

    def carrier(self, ref: CarrierRef) -> Carrier | None:
        """The carrier of this reference, if the card has it."""
        return next((carrier for carrier in self.carriers if carrier.ref == ref), None)

    @property
    def chip(self) -> Carrier | None:
        """The chip in the holder's hand, or the one being made when there is none."""
        chips = {carrier.state: carrier for carrier in self.carriers if carrier.kind is CarrierKind.CHIP}
        return chips.get(CarrierState.ACTIVE) or chips.get(CarrierState.PENDING)

    @property
    def chip_in_making(self) -> Carrier | None:
        """The chip that is being made, for a new card or for one in hand that is exchanged."""
        pending = (carrier for carrier in self.carriers if carrier.kind is CarrierKind.CHIP and carrier.state is CarrierState.PENDING)
        return next(pending, None)

    @property
    def phones(self) -> tuple[Carrier, ...]:
        """The phones that are bound now, held or not."""
        return tuple(carrier for carrier in self.carriers if carrier.kind is CarrierKind.PHONE and carrier.state is not CarrierState.ENDED)


class CredentialState(enum.StrEnum):
    """INTENT: written, perhaps signed, never handed over. READY: signed, checked, handed over."""

    INTENT = "intent"
    READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """What the record knows of one credential, from before its signature existed."""

    ref: CredentialRef
    card: CardRef
    carrier: CarrierRef
    region: Region
    sub: str
    profile: Profile
    status: StatusRef
    cnf: bytes
    """Thumbprint of the holder key that it names."""
    kid: bytes
    iat: int
    exp: int
    revision: int
    """Revision of the card under which it was written; the signature leaves only if it is still the same."""
    state: CredentialState = CredentialState.INTENT
    written: int
    ready: int | None = None
    digest: bytes | None = None
    """SHA-256 of the signed bytes, once ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEvent:
    """What was done to a card, by whom, under which articles; linked to the one before it."""

    card: CardRef
    seq: int
    at: int
    command: str
    actor: str
    person: str
    role: Role
    purpose: str
    articles: tuple[str, ...]
    before: bytes
    """What the event before left, in that event's form; 32 zero bytes for a card's first event."""
    after: bytes
    previous: bytes
    """Hash of the event before; 32 zero bytes for a card's first event."""
    hash: bytes
    form: int | None = None
    """2: `evidence` says what was shown, and `after` covers what is enclosed in the card's file. None: an event from before there was a second form."""
    evidence: tuple[str, ...] | None = None
    """What lay before whoever did it: each kind of paper, with `:` and the digest of its reference where one was given; never a paper's content."""


def draw_ref(entropy: Entropy) -> str:
    """A fresh random reference that says nothing: 32 hexadecimal digits."""
    return entropy(REF_BYTES).hex()


def seconds(at: datetime) -> int:
    """Whole seconds since 1970 UTC, rounded down. `ValueError` for a time without a zone: a bug, never the world's."""
    if at.tzinfo is None:
        msg = "a time without a zone"
        raise ValueError(msg)
    return int(at.timestamp() // 1)
