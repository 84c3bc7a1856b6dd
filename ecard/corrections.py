"""Corrections of a person's data: old and new lie sealed in the vault's keeping, on evidence, and a second person decides (ZS-16b).

An accepted correction changes the record at once. Credentials that show the old data stop counting, and the chip is due for exchange.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codes.claims import Profile
from codes.errors import InputError, StateError
from ecard import faults, identity, lifecycle, schema, withdrawing
from ecard.lifecycle import Command
from ecard.model import Correction, Decision, HolderRef, draw_ref
from ecard.shelf import Shelf, words
from ecard.vault import Person

if TYPE_CHECKING:
    from datetime import date

    from ecard.lifecycle import Evidence
    from ecard.model import Actor, CardRef, Dossier
    from ecard.premises import Premises
    from ecard.store import Work

CORRECTIONS = Shelf(schema.correction, Correction, {"evidence": words, "decision": Decision})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewData:
    """What is to stand in the record from now on; None leaves as it is. Prints masked."""

    name: str | None = None
    identity_type: identity.IdentityType | None = None
    identity_number: str | None = None

    def __repr__(self) -> str:
        return "NewData(****)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A card after a step of a correction, and the correction as it stands."""

    dossier: Dossier
    correction: Correction


def propose(
    premises: Premises, ref: CardRef, new: NewData, *, today: date, actor: Actor, shown: frozenset[Evidence], expected: int | None, now: int
) -> Corrected:
    """Enter what was and what is to be. One correction of a person at a time."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.PROPOSE_CORRECTION, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        holder = before.card.holder
        if CORRECTIONS.one(work, (schema.correction.c.holder == holder) & schema.correction.c.decided.is_(None)) is not None:
            raise StateError(faults.CORRECTION_OPEN)
        old = premises.vault.read(work, holder, purpose="propose-correction", actor=actor, at=now)
        person = _person(old, new, today)
        if person == old:
            raise InputError(faults.CORRECTION_EMPTY)
        number = draw_ref(premises.entropy)
        correction = Correction(
            ref=number,
            card=ref,
            holder=holder,
            old=premises.vault.seal(work, holder, _text(old), place=f"correction|old|{number}"),
            new=premises.vault.seal(work, holder, _text(person), place=f"correction|new|{number}"),
            evidence=tuple(sorted(shown)),
            proposed=now,
            proposed_by=actor.ref,
            proposed_person=actor.person,
        )
        CORRECTIONS.add(work, correction)
        after = work.record(before, before, command=Command.PROPOSE_CORRECTION, actor=actor, evidence=shown, purpose="correction-proposed", at=now)
    return Corrected(dossier=after, correction=correction)


def decide(
    premises: Premises, ref: CardRef, decision: Decision, *, actor: Actor, shown: frozenset[Evidence], expected: int | None, now: int
) -> Corrected:
    """Accept or reject the open correction. Class A: never by the person who proposed it."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        rule = lifecycle.permit(Command.DECIDE_CORRECTION, before, region=before.card.region, actor=actor, evidence=shown, now=now)
        correction = CORRECTIONS.one(work, (schema.correction.c.card == ref) & schema.correction.c.decided.is_(None))
        if correction is None:
            raise StateError(faults.CORRECTION_MISSING)
        lifecycle.check_second_person(rule, actor, {correction.proposed_person})
        holder = before.card.holder
        decided = replace(correction, decided=now, decided_by=actor.ref, decided_person=actor.person, decision=decision)
        CORRECTIONS.change(work, decided)
        if decision is Decision.ACCEPTED:
            text = premises.vault.unseal(work, holder, correction.new, place=f"correction|new|{correction.ref}")
            premises.vault.correct(work, holder, _read(text), actor=actor, at=now)
            shows = (schema.credential.c.card == ref) & schema.credential.c.profile.in_([int(Profile.IDENTITY), int(Profile.DELEGATE)])
            withdrawing.withdraw(work, shows, reason="data-change", now=now)
        after = work.record(before, before, command=Command.DECIDE_CORRECTION, actor=actor, evidence=shown, purpose=f"correction-{decision}", at=now)
    return Corrected(dossier=after, correction=decided)


def history(premises: Premises, work: Work, holder: HolderRef, *, actor: Actor, now: int) -> list[tuple[Correction, Person, Person]]:
    """Every correction of a person with what was and what was to be; a reading of the vault like any other."""
    premises.vault.read(work, holder, purpose="read-corrections", actor=actor, at=now)
    found = CORRECTIONS.all(work, schema.correction.c.holder == holder)

    def opened(correction: Correction, place: str, sealed: bytes) -> Person:
        return _read(premises.vault.unseal(work, holder, sealed, place=f"correction|{place}|{correction.ref}"))

    return [(each, opened(each, "old", each.old), opened(each, "new", each.new)) for each in sorted(found, key=lambda each: each.proposed)]


def calls_for_chip(work: Work, card: CardRef, *, since: int) -> bool:
    """Whether a correction was accepted that a chip made at `since` does not know."""
    late = (schema.correction.c.card == card) & (schema.correction.c.decision == Decision.ACCEPTED.value) & (schema.correction.c.decided >= since)
    return bool(CORRECTIONS.all(work, late))


def _person(old: Person, new: NewData, today: date) -> Person:
    name = old.name if new.name is None else identity.parse_name(new.name)
    if new.identity_number is None:
        return replace(old, name=name)
    return Person(identity=identity.parse(new.identity_type or old.identity.type, new.identity_number, on=today), name=name)


def _text(person: Person) -> str:
    return f"{person.identity.type}\n{person.identity.number}\n{person.name.text}"


def _read(text: str) -> Person:
    kind, number, name = text.split("\n")
    return Person(identity=identity.Identity(identity.IdentityType(kind), number), name=identity.PersonName(name))
