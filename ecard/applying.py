"""From application to a card that works: apply, personalise, activate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from codes.chipproof import ChipPurpose, ChipReport
from codes.claims import Profile
from codes.errors import SetupError, StateError
from ecard import card_number, ending, enrolment, faults, fees, identity, issuing, lifecycle, papers, schema
from ecard.chips import noting, proofs, targets
from ecard.enrolment import NoncePurpose
from ecard.lifecycle import Command, Evidence
from ecard.model import (
    Card,
    CardRef,
    CardState,
    Carrier,
    CarrierKind,
    CarrierRef,
    CarrierState,
    Dossier,
    Eligibility,
    EligibilityNote,
    FeeAct,
    Holder,
    HolderRef,
    ProofKind,
    draw_ref,
)
from ecard.shelf import Shelf, words
from ecard.vault import IndexPurpose, Person

if TYPE_CHECKING:
    from codes.claims import Region
    from codes.credential import Credential
    from codes.keys import CoseKey
    from ecard.model import Actor, Charge
    from ecard.premises import Premises
    from ecard.store import Work

ELIGIBILITIES = Shelf(schema.eligibility, EligibilityNote, {"category": Eligibility, "evidence": words})
LOCAL = timezone(timedelta(hours=8))
"""Both regions keep UTC+8; only whole days are taken from it."""
_DRAWS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What stands on the form (CQ-12a). There is no way to ask for the physical card alone, or for the electronic one alone (CQ-5b)."""

    region: Region
    """Where the person is entitled to the card; never concluded from the number."""
    identity_type: identity.IdentityType
    identity_number: str
    name: str
    eligibility: Eligibility = Eligibility.RESIDENT
    """Why the person may have the card (ZS-4); each category has its own evidence."""

    def __repr__(self) -> str:
        return f"Application({self.region}, {self.identity_type}, ****)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The card that was opened, with the chip that is to be made for it."""

    dossier: Dossier
    card: Card
    chip: Carrier
    charge: Charge
    """What it cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Personalised:
    """The chip's credential, to be written into EF0018."""

    dossier: Dossier
    credential: Credential


def apply(premises: Premises, application: Application, *, actor: Actor, evidence: frozenset[Evidence], now: int) -> Applied:
    """Open the record of a new card, physical and electronic at once."""
    premises.issuer(application.region)
    lifecycle.permit(Command.APPLY, None, region=application.region, actor=actor, evidence=evidence, now=now)
    papers.require(Command.APPLY, papers.FOR_ELIGIBILITY[application.eligibility], evidence, article="ZS-4")
    today = datetime.fromtimestamp(now, LOCAL).date()
    person = Person(
        identity=identity.parse(application.identity_type, application.identity_number, on=today), name=identity.parse_name(application.name)
    )
    with premises.writing() as work:
        holder = holder_of(premises, work, person, region=application.region, actor=actor, now=now)
        opened = (
            holder
            if isinstance(holder, StateError)
            else open_card(premises, work, holder, application.region, actor=actor, evidence=evidence, now=now)
        )
        if isinstance(opened, Applied):
            note_eligibility(work, opened.card.ref, application.eligibility, now=now)
    if isinstance(opened, StateError):  # raised only now, so that what was looked up about the person stays on record
        raise opened
    return opened


def note_eligibility(work: Work, card: CardRef, category: Eligibility, *, now: int) -> None:
    """Put on record why a person has the card, and what proved it."""
    proof = papers.FOR_ELIGIBILITY[category]
    ELIGIBILITIES.add(work, EligibilityNote(card=card, category=category, evidence=tuple(sorted(proof)), at=now))


def holder_of(premises: Premises, work: Work, person: Person, *, region: Region, actor: Actor, now: int) -> HolderRef | StateError:
    """The person's one reference: found by number, whichever form of it, or new. Or why they may not have another card."""
    known = premises.vault.find(work, person.identity, purpose=IndexPurpose.ONE_PERSON, actor=actor, at=now)
    if known is None:
        holder = Holder(ref=HolderRef(draw_ref(premises.entropy)), region=region, created=now)
        work.add_holder(holder)
        premises.vault.add(work, holder.ref, person)
        return holder.ref
    if work.cards_of(known):
        return StateError(faults.PERSON_HAS_CARD, article="CQ-5a")
    if premises.vault.read(work, known, purpose="compare-with-document", actor=actor, at=now).name != person.name:
        return StateError(faults.PERSON_DIFFERS)
    return known


def open_card(
    premises: Premises,
    work: Work,
    holder: HolderRef,
    region: Region,
    *,
    actor: Actor,
    evidence: frozenset[Evidence],
    now: int,
    command: Command = Command.APPLY,
    purpose: str = "new-card",
    replaces: CardRef | None = None,
) -> Applied:
    """The record of a new card, with the chip that is to be made for it, inside a transaction; and what it costs."""
    issuer = premises.issuer(region)
    card = Card(
        ref=CardRef(draw_ref(premises.entropy)),
        number=_free_number(premises, work, issuer.letter.upper()),
        holder=holder,
        region=region,
        state=CardState.PENDING,
        issued=now,
        expires=premises.policy.expiry(now),
        revision=1,
        chip_seq=0,
        replaces=replaces,
    )
    chip = Carrier(
        ref=CarrierRef(draw_ref(premises.entropy)),
        card=card.ref,
        kind=CarrierKind.CHIP,
        state=CarrierState.PENDING,
        card_code=card_number.draw_code(issuer.division, premises.entropy),
        created=now,
    )
    dossier = work.record(None, Dossier(card=card, carriers=(chip,)), command=command, actor=actor, evidence=evidence, purpose=purpose, at=now)
    act = FeeAct.FIRST_ISSUE if replaces is None else FeeAct.REPLACEMENT
    charge = fees.charge(premises, work, card.ref, act, actor=actor, now=now)
    return Applied(dossier=dossier, card=card, chip=chip, charge=charge)


def _free_number(premises: Premises, work: Work, letter: str) -> str:
    for _ in range(_DRAWS):
        number = card_number.draw_number(letter, premises.entropy)
        if work.number_is_free(number):
            return number
    raise SetupError(faults.STORE_UNAVAILABLE, problem="no free card number drawn")


def personalise(premises: Premises, ref: CardRef, *, chip_key: CoseKey, challenge: bytes, answer: bytes, actor: Actor, now: int) -> Personalised:
    """Record the key of the chip that was made, after the chip itself has proved it, and issue the chip's credential.

    Done again with the same chip it issues again: a credential lost on the way to the chip costs nothing but its row.
    """
    with premises.writing() as work:
        before = work.dossier(ref)
        lifecycle.permit(Command.PERSONALISE, before, region=before.card.region, actor=actor, evidence=(), now=now)
        chip = before.chip_in_making
        if chip is None or chip.card_code is None:
            raise StateError(
                faults.CARRIER_UNKNOWN if before.card.state is CardState.PENDING else faults.WRONG_STATE,
                command=Command.PERSONALISE,
                state=before.card.state,
            )
        taken = enrolment.take_nonce(work, challenge, ref, NoncePurpose.PERSONALISE, now=now)
        report = ChipReport.check(answer, key=chip_key.load(), purpose=ChipPurpose.STATUS, card_id=chip.card_code, challenge=challenge)
        if chip.key not in {None, chip_key} or any(other.card.ref != ref for other in work.dossiers_with_key(chip_key.thumbprint())):
            raise StateError(faults.CHIP_ALREADY_PERSONALISED)
        check_counters(work, report, chip)
        made = replace(chip, key=chip_key, counter=report.counter)
        after = work.record(before, with_carrier(before, made), command=Command.PERSONALISE, actor=actor, evidence=(), purpose="production", at=now)
        claim, asked = proofs.claimed(report, ProofKind.STATUS, challenge=challenge, answer=answer), taken.expires - premises.policy.nonce_life
        after = noting.note(premises, work, after, made, claim, reader=actor.ref, asked=asked, now=now)
        remade = ending.open_exchange(work, ref)
        lasting = after if remade is None else replace(after, card=replace(after.card, expires=remade.expires))
        intents = issuing.intend(premises, work, lasting, made, [issuing.Order(profile=Profile.CHIP, holder=chip_key)], now=now)
    return issuing.complete_with(premises, intents, lambda credentials: Personalised(dossier=after, credential=credentials[0]), now=now)


def activate(premises: Premises, ref: CardRef, *, actor: Actor, evidence: frozenset[Evidence], expected: int | None, now: int) -> Dossier:
    """Let card and electronic card take effect together."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.ACTIVATE, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        if before.card.state is CardState.ACTIVE:
            return before
        chip = before.chip
        if chip is None or not issuing.has_ready(work, chip.ref):
            raise StateError(faults.CHIP_NOT_PERSONALISED, article="CQ-11a")
        if before.card.replaces is not None:
            ending.retire_replaced(work, before.card.replaces, actor=actor, evidence=evidence, now=now)
        after = with_carrier(replace(before, card=replace(before.card, state=CardState.ACTIVE)), replace(chip, state=CarrierState.ACTIVE))
        return work.record(before, after, command=Command.ACTIVATE, actor=actor, evidence=evidence, purpose="hand-over", at=now)


def check_counters(work: Work, report: ChipReport, chip: Carrier) -> None:
    """Return if what a chip says live goes on from what is known of it. Raises `StateError` chip-refused: a copy, a restored memory, or a restored record."""
    note, target = noting.note_of(work, chip.ref), targets.target_of(work, chip.ref)
    last = max(chip.counter, 0 if note is None else note.counter)
    if report.counter <= last:
        raise StateError(faults.CHIP_REFUSED, counter=report.counter, last=last)
    told, proved = 0 if target is None else target.seq, 0 if note is None else note.seq
    if not proved <= report.seq <= told:
        raise StateError(faults.CHIP_REFUSED, seq=report.seq, record=told, proved=proved)


def with_carrier(dossier: Dossier, carrier: Carrier) -> Dossier:
    """The dossier with this carrier put in, in place of the one with its reference or beside the others."""
    others = tuple(other for other in dossier.carriers if other.ref != carrier.ref)
    return replace(dossier, carriers=(*others, carrier))
