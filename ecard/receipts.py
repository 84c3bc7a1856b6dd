"""Receipts of the record: every change of a card is acknowledged by a signed receipt, written in the transaction of the change.

So there is no change without a receipt and no receipt without a change. A command that found its work done already is answered with the receipt of when
it was done: the effective time never moves (ZS-17c).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import StateError
from codes.receipts import Receipt, Says, StoppedCarrier, mask_card_number
from ecard import faults, lifecycle, schema
from ecard.lifecycle import CarrierStatus
from ecard.model import CarrierState, HoldKind

if TYPE_CHECKING:
    from ecard.issuer import RegionIssuer
    from ecard.lifecycle import Command
    from ecard.model import CardEvent, CardRef, CarrierRef, Dossier
    from ecard.premises import Premises
    from ecard.stopping import LossOf, Stopped
    from ecard.store import Work


def acknowledge(premises: Premises, work: Work) -> None:
    """Sign and store a receipt of everything that this transaction has recorded and not acknowledged yet."""
    work.seal()
    for event, before, after in work.recorded:
        issuer = premises.issuer(after.card.region)
        receipt = sign(event, before, after, issuer)
        row = {"number": receipt.says.number, "card": event.card, "seq": event.seq, "token": receipt.raw}
        work.connection.execute(sa.insert(schema.receipt).values(row))
    work.recorded.clear()


def sign(event: CardEvent, before: Dossier | None, after: Dossier, issuer: RegionIssuer) -> Receipt:
    """The receipt of one event; checked as its holder would check it."""
    says = Says(
        region=after.card.region,
        effective=event.at,
        command=event.command,
        card=mask_card_number(after.card.number),
        articles=event.articles,
        stopped=stopped_by(before, after, event.at),
        event=event.hash,
    )
    receipt = Receipt.issue(says, issuer.receipts)
    receipt.check(issuer.receipts.public_key.load())
    return receipt


def stopped_by(before: Dossier | None, after: Dossier, now: int) -> tuple[StoppedCarrier, ...]:
    """Every carrier that does not work at `now`, but for those that had ended earlier; chip first."""
    gone = {carrier.ref for carrier in before.carriers if carrier.state is CarrierState.ENDED} if before else set()
    standing = [(carrier.kind.value, lifecycle.status_of(after, carrier, now)) for carrier in after.carriers if carrier.ref not in gone]
    return tuple(sorted(StoppedCarrier(kind, lifecycle.DIALECTS[status].status) for kind, status in standing if status is not CarrierStatus.VALID))


def attach(premises: Premises, stopped: Stopped, command: Command, *, of: LossOf | None = None, phone: CarrierRef | None = None) -> Stopped:
    """The answer of a command with its receipt; the one from when it was done, if that was earlier. `of` and `phone` name what was reported lost."""
    at = None if of is None else _standing_since(stopped.dossier, of, phone)
    with premises.store.reading() as work:
        receipt = latest(work, stopped.dossier.card.ref, command, at=at)
    return replace(stopped, receipt=receipt and receipt.raw)


def _standing_since(dossier: Dossier, of: LossOf, phone: CarrierRef | None) -> int | None:
    """Since when what was reported lost has been stopped for it."""
    carrier = dossier.chip.ref if of.value == "chip" and dossier.chip else phone
    holds = (hold for hold in dossier.holds if hold.kind in {HoldKind.LOSS, HoldKind.PRE_LOSS} and hold.carrier == carrier)
    return max((hold.placed for hold in holds if hold.lifted is None), default=None)


def latest(work: Work, card: CardRef, command: Command, *, at: int | None = None) -> Receipt | None:
    """The newest receipt of a command at this card; of those from `at` where it is given."""
    event = schema.card_event.c
    joined = sa.select(schema.receipt.c.token).join(schema.card_event, (schema.receipt.c.card == event.card) & (schema.receipt.c.seq == event.seq))
    where = (event.card == card) & (event.command == command.value) & (sa.true() if at is None else event.at == at)
    token = work.connection.execute(joined.where(where).order_by(event.seq.desc()).limit(1)).scalar_one_or_none()
    return None if token is None else Receipt.from_bytes(token)


def of_card(work: Work, card: CardRef) -> tuple[Receipt, ...]:
    """Every receipt of a card, oldest first."""
    found = sa.select(schema.receipt.c.token).where(schema.receipt.c.card == card).order_by(schema.receipt.c.seq)
    return tuple(Receipt.from_bytes(token) for token in work.connection.execute(found).scalars())


def by_number(work: Work, number: str) -> Receipt:
    """The receipt with this number, as a holder reads it out. Raises `StateError` receipt-unknown."""
    found = sa.select(schema.receipt.c.token).where(schema.receipt.c.number == number.strip().upper())
    token = work.connection.execute(found).scalar_one_or_none()
    if token is None:
        raise StateError(faults.RECEIPT_UNKNOWN)
    return Receipt.from_bytes(token)
