"""The financial account, as far as the record is told: active or not. The bank decides (ZS-25); here stands the gate before financial items (ZZ-19)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codes.errors import StateError
from ecard import faults, lifecycle, schema, temporary
from ecard.lifecycle import CarrierStatus, Command
from ecard.model import CardState, FinancialAccount
from ecard.shelf import Shelf

if TYPE_CHECKING:
    from ecard.lifecycle import Evidence
    from ecard.model import Actor, CardRef, CarrierRef, Dossier
    from ecard.premises import Premises
    from ecard.store import Work

ACCOUNTS = Shelf(schema.financial_account, FinancialAccount)


def activate(premises: Premises, ref: CardRef, *, bank: str, actor: Actor, evidence: frozenset[Evidence], expected: int | None, now: int) -> Dossier:
    """Note that the bank has activated the account behind a card."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.ACTIVATE_ACCOUNT, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        known = account(work, ref)
        if known is not None:
            _check(known, bank)
            return before
        ACCOUNTS.add(work, FinancialAccount(card=ref, bank=bank, activated=now, activated_by=actor.ref))
        return work.record(before, before, command=Command.ACTIVATE_ACCOUNT, actor=actor, evidence=evidence, purpose="account-active", at=now)


def end(premises: Premises, ref: CardRef, *, bank: str, actor: Actor, evidence: frozenset[Evidence], expected: int | None, now: int) -> Dossier:
    """Note that the bank has closed the account."""
    with premises.writing() as work:
        before = work.dossier(ref, expected=expected)
        lifecycle.permit(Command.END_ACCOUNT, before, region=before.card.region, actor=actor, evidence=evidence, now=now)
        known = account(work, ref)
        if known is None:
            raise StateError(faults.ACCOUNT_INACTIVE)
        if known.bank != bank:
            raise StateError(faults.ACCOUNT_ELSEWHERE)
        if known.ended is not None:
            return before
        ACCOUNTS.change(work, replace(known, ended=now, ended_by=actor.ref))
        return work.record(before, before, command=Command.END_ACCOUNT, actor=actor, evidence=evidence, purpose="account-closed", at=now)


def _check(known: FinancialAccount, bank: str) -> None:
    if known.bank != bank:
        raise StateError(faults.ACCOUNT_ELSEWHERE)
    if known.ended is not None:
        raise StateError(faults.ACCOUNT_ENDED)


def account(work: Work, card: CardRef) -> FinancialAccount | None:
    """The account behind a card, closed or not."""
    return ACCOUNTS.one(work, schema.financial_account.c.card == card)


def check_item(work: Work, ref: CarrierRef, *, now: int) -> FinancialAccount:
    """The account behind a carrier, if a financial item may use it now.

    Raises `StateError`: carrier-unknown, wrong-state, card-expired, card-held, temporary-use, account-inactive, account-ended.
    """
    dossier = work.dossier_of_carrier(ref)
    carrier = next(each for each in dossier.carriers if each.ref == ref)
    if dossier.card.state is not CardState.ACTIVE:
        raise StateError(faults.WRONG_STATE, state=dossier.card.state, article="ZZ-19")
    if now >= dossier.card.expires:
        raise StateError(faults.CARD_EXPIRED, expired=dossier.card.expires)
    status = lifecycle.status_of(dossier, carrier, now)
    if status is not CarrierStatus.VALID:
        raise StateError(faults.CARD_HELD, carrier=status, article="ZZ-12a")
    if temporary.stands_in(work, ref):
        raise StateError(faults.TEMPORARY_USE, use="financial")
    known = account(work, dossier.card.ref)
    if known is None:
        raise StateError(faults.ACCOUNT_INACTIVE)
    if known.ended is not None:
        raise StateError(faults.ACCOUNT_ENDED)
    return known
