"""What a proof adds to what is known of a chip.

Every proof is kept. The note is the most that was ever proved and never falls, so that proofs may come late, twice and in any order: whichever way they
come, the record ends up knowing the same, and never more than the chip has proved.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codes.chipproof import ChipState
from ecard import schema
from ecard.chips import apartness, targets
from ecard.model import Actor, CarrierKind, CarrierRef, ChipEvidence, ChipFile, ChipNote, ProofKind, Role
from ecard.shelf import Shelf

if TYPE_CHECKING:
    from ecard.chips.proofs import Claim
    from ecard.model import Carrier, ChipTarget, Dossier
    from ecard.premises import Premises
    from ecard.store import Work

NOTES = Shelf(schema.chip_note, ChipNote, {"state": ChipState})
EVIDENCE = Shelf(schema.chip_evidence, ChipEvidence, {"kind": ProofKind, "state": ChipState})


def mirror(region: str, reader: str) -> Actor:
    """The service itself, acting on what a chip has proved at a reader."""
    return Actor(ref=f"mirror:{reader}"[:64], person="mirror", role=Role.SERVICE, region=region)


def note(premises: Premises, work: Work, dossier: Dossier, chip: Carrier, claim: Claim, *, reader: str, asked: int | None, now: int) -> Dossier:
    """Add a proof, with all that follows from it. The same again: no change. `asked` is when this office asked for it, None when a terminal did."""
    evidence = claim.evidence(chip, live=asked is not None, reader=reader, at=now)
    if EVIDENCE.one(work, schema.chip_evidence.c.digest == evidence.digest) is not None:
        return dossier
    known, target = note_of(work, chip.ref), targets.target_of(work, chip.ref)
    apart = apartness.found(work, chip, claim, target, known, twice=_counted_twice(work, chip, claim), asked=asked)
    EVIDENCE.add(work, evidence)
    _raise(work, chip, claim, known, evidence)
    actor = mirror(dossier.card.region, reader)
    if apart is not None:
        dossier = apartness.put_on_file(premises, work, dossier, chip, kind=apart, claim=claim, evidence=evidence, actor=actor, now=now)
    else:
        dossier = _settle(work, dossier, chip, claim, target, actor=actor, now=now)
    targets.follow(work, dossier, now=now)
    return dossier


def _counted_twice(work: Work, chip: Carrier, claim: Claim) -> bool:
    """Whether another question was answered under the same number: one chip cannot do that."""
    if claim.counter is None:
        return False
    row = schema.chip_evidence.c
    return any(other.question != claim.question for other in EVIDENCE.all(work, (row.carrier == chip.ref) & (row.counter == claim.counter)))


def _raise(work: Work, chip: Carrier, claim: Claim, known: ChipNote | None, evidence: ChipEvidence) -> None:
    if known is None:
        first = ChipNote(
            carrier=chip.ref,
            card=chip.card,
            seq=claim.seq,
            state=claim.state,
            counter=claim.counter or 0,
            pin_blocked=claim.pin_blocked,
            seen=evidence.at,
            reader=evidence.reader,
            evidence=evidence.digest,
        )
        NOTES.add(work, first)
        return
    counter = max(known.counter, claim.counter or 0)
    later = (claim.seq, counter) > (known.seq, known.counter) and claim.seq >= known.seq
    said = claim.pin_blocked is not None and evidence.live
    if not later and counter == known.counter and not said:
        return
    raised = replace(known, counter=counter, seen=max(known.seen, evidence.at))
    if later:
        state = max(claim.state, known.state) if claim.seq == known.seq else claim.state
        raised = replace(raised, seq=claim.seq, state=state, reader=evidence.reader, evidence=evidence.digest)
    NOTES.change(work, replace(raised, pin_blocked=claim.pin_blocked) if said else raised)


def _settle(work: Work, dossier: Dossier, chip: Carrier, claim: Claim, target: ChipTarget | None, *, actor: Actor, now: int) -> Dossier:
    """Lift what stood between them, when the chip proves that it holds the version in force and nobody has to look first."""
    if target is None or (claim.seq, claim.state) != (target.seq, target.state):
        return dossier
    mine = [incident for incident in targets.open_incidents(work, chip.card) if incident.carrier == chip.ref]
    if not mine or any(incident.for_clerk for incident in mine):
        return dossier
    return apartness.settle(work, dossier, chip, mine, actor=actor, evidence=(), now=now)


def note_of(work: Work, chip: CarrierRef) -> ChipNote | None:
    """The most that a chip has proved; None before its first proof."""
    return NOTES.one(work, schema.chip_note.c.carrier == chip)


def file_of(work: Work, dossier: Dossier, chip: Carrier) -> ChipFile:
    """A chip with everything that the record has about it."""
    incidents = tuple(incident for incident in targets.open_incidents(work, dossier.card.ref) if incident.carrier == chip.ref)
    return ChipFile(dossier=dossier, chip=chip, target=targets.target_of(work, chip.ref), note=note_of(work, chip.ref), incidents=incidents)


def files_of(work: Work, dossier: Dossier) -> tuple[ChipFile, ...]:
    """Every chip of a card that was ever made, or is being made."""
    return tuple(file_of(work, dossier, carrier) for carrier in dossier.carriers if carrier.kind is CarrierKind.CHIP)


def proofs_of(work: Work, chip: CarrierRef) -> tuple[ChipEvidence, ...]:
    """Every proof of a chip that was kept, oldest first."""
    found = EVIDENCE.all(work, schema.chip_evidence.c.carrier == chip)
    return tuple(sorted(found, key=lambda evidence: (evidence.at, evidence.counter or 0, evidence.digest)))
