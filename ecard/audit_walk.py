"""The walk along every chain of the record: of every card, of every person who was looked up, of every desk, and of the checkpoints over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.checkpoint import FIRST, Checkpoint, Head, heads_digest
from codes.errors import CardError, SetupError
from ecard import officechain, schema
from ecard.audit import CHAINS
from ecard.audit_report import AuditFinding, AuditReport
from ecard.model import CardRef, HolderRef
from ecard.vault import accesses_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codes.keys import CoseKey
    from ecard.store import Store, Work


def verify_chains(store: Store, audit: CoseKey, *, kept: Checkpoint | None = None) -> AuditReport:
    """Walk every chain of one consistent view of the record. `audit` is the checkpoints' public key.

    `kept` is a checkpoint from outside of the database. Without one, nobody can see that the newest links were cut off together with the newest
    checkpoints; with one, every cut behind it is found. Nothing is raised for what is found: it stands in the report.
    """
    with store.reading() as work:
        cards = [CardRef(ref) for ref in work.connection.execute(sa.select(schema.card.c.ref).order_by(schema.card.c.ref)).scalars()]
        read = sa.select(schema.vault_access.c.holder).distinct().order_by(schema.vault_access.c.holder)
        people = [HolderRef(ref) for ref in work.connection.execute(read).scalars()]
        checkpoints, findings = _walk_checkpoints(work, audit, kept)
        findings += _walk_cards(work, cards)
        findings += _walk_people(work, people)
        findings += _walk_desks(work, desks := officechain.desks(work))
        findings += _compare_ends(work)
        links, waiting = _count(work, *(table for table, _ in CHAINS.values())), _count(work, schema.unsealed)
        if links != waiting + (checkpoints[-1].says.links if checkpoints else 0):
            findings.append(AuditFinding(code="links-missing", chain="all", subject="-", link=links))
    return AuditReport(
        cards=len(cards),
        people=len(people),
        desks=len(desks),
        links=links,
        checkpoints=len(checkpoints),
        waiting=waiting,
        findings=tuple(dict.fromkeys(findings)),
    )


def _count(work: Work, *tables: sa.Table) -> int:
    return sum(int(work.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()) for table in tables)


def _walk_cards(work: Work, cards: list[CardRef]) -> Iterator[AuditFinding]:
    for ref in cards:
        try:
            work.verify(ref)
        except SetupError as broken:
            link = int(broken.facts["event"] or 0)
            yield AuditFinding(code="link-broken" if link else "record-changed", chain="card", subject=ref, link=link)


def _walk_people(work: Work, people: list[HolderRef]) -> Iterator[AuditFinding]:
    for ref in people:
        try:
            accesses_of(work, ref)
        except SetupError as broken:
            yield AuditFinding(code="link-broken", chain="person", subject=ref, link=int(broken.facts["event"] or 0))


def _walk_desks(work: Work, desks: Sequence[str]) -> Iterator[AuditFinding]:
    for desk in desks:
        try:
            officechain.acts_of(work, desk)
        except SetupError as broken:
            yield AuditFinding(code="link-broken", chain="office", subject=desk, link=int(broken.facts["event"] or 0))


def _compare_ends(work: Work) -> Iterator[AuditFinding]:
    """Every end that a checkpoint has seen must still be there, and so must every link that waits for one."""
    end, mark = schema.checkpoint_head.c, schema.unsealed.c
    for name, (table, subject) in CHAINS.items():
        there = schema.checkpoint_head.outerjoin(table, (subject == end.subject) & (table.c.seq == end.seq))
        differs = (end.chain == name) & (table.c.hash.is_(None) | (table.c.hash != end.hash))
        for row in work.connection.execute(sa.select(end.subject, end.seq, table.c.hash).select_from(there).where(differs)):
            yield AuditFinding(code="chain-cut" if row.hash is None else "chain-rewritten", chain=name, subject=row.subject, link=row.seq)
        there = schema.unsealed.outerjoin(table, (subject == mark.subject) & (table.c.seq == mark.seq))
        lost = sa.select(mark.subject, mark.seq).select_from(there).where((mark.chain == name) & table.c.hash.is_(None))
        for mark_lost in work.connection.execute(lost):
            yield AuditFinding(code="mark-lost", chain=name, subject=mark_lost.subject, link=mark_lost.seq)


def _walk_checkpoints(work: Work, audit: CoseKey, kept: Checkpoint | None) -> tuple[list[Checkpoint], list[AuditFinding]]:
    good: list[Checkpoint] = []
    findings: list[AuditFinding] = []
    previous, links = FIRST, 0
    rows = work.connection.execute(sa.select(schema.checkpoint).order_by(schema.checkpoint.c.number)).all()
    for number, row in enumerate(rows, start=1):
        try:
            checkpoint = Checkpoint.from_bytes(row.token)
            checkpoint.check(audit.load())
        except CardError:
            findings.append(_of_checkpoint("checkpoint-broken", row.number))
            continue
        says = checkpoint.says
        heads = [
            Head(end.chain, end.subject, end.seq, end.hash)
            for end in work.connection.execute(sa.select(schema.checkpoint_head).where(schema.checkpoint_head.c.number == row.number))
        ]
        if (says.number, says.number, says.iat, says.previous) != (number, row.number, row.iat, previous) or says.links < links + says.heads:
            findings.append(_of_checkpoint("checkpoint-broken", row.number))
        if len(heads) != says.heads or heads_digest(heads) != says.digest:
            findings.append(_of_checkpoint("checkpoint-heads", row.number))
        previous, links = checkpoint.hash, says.links
        good.append(checkpoint)
    if kept is not None and kept.raw not in {checkpoint.raw for checkpoint in good}:
        findings.append(_of_checkpoint("checkpoint-gone", kept.says.number))
    return good, findings


def _of_checkpoint(code: str, number: int) -> AuditFinding:
    return AuditFinding(code=code, chain="checkpoint", subject="-", link=number)
