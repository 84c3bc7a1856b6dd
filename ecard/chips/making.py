"""A chip that is being made: what is written on it, and given up when it cannot be finished.

Until its card is handed over a chip publishes as suspended, whatever step its making has come to; so a making that broke off can be gone on with, or the
chip given up and another made, and neither leaves anything that works.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import StateError
from ecard import applying, ending, faults, lifecycle, schema
from ecard.chips.proofs import keys_of
from ecard.lifecycle import Command
from ecard.making import production, register
from ecard.making.balance import VOIDED
from ecard.model import CardState, EndReason, StockState

if TYPE_CHECKING:
    from codes.scripts import ScriptKeys
    from ecard.model import Actor, CardRef, Carrier, Dossier
    from ecard.premises import Premises
    from ecard.store import Work
    from ecard.vault import Person

CARD_FILE = "chip-file"
"""Why the vault is read for a chip: name and number are written into its EF06."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipOrder:
    """What a chip in making is to hold. Prints nothing of the person."""

    dossier: Dossier
    code: bytes
    """Card identification code."""
    keys: ScriptKeys
    division: str
    issued: date
    expires: date
    tries: int
    """Wrong PINs until it blocks."""
    person: Person = field(repr=False)


def order(premises: Premises, ref: CardRef, *, actor: Actor, now: int) -> ChipOrder:
    """What is to be written on the chip that is being made for this card. The look into the vault stands in the person's chain."""
    with premises.writing() as work:
        before = work.dossier(ref)
        lifecycle.permit(Command.PERSONALISE, before, region=before.card.region, actor=actor, evidence=(), now=now)
        chip = _in_making(before)
        code = chip.card_code
        if code is None:
            raise StateError(faults.CHIP_NOT_IN_MAKING)
        remade = ending.open_exchange(work, ref)
        expires = before.card.expires if remade is None else remade.expires
        person = premises.vault.read(work, before.card.holder, purpose=CARD_FILE, actor=actor, at=now)
        return ChipOrder(
            dossier=before,
            code=code,
            keys=keys_of(premises, before.card.region, code),
            division=premises.issuer(before.card.region).division,
            issued=_day(now),
            expires=_day(expires),
            tries=premises.policy.pin_tries,
            person=person,
        )


def void(premises: Premises, ref: CardRef, *, actor: Actor, now: int) -> Dossier:
    """Give up the chip that is being made: it has ended for ever, and another with a code of its own is to be made."""
    with premises.writing() as work:
        before = work.dossier(ref)
        lifecycle.permit(Command.REMAKE_CHIP, before, region=before.card.region, actor=actor, evidence=(), now=now)
        chip = _in_making(before)
        _book(work, chip, actor=actor, now=now)
        given_up = applying.with_carrier(before, ending.ended(chip, EndReason.DESTROYED))
        after = production.with_another_chip(premises, given_up, now=now)
        return work.record(before, after, command=Command.REMAKE_CHIP, actor=actor, evidence=(), purpose="voided-in-making", at=now)


def _book(work: Work, chip: Carrier, *, actor: Actor, now: int) -> None:
    """Plastic that the card maker still owes is damaged from now on; what lies at a desk finished is stored and destroyed there."""
    row = work.connection.execute(sa.select(schema.stock_item).where(schema.stock_item.c.carrier == chip.ref)).one_or_none()
    if row is not None and row.state == StockState.ORDERED.value:
        register.move(work, register.item_of(row), StockState.DAMAGED, actor=actor, at=now, reason=VOIDED)


def _in_making(dossier: Dossier) -> Carrier:
    chip = dossier.chip_in_making
    if chip is None or dossier.card.state is CardState.ENDED:
        raise StateError(faults.CHIP_NOT_IN_MAKING)
    return chip


def _day(instant: int) -> date:
    return datetime.fromtimestamp(instant, applying.LOCAL).date()
