"""One card with a chip and a phone as bare objects, and somebody for every role."""

from __future__ import annotations

from ecard.model import (
    Actor,
    Card,
    CardRef,
    CardState,
    Carrier,
    CarrierKind,
    CarrierRef,
    CarrierState,
    Dossier,
    EndReason,
    Hold,
    HolderRef,
    HoldKind,
    HoldRef,
    Role,
)
from tests.ecard.city import CQ, NOW

CHIP = Carrier(ref=CarrierRef("chip"), card=CardRef("card"), kind=CarrierKind.CHIP, state=CarrierState.ACTIVE, card_code=bytes(16), created=NOW)
PHONE = Carrier(ref=CarrierRef("phone"), card=CardRef("card"), kind=CarrierKind.PHONE, state=CarrierState.ACTIVE, created=NOW)
STAFF = {role: Actor(ref=role, person=f"staff-{role}", role=role, region=CQ) for role in Role}
HOLDER = Actor(ref="app", person="holder", role=Role.HOLDER)


def dossier(state: CardState | None = CardState.ACTIVE, *holds: Hold) -> Dossier:
    card = Card(
        ref=CardRef("card"),
        number="C00000000",
        holder=HolderRef("holder"),
        region=CQ,
        state=state or CardState.PENDING,
        end_reason=EndReason.CANCELLED if state is CardState.ENDED else None,
        issued=NOW - 10,
        expires=NOW + 1000,
        revision=3,
        chip_seq=1,
    )
    return Dossier(card=card, carriers=(CHIP, PHONE), holds=holds)


def hold(kind: HoldKind = HoldKind.LOSS, carrier: str | None = None, *, until: int | None = None, lifted: int | None = None) -> Hold:
    return Hold(
        ref=HoldRef(f"{kind}-{carrier}"),
        card=CardRef("card"),
        carrier=None if carrier is None else CarrierRef(carrier),
        kind=kind,
        origin=CardRef("card"),
        placed=NOW - 5,
        placed_by="clerk",
        placed_person="staff",
        until=until,
        lifted=lifted,
    )
