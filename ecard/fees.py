"""What an act costs: a dated schedule in which every fee names the approval it rests on. There is no other way to charge (HZ-16, ZS-22(2)).

The first issue is free, always (ZS-21b): a schedule that says otherwise does not exist. Where no fee is in force, nothing is charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from codes.errors import SetupError
from ecard import faults, schema
from ecard.model import Charge, FeeAct, draw_ref
from ecard.shelf import Shelf

if TYPE_CHECKING:
    from datetime import date

    from ecard.model import Actor, CardRef
    from ecard.premises import Premises
    from ecard.store import Work

CHARGES = Shelf(schema.charge, Charge, {"act": FeeAct})
_LOCAL = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """One line of the schedule: what an act costs from one day to another, in fen, and by whose approval."""

    act: FeeAct
    fen: int
    basis: str
    since: date
    until: date | None = None
    """The first day on which it no longer holds; None while nobody knows."""

    def holds_on(self, day: date) -> bool:
        """Whether it is the fee of this day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """Every fee that may be charged.

    Raises `SetupError` fee-schedule, naming what is wrong: a first issue that costs, a fee without a basis, dates that end before they begin,
    or two fees for one act on one day.
    """

    fees: tuple[Fee, ...] = ()

    def __post_init__(self) -> None:
        for number, fee in enumerate(self.fees):
            wrong = {
                "first issue costs": fee.act is FeeAct.FIRST_ISSUE and fee.fen != 0,
                "amount": fee.fen < 0,
                "basis": not fee.basis.strip(),
                "dates": fee.until is not None and fee.until <= fee.since,
                "two on one day": any(_meet(fee, other) for other in self.fees[:number]),
            }
            if found := [name for name, is_wrong in wrong.items() if is_wrong]:
                raise SetupError(faults.FEE_SCHEDULE, wrong=", ".join(found), act=fee.act, since=fee.since.isoformat())

    def fee(self, act: FeeAct, day: date) -> Fee | None:
        """The fee in force, or None where the act is free."""
        return next((fee for fee in self.fees if fee.act is act and fee.holds_on(day)), None)


def charge(premises: Premises, work: Work, card: CardRef, act: FeeAct, *, actor: Actor, now: int) -> Charge:
    """Note what the schedule asks for this act today. Nobody names an amount."""
    fee = premises.fees.fee(act, datetime.fromtimestamp(now, _LOCAL).date())
    noted = Charge(
        ref=draw_ref(premises.entropy),
        card=card,
        act=act,
        fen=0 if fee is None else fee.fen,
        basis="" if fee is None else fee.basis,
        at=now,
        charged_by=actor.ref,
    )
    return CHARGES.add(work, noted)


def charges(work: Work, card: CardRef) -> list[Charge]:
    """Everything that was charged for a card."""
    return CHARGES.all(work, schema.charge.c.card == card)


def _meet(one: Fee, other: Fee) -> bool:
    return one.act is other.act and (one.holds_on(other.since) or other.holds_on(one.since))
