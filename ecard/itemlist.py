"""The list of items as the record keeps it: every step of every item, and the versions of the list that follow from them (ZZ-7-end, CQ-14).

Nothing but steps is stored. The list of any day is told again from them, so a version cannot be changed after it was published.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import InputError, StateError
from ecard import answers, faults, items, officechain, schema
from ecard.items import Item, ItemList, Proposal, Step, StepTaken
from ecard.model import Role, seconds
from ecard.premises import Premises
from ecard.requests import command

if TYPE_CHECKING:
    from datetime import datetime

    from ecard.model import Actor
    from ecard.store import Work

DESK = "items"
"""Whose chain the steps stand in."""


@dataclass(frozen=True, kw_only=True)
class ItemDesk(Premises):
    """Where the list of items is looked after. A supervisor enters what governments decided; nobody decides here."""

    @command
    def draft_item(self, item: Item, *, by: str, document: str, actor: Actor, at: datetime) -> Proposal:
        """Enter an item that a department drafted. The same again: no change. Raises `InputError` item-list, `StateError`: not-permitted, item-step."""
        _check(item, actor)
        with self.writing() as work:
            known = _proposal(work, item.id)
            if known is None:
                return _enter(work, items.draft(item, by=by, document=document, at=seconds(at)), actor)
        if known.item != item:
            raise StateError(faults.ITEM_STEP, item=item.id, step=Step.DRAFT, by=by)
        return known

    @command
    def take_item_step(self, item: str, step: Step, *, by: str, document: str, actor: Actor, at: datetime) -> Proposal:
        """Enter the next step of an item, with the document that it rests on. Raises `InputError` item-list, `StateError`: not-permitted, item-step."""
        with self.writing() as work:
            known = _proposal(work, item)
            if known is None:
                raise InputError(faults.ITEM_LIST, item=item, wrong="never drafted")
            _check(known.item, actor)
            return _enter(work, items.advance(known, step, by=by, document=document, at=seconds(at)), actor)

    def item_proposals(self) -> tuple[Proposal, ...]:
        """Every item that was ever drafted, with its steps."""
        with self.store.reading() as work:
            return proposals(work)

    def item_lists(self) -> tuple[ItemList, ...]:
        """Every version of the list, oldest first."""
        return history(self.item_proposals())


def history(proposals: tuple[Proposal, ...]) -> tuple[ItemList, ...]:
    """The versions that follow from the steps: one for each moment at which what is live changed."""
    versions: tuple[ItemList, ...] = ()
    for moment in sorted({taken.at for proposal in proposals for taken in proposal.steps}):
        then = [replace(proposal, steps=tuple(taken for taken in proposal.steps if taken.at <= moment)) for proposal in proposals]
        if versions or any(proposal.live for proposal in then):
            versions = items.publish(versions, [proposal for proposal in then if proposal.steps], at=moment)
    return versions


def proposals(work: Work) -> tuple[Proposal, ...]:
    """Every item that was ever drafted, with its steps."""
    return _proposals(work)


def _check(item: Item, actor: Actor) -> None:
    if actor.role is not Role.SUPERVISOR or actor.region not in item.regions:
        raise StateError(faults.NOT_PERMITTED, command="item-step", role=actor.role, article="CQ-14a")


def _enter(work: Work, proposal: Proposal, actor: Actor) -> Proposal:
    taken, seq = proposal.steps[-1], len(proposal.steps)
    row = {
        "item": proposal.item.id,
        "seq": seq,
        "step": taken.step.value,
        "body": taken.by,
        "document": taken.document,
        "at": taken.at,
        "actor": actor.ref,
        "content": answers.encode(proposal.item) if seq == 1 else None,
    }
    work.connection.execute(sa.insert(schema.item_step).values(row))
    officechain.enter_row(work, schema.item_step, row, desk=DESK, act=f"{taken.step}-item", actor=actor, at=taken.at)
    return proposal


def _proposal(work: Work, item: str) -> Proposal | None:
    return next(iter(_proposals(work, schema.item_step.c.item == item)), None)


def _proposals(work: Work, where: sa.ColumnElement[bool] | None = None) -> tuple[Proposal, ...]:
    table = schema.item_step
    found: dict[str, Proposal] = {}
    for row in work.connection.execute(sa.select(table).where(sa.true() if where is None else where).order_by(table.c.item, table.c.seq)):
        taken = StepTaken(step=Step(row.step), by=row.body, document=row.document, at=row.at)
        known = found.get(row.item)
        if known is None:
            found[row.item] = Proposal(item=answers.decode(row.content), steps=(taken,))
        else:
            found[row.item] = replace(known, steps=(*known.steps, taken))
    return tuple(found.values())
