"""What a carrier's status is, and which state its chip should take: pure functions of the dossier and the time."""

from __future__ import annotations

import enum
import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from codes.chipproof import ChipState
from codes.claims import StatusType
from ecard.model import CardState, CarrierState, HoldKind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ecard.model import Carrier, CarrierRef, Dossier


LOSSES = frozenset({HoldKind.PRE_LOSS, HoldKind.LOSS})
"""Holds that say somebody lost something."""


class CarrierStatus(enum.StrEnum):
    """What a carrier is good for, in the record's words."""

    VALID = "valid"
    SUSPENDED = "suspended"
    FROZEN = "frozen"
    ENDED = "ended"


class Dialects(NamedTuple):
    """The same status as the status list says it, and as the chip says it."""

    status: StatusType
    chip: ChipState


DIALECTS: Mapping[CarrierStatus, Dialects] = {
    CarrierStatus.VALID: Dialects(StatusType.VALID, ChipState.ACTIVE),
    CarrierStatus.SUSPENDED: Dialects(StatusType.SUSPENDED, ChipState.SUSPENDED),
    CarrierStatus.FROZEN: Dialects(StatusType.FROZEN, ChipState.FROZEN),
    CarrierStatus.ENDED: Dialects(StatusType.INVALID, ChipState.CANCELLED),
}


def carrier_status(card: CardState, carrier: CarrierState, holds: Collection[HoldKind]) -> CarrierStatus:
    """The status that follows from states and from the kinds of hold in force on the carrier or on its card."""
    if card is CardState.ENDED or carrier is CarrierState.ENDED:
        return CarrierStatus.ENDED
    if HoldKind.FREEZE in holds:
        return CarrierStatus.FROZEN
    if holds or card is CardState.PENDING or carrier is CarrierState.PENDING:
        return CarrierStatus.SUSPENDED
    return CarrierStatus.VALID


def status_of(dossier: Dossier, carrier: Carrier, now: int) -> CarrierStatus:
    """The status of one carrier of a dossier at `now`."""
    holds = holds_in_force(dossier, now)
    return carrier_status(dossier.card.state, carrier.state, holds[None] | holds.get(carrier.ref, set()))


def holds_in_force(dossier: Dossier, now: int) -> dict[str | None, set[HoldKind]]:
    """Kinds of hold by carrier; under None those on the whole card."""
    kinds: dict[str | None, set[HoldKind]] = {None: set()}
    for hold in dossier.holds:
        if hold.in_force(now):
            kinds.setdefault(hold.carrier, set()).add(hold.kind)
    return kinds


def lost_since(dossier: Dossier, carrier: CarrierRef | None, now: int) -> int | None:
    """Since when reports of loss, by phone or in writing, have stopped this place without a gap (ZS-17c); None where they do not stop it at `now`.

    `carrier` None is the whole card; a report of the whole card stops each carrier of it.
    """
    spells = [
        (hold.placed, min(end for end in (hold.lifted, hold.until, math.inf) if end is not None))
        for hold in dossier.holds
        if hold.kind in LOSSES and hold.carrier in {None, carrier}
    ]
    if not any(begin <= now < end for begin, end in spells):
        return None
    since = now
    while earlier := [begin for begin, end in spells if begin < since <= end]:
        since = min(earlier)
    return since


def chip_target(dossier: Dossier, now: int) -> ChipState | None:
    """The state that the card's chip should have; None for a card without a chip."""
    chip = dossier.chip
    return None if chip is None else DIALECTS[status_of(dossier, chip, now)].chip


def advance(before: Dossier, after: Dossier, *, since: int, now: int) -> Dossier:
    """`after` with its numbers moved on: the revision always, the chip's sequence only when the chip is to take another state than it was to at `since`.

    `since` is the time of the event before, so that a freeze that lapsed in between counts as the change it is.
    """
    turned = chip_target(before, since) != chip_target(after, now)
    card = replace(after.card, revision=before.card.revision + 1, chip_seq=before.card.chip_seq + turned)
    return replace(after, card=card)
