"""Case files of misuse (CQ-24, ZS-23, HZ-17a): one person opens, evidence is added by its digest, another person decides. A case never stops a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import InputError, StateError
from ecard import faults, lifecycle, schema
from ecard.lifecycle import Command, Evidence
from ecard.model import CaseDecision, CaseRef, Misuse, MisuseCase, MisuseEvidence, Proof, draw_ref

if TYPE_CHECKING:
    from ecard.model import Actor, CardRef
    from ecard.premises import Premises
    from ecard.store import Work

DIGEST_BYTES = 32


def open_case(premises: Premises, ref: CardRef, category: Misuse, *, actor: Actor, evidence: frozenset[Evidence], now: int) -> MisuseCase:
    """Open a case file."""
    with premises.writing() as work:
        before = work.dossier(ref)
        lifecycle.permit(Command.OPEN_CASE, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        case = CaseRef(draw_ref(premises.entropy))
        values = {"category": category.value, "opened": now, "opened_by": actor.ref, "opened_person": actor.person}
        work.connection.execute(sa.insert(schema.misuse_case).values(ref=case, card=ref, **values))
        work.record(before, before, command=Command.OPEN_CASE, actor=actor, evidence=evidence, purpose=f"misuse-{category}", at=now)
        return _case(work, ref, case)


def add_evidence(
    premises: Premises, ref: CardRef, case: CaseRef, *, digest: bytes, kind: Proof, actor: Actor, evidence: frozenset[Evidence], now: int
) -> MisuseCase:
    """Put a paper or file into an open case. The same one again changes nothing."""
    if len(digest) != DIGEST_BYTES:
        raise InputError(faults.EVIDENCE_DIGEST, size=len(digest))
    with premises.writing() as work:
        before = work.dossier(ref)
        lifecycle.permit(Command.ADD_TO_CASE, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        found = _open(work, ref, case)
        if any(known.digest == digest for known in found.evidence):
            return found
        values = {"digest": digest, "kind": kind.value, "noted": now, "noted_by": actor.ref, "noted_person": actor.person}
        work.connection.execute(sa.insert(schema.misuse_evidence).values({"case": case, **values}))
        work.record(before, before, command=Command.ADD_TO_CASE, actor=actor, evidence=evidence, purpose=f"evidence-{kind}", at=now)
        return _case(work, ref, case)


def decide_case(
    premises: Premises, ref: CardRef, case: CaseRef, decision: CaseDecision, *, actor: Actor, evidence: frozenset[Evidence], now: int
) -> MisuseCase:
    """Close a case by a person's decision. Class A: never by who opened it or brought its evidence."""
    with premises.writing() as work:
        before = work.dossier(ref)
        rule = lifecycle.permit(Command.DECIDE_CASE, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        found = _open(work, ref, case)
        lifecycle.check_second_person(rule, actor, {found.opened_person, *(known.noted_person for known in found.evidence)})
        if decision is not CaseDecision.UNFOUNDED and not found.evidence:
            raise StateError(faults.CASE_EMPTY, decision=decision, article="ZS-23")
        decided = {"decision": decision.value, "decided": now, "decided_by": actor.ref, "decided_person": actor.person}
        work.connection.execute(sa.update(schema.misuse_case).where(schema.misuse_case.c.ref == case).values(decided))
        work.record(before, before, command=Command.DECIDE_CASE, actor=actor, evidence=evidence, purpose=f"case-{decision}", at=now)
        return _case(work, ref, case)


def cases(work: Work, ref: CardRef) -> tuple[MisuseCase, ...]:
    """Every case file of a card, oldest first."""
    table = schema.misuse_case
    found = work.connection.execute(sa.select(table.c.ref).where(table.c.card == ref).order_by(table.c.opened, table.c.ref)).scalars().all()
    return tuple(_case(work, ref, CaseRef(case)) for case in found)


def _open(work: Work, ref: CardRef, case: CaseRef) -> MisuseCase:
    found = _case(work, ref, case)
    if found.decision is not None:
        raise StateError(faults.CASE_UNKNOWN)
    return found


def _case(work: Work, ref: CardRef, case: CaseRef) -> MisuseCase:
    table, papers = schema.misuse_case, schema.misuse_evidence
    row = work.connection.execute(sa.select(table).where((table.c.ref == case) & (table.c.card == ref))).one_or_none()
    if row is None:
        raise StateError(faults.CASE_UNKNOWN)
    evidence = work.connection.execute(sa.select(papers).where(papers.c.case == case).order_by(papers.c.noted, papers.c.digest))
    return MisuseCase(
        ref=case,
        card=ref,
        category=Misuse(row.category),
        opened=row.opened,
        opened_by=row.opened_by,
        opened_person=row.opened_person,
        evidence=tuple(
            MisuseEvidence(digest=paper.digest, kind=Proof(paper.kind), noted=paper.noted, noted_by=paper.noted_by, noted_person=paper.noted_person)
            for paper in evidence
        ),
        decision=None if row.decision is None else CaseDecision(row.decision),
        decided=row.decided,
        decided_by=row.decided_by,
        decided_person=row.decided_person,
    )
