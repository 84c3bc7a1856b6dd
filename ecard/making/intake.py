"""Two steps, two people: somebody takes an application in and checks it, somebody else approves it, and only then a card is opened (ZS-15).

Whoever takes in may be an intake desk of a township, street or village; it decides nothing (ZS-6). Between the two steps the person is in the vault and
the application names a reference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from codes.errors import StateError
from ecard import applying, faults, identity, papers, schema
from ecard.lifecycle import RULES, Command, Evidence, permit
from ecard.making import register
from ecard.model import ApplicationRef, ApplicationRow, ApplicationState, Eligibility, PointKind, Role, ServicePoint, draw_ref
from ecard.persons import same_person
from ecard.vault import Person

if TYPE_CHECKING:
    from ecard.applying import Application
    from ecard.model import Actor, Batch, Dossier, PointRef
    from ecard.premises import Premises
    from ecard.store import Work

_TAKES_IN = frozenset({Role.INTAKE, Role.CLERK, Role.SUPERVISOR})
_DECIDES = frozenset({Role.CLERK, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """An application after the second step, and the card that was opened for it."""

    application: ApplicationRow
    dossier: Dossier | None


def register_point(premises: Premises, ref: PointRef, *, name: str, kind: PointKind, actor: Actor, now: int) -> ServicePoint:
    """Designate a service point of the actor's region. Again with the same name and kind: no change."""
    if actor.role is not Role.SUPERVISOR or actor.region is None:
        raise StateError(faults.NOT_PERMITTED, command="register-point", role=actor.role, article="ZS-5")
    point = ServicePoint(ref=ref, region=actor.region, name=name, kind=kind, registered=now, registered_by=actor.ref)
    with premises.writing() as work:
        row = work.connection.execute(schema.service_point.select().where(schema.service_point.c.ref == ref)).one_or_none()
        if row is None:
            register.add(work, schema.service_point, point, "register-point", desk=point.region, actor=actor, at=now)
            return point
        found = register.point_of(row)
    if (found.region, found.name, found.kind, found.ended) != (point.region, name, kind, None):
        raise StateError(faults.POINT_DIFFERS, point=ref)
    return found


def end_point(premises: Premises, ref: PointRef, *, actor: Actor, now: int) -> ServicePoint:
    """Close a service point: nothing is taken in or handed out there any more."""
    if actor.role is not Role.SUPERVISOR or actor.region is None:
        raise StateError(faults.NOT_PERMITTED, command="end-point", role=actor.role, article="ZS-5")
    with premises.writing() as work:
        ended = replace(register.require_point(work, ref, region=actor.region), ended=now, ended_by=actor.ref)
        return register.end_point(work, ended, actor=actor, at=now)


def take_in(
    premises: Premises, application: Application, *, point: PointRef, actor: Actor, evidence: frozenset[Evidence], now: int
) -> ApplicationRow:
    """Take one application in at a designated point. Nothing is decided by it."""
    check_taker(premises, region=application.region, actor=actor, evidence=evidence, category=application.eligibility)
    person = person_of(application, now=now)
    with premises.writing() as work:
        register.require_point(work, point, region=application.region)
        taken = admit(
            premises,
            work,
            person,
            _blank(premises, application.region, point, application.eligibility, actor=actor, evidence=evidence, now=now),
            actor=actor,
        )
        if not isinstance(taken, StateError):
            register.add(work, schema.application, taken, "take-in", desk=taken.ref, actor=actor, at=now)
    if isinstance(taken, StateError):  # raised only now, so that what was looked up about the person stays on record
        raise taken
    return taken


def check_taker(
    premises: Premises, *, region: str, actor: Actor, evidence: frozenset[Evidence], category: Eligibility = Eligibility.RESIDENT
) -> None:
    """Return if this actor may take applications of the region in on this evidence. Raises `StateError`: not-permitted, other-region, evidence-missing."""
    premises.issuer(region)
    if actor.role not in _TAKES_IN:
        raise StateError(faults.NOT_PERMITTED, command="take-in", role=actor.role, article="ZS-6")
    if actor.region != region:
        raise StateError(faults.OTHER_REGION, command="take-in", region=region, desk_region=actor.region, article="ZS-15")
    if missing := RULES[Command.APPLY].evidence - evidence:
        raise StateError(faults.EVIDENCE_MISSING, command="take-in", missing=", ".join(sorted(missing)), article="ZS-15")
    papers.require(Command.APPLY, papers.FOR_ELIGIBILITY[category], evidence, article="ZS-4")


def person_of(application: Application, *, now: int) -> Person:
    """Who a form is about. Raises `InputError`: identity-number, identity-birth-date, identity-check-digit, person-name."""
    today = datetime.fromtimestamp(now, applying.LOCAL).date()
    number = identity.parse(application.identity_type, application.identity_number, on=today)
    return Person(identity=number, name=identity.parse_name(application.name))


def _blank(
    premises: Premises, region: str, point: PointRef, category: Eligibility, *, actor: Actor, evidence: frozenset[Evidence], now: int
) -> ApplicationRow:
    return ApplicationRow(
        ref=ApplicationRef(draw_ref(premises.entropy)),
        region=region,
        point=point,
        evidence=tuple(sorted(evidence)),
        category=category,
        state=ApplicationState.CHECKED,
        taken=now,
        taken_by=actor.ref,
        taken_person=actor.person,
    )


def row_of_batch(
    premises: Premises, batch: Batch, line: int, category: Eligibility, *, actor: Actor, evidence: frozenset[Evidence], now: int
) -> ApplicationRow:
    """The application of one row of a batch, with nobody in it yet."""
    return replace(_blank(premises, batch.region, batch.point, category, actor=actor, evidence=evidence, now=now), batch=batch.ref, line=line)


def admit(premises: Premises, work: Work, person: Person, blank: ApplicationRow, *, actor: Actor) -> ApplicationRow | StateError:
    """The application of a person who may have a card, or why they may not: person-has-card, person-differs, application-open."""
    holder = applying.holder_of(premises, work, person, region=blank.region, actor=actor, now=blank.taken)
    if isinstance(holder, StateError):
        return holder
    if register.open_application(work, holder):
        return StateError(faults.APPLICATION_OPEN, article="CQ-5a")
    return replace(blank, holder=holder)


def approve(premises: Premises, ref: ApplicationRef, *, actor: Actor, now: int) -> Decided:
    """Approve an application, as a second person, and open the card. Again: no change."""
    with premises.writing() as work:
        return approve_in(premises, work, ref, actor=actor, now=now)


def approve_in(premises: Premises, work: Work, ref: ApplicationRef, *, actor: Actor, now: int) -> Decided:
    """The same inside a transaction. A person who got a card meanwhile is refused, not given a second one."""
    found = register.application(work, ref)
    check_decider(found, actor)
    if found.state is ApplicationState.APPROVED and found.card is not None:
        return Decided(application=found, dossier=work.dossier(found.card))
    if found.state is ApplicationState.REFUSED or found.holder is None:
        raise StateError(faults.APPLICATION_DECIDED, state=found.state)
    evidence = frozenset(map(Evidence, found.evidence))
    permit(Command.APPLY, None, region=found.region, actor=actor, evidence=evidence, now=now)
    decided = replace(found, decided=now, decided_by=actor.ref, decided_person=actor.person)
    if work.cards_of(found.holder):
        refused = replace(decided, state=ApplicationState.REFUSED, code=faults.PERSON_HAS_CARD.code)
        return Decided(application=register.decide(work, refused, actor=actor, at=now), dossier=None)
    opened = applying.open_card(premises, work, found.holder, found.region, actor=actor, evidence=evidence, now=now)
    if found.category is not None:
        applying.note_eligibility(work, opened.card.ref, found.category, now=now)
    approved = replace(decided, state=ApplicationState.APPROVED, card=opened.card.ref)
    return Decided(application=register.decide(work, approved, actor=actor, at=now), dossier=opened.dossier)


def refuse(premises: Premises, ref: ApplicationRef, *, code: str, actor: Actor, now: int) -> ApplicationRow:
    """Refuse an application, for a reason that is the code of a fault. Again for the same reason: no change."""
    with premises.writing() as work:
        found = register.application(work, ref)
        check_decider(found, actor)
        if found.state is ApplicationState.REFUSED and found.code == code:
            return found
        if found.state is not ApplicationState.CHECKED:
            raise StateError(faults.APPLICATION_DECIDED, state=found.state)
        decided = replace(found, state=ApplicationState.REFUSED, code=code, decided=now, decided_by=actor.ref, decided_person=actor.person)
        return register.decide(work, decided, actor=actor, at=now)


def check_decider(found: ApplicationRow, actor: Actor) -> None:
    """Return if this actor may decide this application. Raises `StateError`: not-permitted, other-region, same-person."""
    if actor.role not in _DECIDES:
        raise StateError(faults.NOT_PERMITTED, command="approve", role=actor.role, article="ZS-6")
    if actor.region != found.region:
        raise StateError(faults.OTHER_REGION, command="approve", region=found.region, desk_region=actor.region, article="ZS-15")
    if same_person(actor.person, found.taken_person):
        raise StateError(faults.SAME_PERSON, role=actor.role, article="ZS-15")
