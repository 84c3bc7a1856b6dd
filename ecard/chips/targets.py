"""What a chip is to be: one version after another, each written in the transaction that changed it, none ever changed or skipped back to.

The record is the truth and the chip follows it. A version names a state, never a change, so a chip may leave versions out. Where a chip was found with a
version that this record never gave, the next one lies above it and is at least as strict as what the chip showed, for as long as the matter is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.chipproof import ChipState
from codes.scripts import LARGEST_SEQ
from ecard import schema
from ecard.lifecycle import DIALECTS, status_of
from ecard.model import CarrierKind, ChipIncident, ChipTarget, IncidentKind, TargetReason
from ecard.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecard.model import CardRef, Carrier, CarrierRef, Dossier
    from ecard.store import Work

TARGETS = Shelf(schema.chip_target, ChipTarget, {"state": ChipState, "reason": TargetReason})
INCIDENTS = Shelf(schema.chip_incident, ChipIncident, {"kind": IncidentKind, "state": ChipState, "record_state": ChipState})
OVERTAKEN = frozenset({IncidentKind.RECORD_BEHIND, IncidentKind.APART})
"""What a version above the chip's own answers."""


def follow(work: Work, dossier: Dossier, *, now: int) -> None:
    """Write a new version for every chip of the card that is to be something else than before. Called again: no change."""
    chips = [carrier for carrier in dossier.carriers if carrier.kind is CarrierKind.CHIP and carrier.key is not None]
    if not chips:
        return
    last = in_force(work, dossier.card.ref)
    incidents = open_incidents(work, dossier.card.ref)
    for chip in chips:
        mine = [incident for incident in incidents if incident.carrier == chip.ref]
        target = _next(dossier, chip, last.get(chip.ref), mine, now=now)
        if target is not None:
            TARGETS.add(work, target)


def _next(dossier: Dossier, chip: Carrier, last: ChipTarget | None, incidents: Sequence[ChipIncident], *, now: int) -> ChipTarget | None:
    wanted = max([DIALECTS[status_of(dossier, chip, now)].chip, *(incident.state for incident in incidents)])
    told, state = (0, ChipState.SUSPENDED) if last is None else (last.seq, last.state)  # a chip is made to be suspended until it is handed over
    above = max((incident.seq for incident in incidents if incident.kind in OVERTAKEN and incident.seq >= told), default=None)
    seq = (told if above is None else above) + 1
    if (above is None and wanted is state) or seq > LARGEST_SEQ:
        return None
    reason = TargetReason.CHANGED if above is None else TargetReason.FOUND_APART
    card = dossier.card
    return ChipTarget(carrier=chip.ref, seq=seq, card=card.ref, state=ChipState(wanted), reason=reason, revision=card.revision, at=now)


def in_force(work: Work, card: CardRef) -> dict[CarrierRef, ChipTarget]:
    """The newest version of each chip of a card."""
    return {target.carrier: target for target in TARGETS.all(work, schema.chip_target.c.card == card)}  # in the order of seq: the last one stays


def target_of(work: Work, chip: CarrierRef) -> ChipTarget | None:
    """The newest version of one chip; None while it was never told anything."""
    found = TARGETS.all(work, schema.chip_target.c.carrier == chip)
    return found[-1] if found else None


def given(work: Work, chip: CarrierRef, seq: int) -> ChipTarget | None:
    """The version of this number, if this record ever gave it."""
    return TARGETS.one(work, (schema.chip_target.c.carrier == chip) & (schema.chip_target.c.seq == seq))


def open_incidents(work: Work, card: CardRef) -> list[ChipIncident]:
    """What is not settled about the chips of a card, oldest first."""
    found = INCIDENTS.all(work, (schema.chip_incident.c.card == card) & schema.chip_incident.c.settled.is_(None))
    return sorted(found, key=lambda incident: (incident.at, incident.ref))
