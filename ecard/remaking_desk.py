"""The desk where cards are remade and ended, data is corrected, and where accounts, fares and older cards are noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard import cancelling, corrections, due, entitlements, fees, finance, legacy, remaking, temporary
from ecard.applying import LOCAL
from ecard.model import seconds
from ecard.premises import Premises
from ecard.requests import command

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from ecard.cancelling import Cancelled, Destroyed
    from ecard.corrections import Corrected, NewData
    from ecard.entitlements import Entitled, FareTerms
    from ecard.lifecycle import Evidence
    from ecard.model import (
        Actor,
        Affair,
        Applicant,
        CancelGround,
        CardRef,
        CarrierRef,
        Charge,
        Decision,
        DestructionMethod,
        Dossier,
        Due,
        Entitlement,
        ExchangeGround,
        FinancialAccount,
        LegacyCard,
    )
    from ecard.remaking import Remade, Replaced
    from ecard.temporary import StandIn

    Shown = Collection[Evidence]


class RemakingDesk(Premises):
    """Commands of RECORD.md that remake a card or end it. All raise what the table of commands refuses, and stale-revision."""

    __slots__ = ()

    @command
    def exchange(self, card: CardRef, ground: ExchangeGround, *, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None) -> Remade:
        """Have the chip remade under the same number (CQ-12b). What is in hand works on meanwhile (HZ-15). Again: no change.

        Raises `StateError`: exchange-open, renewal-early, nothing-changed, card-expired, carrier-unknown.
        """
        return remaking.exchange(self, card, ground=ground, actor=actor, shown=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def hand_over(self, card: CardRef, *, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None) -> Remade:
        """Take the old chip back and let the new one take effect. Again: no change. Raises `StateError`: exchange-not-open, chip-not-personalised."""
        return remaking.hand_over(self, card, actor=actor, shown=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def replace(self, card: CardRef, *, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None) -> Replaced:
        """Open a new card, with a new number, for one that was lost (ZS-19). Again: no change. Raises `StateError` loss-not-reported."""
        return remaking.replace_lost(self, card, actor=actor, shown=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def request_cancel(
        self,
        card: CardRef,
        ground: CancelGround,
        applicant: Applicant,
        *,
        actor: Actor,
        evidence: Shown,
        at: datetime,
        expected: int | None = None,
    ) -> Cancelled:
        """Enter a request to cancel a card, with its proof (CQ-13a, ZS-20). Again: no change.

        Raises `InputError` cancellation-applicant, `StateError` cancellation-open.
        """
        shown = frozenset(evidence)
        return cancelling.request(self, card, ground=ground, applicant=applicant, actor=actor, shown=shown, expected=expected, now=seconds(at))

    @command
    def cancel(
        self,
        card: CardRef,
        decision: Decision,
        *,
        settled: Collection[Affair],
        actor: Actor,
        evidence: Shown,
        at: datetime,
        expected: int | None = None,
    ) -> Cancelled:
        """Decide a request: end the card for ever (CQ-13b), or turn the request down. Class A. Cancelled again: no change.

        Raises `StateError`: cancellation-missing, same-person, affairs-unsettled.
        """
        shown = frozenset(evidence)
        return cancelling.decide(self, card, decision, settled=settled, actor=actor, shown=shown, expected=expected, now=seconds(at))

    @command
    def record_destruction(
        self, card: CardRef, chip: CarrierRef, method: DestructionMethod, *, witness: str, actor: Actor, at: datetime, expected: int | None = None
    ) -> Destroyed:
        """Record who destroyed an ended chip card, when, how, and who saw it (CQ-13c). Again: no change.

        Raises `StateError`: not-destructible, same-person (the witness is another person).
        """
        return cancelling.destroy(self, card, chip, method=method, witness=witness, actor=actor, expected=expected, now=seconds(at))

    @command
    def propose_correction(
        self, card: CardRef, new: NewData, *, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None
    ) -> Corrected:
        """Enter a correction of the holder's data (ZS-16b). Raises `InputError`: identity-*, person-name, correction-empty; `StateError` correction-open."""
        today, shown = at.astimezone(LOCAL).date(), frozenset(evidence)
        return corrections.propose(self, card, new, today=today, actor=actor, shown=shown, expected=expected, now=seconds(at))

    @command
    def decide_correction(
        self, card: CardRef, decision: Decision, *, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None
    ) -> Corrected:
        """Accept or reject the open correction. Class A. Raises `StateError`: correction-missing, same-person, record-conflict (somebody else's number)."""
        return corrections.decide(self, card, decision, actor=actor, shown=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def grant_temporary(
        self, card: CardRef, *, nonce: bytes, proof: bytes, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None
    ) -> StandIn:
        """Bind a phone that stands in while the card is remade (HZ-15): `proof` is its enrolment key's over a nonce for binding.

        Raises `InputError`: nonce-unusable, key-proof, key-in-use; `StateError`: temporary-undue, temporary-limit, phone-limit, card-held.
        """
        shown = frozenset(evidence)
        return temporary.grant(self, card, nonce=nonce, proof=proof, actor=actor, shown=shown, expected=expected, now=seconds(at))

    @command
    def prolong_temporary(self, card: CardRef, *, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None) -> StandIn:
        """Let it stand in longer, half a year in all at most. Raises `StateError`: temporary-undue, temporary-limit."""
        return temporary.prolong(self, card, actor=actor, shown=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def activate_account(self, card: CardRef, bank: str, *, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None) -> Dossier:
        """Note that the bank has activated the account behind a card (ZZ-19). Again: no change. Raises `StateError`: account-elsewhere, account-ended."""
        return finance.activate(self, card, bank=bank, actor=actor, evidence=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def end_account(self, card: CardRef, bank: str, *, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None) -> Dossier:
        """Note that the bank has closed it (ZS-25). Again: no change. Raises `StateError`: account-inactive, account-elsewhere."""
        return finance.end(self, card, bank=bank, actor=actor, evidence=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def grant_fare(
        self, card: CardRef, carrier: CarrierRef, terms: FareTerms, *, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None
    ) -> Entitled:
        """Grant a fare class on evidence, stated by one carrier. Again: no change. Raises `InputError`: fare-terms, fare-carrier; `StateError` fare-held."""
        return entitlements.grant(self, card, carrier, terms, actor=actor, shown=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def move_fare(self, card: CardRef, carrier: CarrierRef, *, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None) -> Entitled:
        """Let another carrier state the fare, and no longer the one before. Raises `StateError`: fare-missing, fare-carrier."""
        return entitlements.move(self, card, carrier, actor=actor, shown=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def review_fare(self, card: CardRef, again: datetime, *, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None) -> Entitled:
        """Note that an entitlement still holds, and when to look again. Raises `InputError` fare-terms, `StateError` fare-missing."""
        return entitlements.review(self, card, again=seconds(again), actor=actor, shown=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def end_fare(self, card: CardRef, *, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None) -> Entitled:
        """End an entitlement before its time. Raises `StateError` fare-missing."""
        return entitlements.end(self, card, actor=actor, shown=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def take_over(
        self, card: CardRef, scheme: str, number: str, *, retires: datetime, actor: Actor, evidence: Shown, at: datetime, expected: int | None = None
    ) -> Dossier:
        """Note that a card of an older scheme is this holder's, until it retires (HZ-18). Again: no change. Raises legacy-taken."""
        shown, until = frozenset(evidence), seconds(retires)
        return legacy.take_over(self, card, scheme=scheme, number=number, retires=until, actor=actor, shown=shown, expected=expected, now=seconds(at))

    def card_by_older(self, scheme: str, number: str, *, at: datetime) -> Dossier:
        """The living card of whoever holds a card of an older scheme. Raises `StateError`: legacy-unknown, legacy-retired, wrong-state."""
        with self.store.reading() as work:
            return work.dossier(legacy.resolve(work, scheme, number, now=seconds(at)))

    def older_cards(self, card: CardRef) -> tuple[LegacyCard, ...]:
        """The cards of older schemes that this card took over."""
        with self.store.reading() as work:
            return tuple(legacy.LEGACY.all(work, legacy.LEGACY.table.c.card == card))

    def account_for_item(self, carrier: CarrierRef, *, at: datetime) -> FinancialAccount:
        """The gate before every financial item (ZZ-19): the account behind a carrier that may use it now.

        Raises `StateError`: carrier-unknown, wrong-state, card-expired, card-held, temporary-use, account-inactive, account-ended.
        """
        with self.store.reading() as work:
            return finance.check_item(work, carrier, now=seconds(at))

    def check_place(self, carrier: CarrierRef, *, region: str) -> None:
        """Return if a carrier may be used in this region (HZ-15). Raises `StateError`: carrier-unknown, temporary-use."""
        with self.store.reading() as work:
            temporary.check_place(work, carrier, region=region)

    def charges(self, card: CardRef) -> tuple[Charge, ...]:
        """What was charged for a card, and by what right."""
        with self.store.reading() as work:
            return tuple(fees.charges(work, card))

    def entitlements_of(self, card: CardRef) -> tuple[Entitlement, ...]:
        """Every fare entitlement that the card's holder has had, oldest first."""
        with self.store.reading() as work:
            return tuple(entitlements.of_holder(work, work.dossier(card).card.holder))

    def due(self, at: datetime) -> tuple[Due, ...]:
        """What time asks for: reminders, exchanges, destructions, reviews. The same thing has the same mark until it is done."""
        with self.store.reading() as work:
            return tuple(due.due(work, self.policy, now=seconds(at)))
