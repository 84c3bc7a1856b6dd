"""The desk where cards, chips and phones are stopped and brought back, PINs are noted, and misuse is put on file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard import freezing, locking, misuse, preloss, receipts, stopping
from ecard.lifecycle import Command
from ecard.model import seconds
from ecard.premises import Premises
from ecard.requests import command

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from ecard.holderacts import PhoneProof
    from ecard.lifecycle import Evidence
    from ecard.model import (
        Actor,
        CardRef,
        CarrierRef,
        CaseDecision,
        CaseRef,
        Dossier,
        FreezeGround,
        FreezeRequest,
        FreezeRequestRef,
        ItemGroup,
        Misuse,
        MisuseCase,
        Proof,
    )
    from ecard.stopping import LossOf, Stopped


class StoppingDesk(Premises):
    """Commands of RECORD.md that stop something or bring it back. `proof` is a holder's phone's, over `holderacts.act_binding`; staff give none."""

    @command
    def pre_report_loss(
        self,
        card: CardRef,
        *,
        of: LossOf,
        actor: Actor,
        evidence: Collection[Evidence],
        at: datetime,
        phone: CarrierRef | None = None,
        expected: int | None = None,
    ) -> Stopped:
        """Stop a lost card, chip or phone on the holder's word, by phone or online (ZS-17b); the written report is due by `Stopped.due`. Again: no change.

        Raises `StateError`: wrong-state, evidence-missing, not-permitted, other-region, carrier-unknown, stale-revision.
        """
        stopped = preloss.pre_report_loss(
            self, card, of=of, phone=phone, actor=actor, evidence=frozenset(evidence), expected=expected, now=seconds(at)
        )
        return receipts.attach(self, stopped, Command.PRE_REPORT_LOSS, of=of, phone=phone)

    @command
    def withdraw_pre_loss(
        self,
        card: CardRef,
        *,
        of: LossOf,
        actor: Actor,
        evidence: Collection[Evidence],
        at: datetime,
        phone: CarrierRef | None = None,
        proof: PhoneProof | None = None,
        expected: int | None = None,
    ) -> Stopped:
        """Bring back what was reported by phone: by hotline, at a counter, or by the holder's proof from a phone that is not reported. Again: no change.

        Raises `StateError`: pre-loss-written, replacement-open, loss-not-reported, loss-reported-elsewhere, those of `holderacts.check`, and those of
        `pre_report_loss`.
        """
        stopped = preloss.withdraw_pre_loss(
            self, card, of=of, phone=phone, actor=actor, evidence=frozenset(evidence), proof=proof, expected=expected, now=seconds(at)
        )
        return receipts.attach(self, stopped, Command.WITHDRAW_PRE_LOSS)

    @command
    def report_loss(
        self,
        card: CardRef,
        *,
        of: LossOf,
        actor: Actor,
        evidence: Collection[Evidence],
        at: datetime,
        phone: CarrierRef | None = None,
        expected: int | None = None,
    ) -> Stopped:
        """Stop a lost card, chip or phone on a written report (ZS-17a). A lost phone is stopped on every card it carries. Again: no change.

        Raises `StateError`: wrong-state, evidence-missing, not-permitted, other-region, carrier-unknown, stale-revision.
        """
        stopped = stopping.report_loss(self, card, of=of, phone=phone, actor=actor, evidence=frozenset(evidence), expected=expected, now=seconds(at))
        return receipts.attach(self, stopped, Command.REPORT_LOSS, of=of, phone=phone)

    @command
    def withdraw_loss(
        self,
        card: CardRef,
        *,
        of: LossOf,
        actor: Actor,
        evidence: Collection[Evidence],
        at: datetime,
        phone: CarrierRef | None = None,
        expected: int | None = None,
    ) -> Stopped:
        """Bring back what was found again, in person and before a replacement is applied for (ZS-18). Again: no change.

        Raises `StateError`: replacement-open, loss-not-reported, loss-reported-elsewhere, and those of `report_loss`.
        """
        stopped = stopping.withdraw_loss(
            self, card, of=of, phone=phone, actor=actor, evidence=frozenset(evidence), expected=expected, now=seconds(at)
        )
        return receipts.attach(self, stopped, Command.WITHDRAW_LOSS)

    @command
    def freeze(
        self,
        card: CardRef,
        *,
        ground: FreezeGround,
        until: datetime,
        actor: Actor,
        evidence: Collection[Evidence],
        at: datetime,
        request: FreezeRequestRef | None = None,
        expected: int | None = None,
    ) -> Stopped:
        """Freeze a card for a time (CQ-20b), of one's own accord or granting the other region's `request` (CQ-20c).

        Raises `InputError` freeze-terms; `StateError`: wrong-state, evidence-missing, not-permitted, other-region, freeze-request-unknown.
        """
        terms = {"ground": ground, "until": seconds(until), "request": request}
        stopped = freezing.freeze(self, card, **terms, actor=actor, evidence=frozenset(evidence), expected=expected, now=seconds(at))  # type: ignore[arg-type]  # because the terms are of several types
        return receipts.attach(self, stopped, Command.FREEZE)

    @command
    def unfreeze(self, card: CardRef, *, actor: Actor, evidence: Collection[Evidence], at: datetime, expected: int | None = None) -> Stopped:
        """Lift a freeze after review by a second person. Raises `StateError`: same-person, not-frozen, evidence-missing, not-permitted, other-region."""
        stopped = freezing.unfreeze(self, card, actor=actor, evidence=frozenset(evidence), expected=expected, now=seconds(at))
        return receipts.attach(self, stopped, Command.UNFREEZE)

    @command
    def request_freeze(
        self, card: CardRef, *, ground: FreezeGround, until: datetime, actor: Actor, evidence: Collection[Evidence], at: datetime
    ) -> FreezeRequest:
        """Ask the card's own region to freeze it (CQ-20c). Again, while open: the same request. Raises those of `freeze`."""
        return freezing.request_freeze(self, card, ground=ground, until=seconds(until), actor=actor, evidence=frozenset(evidence), now=seconds(at))

    @command
    def decline_freeze(self, card: CardRef, request: FreezeRequestRef, *, actor: Actor, evidence: Collection[Evidence], at: datetime) -> None:
        """Answer the other region's request with no. Raises `StateError`: freeze-request-unknown, evidence-missing, not-permitted, other-region."""
        freezing.decline_freeze(self, card, request, actor=actor, evidence=frozenset(evidence), now=seconds(at))

    def freeze_requests(self, card: CardRef) -> tuple[FreezeRequest, ...]:
        """What other regions have asked about this card, oldest first."""
        with self.store.reading() as work:
            return freezing.requests(work, card)

    @command
    def lock(self, card: CardRef, *, actor: Actor, proof: PhoneProof | None, at: datetime, expected: int | None = None) -> Dossier:
        """Lock the whole card at its holder's wish. Again: no change. Raises `StateError`: wrong-state, not-permitted, those of `holderacts.check`."""
        return locking.lock(self, card, actor=actor, proof=proof, expected=expected, now=seconds(at))

    @command
    def unlock(
        self,
        card: CardRef,
        *,
        actor: Actor,
        at: datetime,
        evidence: Collection[Evidence] = (),
        proof: PhoneProof | None = None,
        expected: int | None = None,
    ) -> Dossier:
        """Unlock the whole card. Again: no change. Raises `StateError`: wrong-state, evidence-missing, not-permitted, those of `holderacts.check`."""
        return locking.unlock(self, card, actor=actor, evidence=frozenset(evidence), proof=proof, expected=expected, now=seconds(at))

    @command
    def lock_items(
        self, card: CardRef, groups: Collection[ItemGroup], *, actor: Actor, proof: PhoneProof | None, at: datetime, expected: int | None = None
    ) -> frozenset[ItemGroup]:
        """Lock groups of items for whoever resolves codes online; all that are locked now. Raises `InputError` item-groups, and those of `lock`."""
        return locking.lock_items(self, card, frozenset(groups), actor=actor, proof=proof, expected=expected, now=seconds(at))

    @command
    def unlock_items(
        self,
        card: CardRef,
        groups: Collection[ItemGroup],
        *,
        actor: Actor,
        at: datetime,
        evidence: Collection[Evidence] = (),
        proof: PhoneProof | None = None,
        expected: int | None = None,
    ) -> frozenset[ItemGroup]:
        """Open groups of items again; all that are still locked. Raises `InputError` item-groups, and those of `unlock`."""
        return locking.unlock_items(
            self, card, frozenset(groups), actor=actor, evidence=frozenset(evidence), proof=proof, expected=expected, now=seconds(at)
        )

    def locked_items(self, card: CardRef) -> frozenset[ItemGroup]:
        """The groups of items that are locked now. Raises `StateError` card-unknown."""
        with self.store.reading() as work:
            return locking.locked_items(work, work.dossier(card).card.ref)

    @command
    def unbind_phone(
        self,
        card: CardRef,
        phone: CarrierRef,
        *,
        actor: Actor,
        at: datetime,
        evidence: Collection[Evidence] = (),
        proof: PhoneProof | None = None,
        expected: int | None = None,
    ) -> Dossier:
        """End a phone on this card with all its credentials. Again: no change. Raises `StateError`: carrier-unknown, and those of `unlock`."""
        return locking.unbind(self, card, phone, actor=actor, evidence=frozenset(evidence), proof=proof, expected=expected, now=seconds(at))

    @command
    def note_pin_act(
        self, card: CardRef, act: Command, *, actor: Actor, evidence: Collection[Evidence], at: datetime, expected: int | None = None
    ) -> Dossier:
        """Record CHANGE_PIN, RESET_PIN or UNBLOCK_PIN. Raises `StateError`: wrong-state, card-held, evidence-missing, not-permitted, other-region."""
        return locking.note_pin_act(self, card, act, actor=actor, evidence=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def open_case(self, card: CardRef, category: Misuse, *, actor: Actor, evidence: Collection[Evidence], at: datetime) -> MisuseCase:
        """Open a case file about misuse of a card. Raises `StateError`: evidence-missing, not-permitted, other-region."""
        return misuse.open_case(self, card, category, actor=actor, evidence=frozenset(evidence), now=seconds(at))

    @command
    def add_to_case(
        self, card: CardRef, case: CaseRef, *, digest: bytes, kind: Proof, actor: Actor, evidence: Collection[Evidence], at: datetime
    ) -> MisuseCase:
        """Add a paper or file by its SHA-256. Raises `InputError` misuse-evidence-digest; `StateError` misuse-case-unknown, and those of `open_case`."""
        return misuse.add_evidence(self, card, case, digest=digest, kind=kind, actor=actor, evidence=frozenset(evidence), now=seconds(at))

    @command
    def decide_case(
        self, card: CardRef, case: CaseRef, decision: CaseDecision, *, actor: Actor, evidence: Collection[Evidence], at: datetime
    ) -> MisuseCase:
        """Close a case by a second person's decision. Raises `StateError`: same-person, misuse-case-empty, and those of `add_to_case`."""
        return misuse.decide_case(self, card, case, decision, actor=actor, evidence=frozenset(evidence), now=seconds(at))

    def cases(self, card: CardRef) -> tuple[MisuseCase, ...]:
        """The case files of a card, oldest first."""
        with self.store.reading() as work:
            return misuse.cases(work, card)
