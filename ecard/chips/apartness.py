"""A chip found apart from the record: what it means, what is put on file, and how the two come together again.

Whatever is found, the chip is held (DRIFT), which never stands in the way of the script that mends it: the next version lies above the chip's and is at
least as strict. What was no fault of the chip, and where the record was as strict as the chip, is settled by the chip's own proof that it follows again.
Everything else waits for a clerk.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codes.chipproof import ChipState
from ecard import lifecycle, outbox, schema
from ecard.chips import targets
from ecard.chips.targets import INCIDENTS
from ecard.ending import ended
from ecard.lifecycle import Command
from ecard.model import CardState, CarrierState, ChipIncident, EndReason, HoldKind, IncidentKind, IncidentRef, draw_ref
from ecard.outbox import Topic
from ecard.stopping import lift, standing, with_hold

if TYPE_CHECKING:
    from collections.abc import Collection

    from ecard.chips.proofs import Claim
    from ecard.lifecycle import Evidence
    from ecard.model import Actor, Carrier, ChipEvidence, ChipNote, ChipTarget, Dossier
    from ecard.premises import Premises
    from ecard.store import Work

_OF_THE_CHIP = frozenset({IncidentKind.COUNTER_TWICE, IncidentKind.COUNTER_BACK, IncidentKind.CHIP_CANCELLED})
"""What no script mends."""


def found(
    work: Work, chip: Carrier, claim: Claim, target: ChipTarget | None, note: ChipNote | None, *, twice: bool, asked: int | None
) -> IncidentKind | None:
    """How a proof is apart from what is known; None when it is not. `asked` is when this office asked, None when a terminal did.

    A counter that is merely lower says nothing where proofs may arrive late; it does where the office asked after it knew of the higher one.
    """
    if twice:
        return IncidentKind.COUNTER_TWICE
    fresh = note is not None and asked is not None and asked >= note.seen
    if note is not None and fresh and claim.counter is not None and (claim.counter <= note.counter or claim.seq < note.seq):
        return IncidentKind.COUNTER_BACK
    if claim.state is ChipState.CANCELLED:
        return None if target is not None and target.state is ChipState.CANCELLED else IncidentKind.CHIP_CANCELLED
    if target is None or claim.seq > target.seq:
        return IncidentKind.RECORD_BEHIND if claim.seq else None
    given = targets.given(work, chip.ref, claim.seq)
    return IncidentKind.APART if not claim.whole or (given is not None and given.state is not claim.state) else None


def put_on_file(
    premises: Premises,
    work: Work,
    dossier: Dossier,
    chip: Carrier,
    *,
    kind: IncidentKind,
    claim: Claim,
    evidence: ChipEvidence,
    actor: Actor,
    now: int,
) -> Dossier:
    """Open an incident, hold the chip or end it, and tell the desk. What was put on file before is not put there again."""
    if _known(work, chip, kind, claim):
        return dossier
    target = targets.target_of(work, chip.ref)
    wanted = lifecycle.DIALECTS[lifecycle.status_of(dossier, chip, now)].chip if target is None else target.state
    incident = ChipIncident(
        ref=IncidentRef(draw_ref(premises.entropy)),
        carrier=chip.ref,
        card=chip.card,
        kind=kind,
        at=now,
        seq=claim.seq,
        state=claim.state,
        counter=claim.counter,
        record_seq=0 if target is None else target.seq,
        record_state=wanted,
        for_clerk=kind in _OF_THE_CHIP or claim.state > wanted,
        evidence=evidence.digest,
    )
    INCIDENTS.add(work, incident)
    body: outbox.Body = {"card": chip.card, "chip": chip.ref, "incident": incident.ref, "kind": kind.value}
    outbox.put(work, Topic.TASK, f"chip-incident:{incident.ref}", body, now=now)
    if CardState.ENDED is dossier.card.state or chip.state is CarrierState.ENDED:
        return dossier
    if kind is IncidentKind.CHIP_CANCELLED:
        return _end(work, dossier, chip, actor=actor, now=now)
    if standing(dossier, chip.ref, HoldKind.DRIFT, origin=chip.card) is not None:
        return dossier
    lifecycle.permit(Command.NOTE_DRIFT, dossier, region=dossier.card.region, actor=actor, evidence=(), now=now)
    held = with_hold(premises, dossier, chip.ref, HoldKind.DRIFT, origin=chip.card, actor=actor, now=now)
    return work.record(dossier, held, command=Command.NOTE_DRIFT, actor=actor, evidence=(), purpose=kind.value, at=now)


def _known(work: Work, chip: Carrier, kind: IncidentKind, claim: Claim) -> bool:
    row = schema.chip_incident.c
    same = (row.carrier == chip.ref) & (row.kind == kind.value) & (row.seq == claim.seq) & (row.state == int(claim.state))
    return any(incident.counter == claim.counter or kind not in _OF_THE_CHIP for incident in INCIDENTS.all(work, same))


def _end(work: Work, dossier: Dossier, chip: Carrier, *, actor: Actor, now: int) -> Dossier:
    """The record follows a chip that can never be used again."""
    lifecycle.permit(Command.NOTE_DEAD_CHIP, dossier, region=dossier.card.region, actor=actor, evidence=(), now=now)
    dead = ended(chip, EndReason.DESTROYED)
    after = replace(dossier, carriers=tuple(dead if carrier.ref == chip.ref else carrier for carrier in dossier.carriers))
    return work.record(dossier, after, command=Command.NOTE_DEAD_CHIP, actor=actor, evidence=(), purpose="chip-cancelled", at=now)


def settle(
    work: Work, dossier: Dossier, chip: Carrier, incidents: Collection[ChipIncident], *, actor: Actor, evidence: Collection[Evidence], now: int
) -> Dossier:
    """Close what is open about a chip and lift its hold, if there is one to lift. Raises what the table raises."""
    for incident in incidents:
        INCIDENTS.change(work, replace(incident, settled=now, settled_by=actor.ref, settled_person=actor.person))
    hold = standing(dossier, chip.ref, HoldKind.DRIFT, origin=chip.card)
    if hold is None or dossier.card.state is CardState.ENDED:
        return dossier
    lifecycle.permit(Command.RECONCILE, dossier, region=dossier.card.region, actor=actor, evidence=evidence, now=now)
    freed = lift(dossier, hold, actor=actor, now=now)
    return work.record(dossier, freed, command=Command.RECONCILE, actor=actor, evidence=evidence, purpose="in-step-again", at=now)
