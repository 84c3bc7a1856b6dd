"""The card office: every command in one place, each a sentence. What it may do stands in `lifecycle.RULES`, what it needs in `Premises`.

Commands take `at`, an aware time. They raise `InputError` for what is wrong in the request, `StateError` for what is right but not now, `SetupError` for
what is wrong with us; in every case nothing was written, or it was written exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.claims import Profile
from codes.errors import StateError
from ecard import applying, card_number, enrolment, faults, identity, phones, receipts, renewing, statuses
from ecard.chips.desk import ChipDesk
from ecard.itemlist import ItemDesk
from ecard.making.desk import MakingDesk
from ecard.model import Role, seconds
from ecard.remaking_desk import RemakingDesk
from ecard.requests import command, issuing_command, noted
from ecard.residents.desk import ResidentDesk
from ecard.sharing.desk import SharingDesk
from ecard.stopping_desk import StoppingDesk
from ecard.terminals.desk import TerminalDesk
from ecard.tickets.desk import TicketDesk
from ecard.venues.desk import VenueDesk

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from codes.credential import Credential
    from codes.keys import CoseKey
    from codes.receipts import Receipt
    from ecard.applying import Application, Applied, Personalised
    from ecard.enrolment import Nonce, NoncePurpose
    from ecard.lifecycle import Evidence
    from ecard.model import Actor, CardEvent, CardRef, CarrierRef, CredentialRow, Dossier
    from ecard.phones import Bound, CredentialRequest, Endorsement
    from ecard.residents.proofs import Unspent
    from ecard.statuses import StatusSnapshot
    from ecard.vault import IndexPurpose

_LOOKS_UP = frozenset({Role.CLERK, Role.SUPERVISOR, Role.HOTLINE})
"""Who may look for the cards of somebody who stands, or calls, there."""


@dataclass(frozen=True, kw_only=True)
class CardOffice(StoppingDesk, MakingDesk, RemakingDesk, ItemDesk, ChipDesk, TerminalDesk, ResidentDesk, TicketDesk, VenueDesk, SharingDesk):
    """The commands of RECORD.md that exist now. `expected` is the revision a caller has seen; None where nobody looked before."""

    @command
    def apply(self, application: Application, *, actor: Actor, evidence: Collection[Evidence], at: datetime) -> Applied:
        """Open a card for a person, physical and electronic at once, and order its production.

        Raises `InputError`: region-unknown, identity-number, identity-birth-date, identity-check-digit, person-name; `StateError`: person-has-card,
        person-differs, not-permitted, other-region, evidence-missing.
        """
        return applying.apply(self, application, actor=actor, evidence=frozenset(evidence), now=seconds(at))

    @command
    def nonce(self, card: CardRef, purpose: NoncePurpose, *, at: datetime) -> Nonce:
        """A nonce for one act on one card; it lives a minute, and one such as phones make themselves (RENEW, ACT) six. Raises `StateError`: card-unknown, nonces-outstanding."""
        with self.store.noting() as work:
            work.revision(card)
            return enrolment.issue_nonce(self, work, card, purpose, now=seconds(at))

    @issuing_command
    def personalise(self, card: CardRef, *, chip_key: CoseKey, challenge: bytes, answer: bytes, actor: Actor, at: datetime) -> Personalised:
        """Record the chip that was made, after its proof (purpose STATUS) over `challenge`, and issue the credential it will store.

        Raises `InputError`: nonce-unusable, chip-proof, key-point; `StateError`: wrong-state, not-permitted, other-region, chip-refused,
        chip-already-personalised, issue-overtaken; `SetupError`: issue-self-check, index-space-full.
        """
        return applying.personalise(self, card, chip_key=chip_key, challenge=challenge, answer=answer, actor=actor, now=seconds(at))

    @command
    def activate(self, card: CardRef, *, actor: Actor, evidence: Collection[Evidence], at: datetime, expected: int | None = None) -> Dossier:
        """Hand the card over: it takes effect, physical and electronic. Again: no change.

        Raises `StateError`: wrong-state, card-held, card-expired, evidence-missing, not-permitted, other-region, chip-not-personalised, stale-revision.
        """
        return applying.activate(self, card, actor=actor, evidence=frozenset(evidence), expected=expected, now=seconds(at))

    @command
    def register_reader(self, reader: str, *, actor: Actor, at: datetime) -> None:
        """Register an enrolment reader of the actor's region. Again: no change. Raises `StateError` not-permitted."""
        if actor.role is not Role.SUPERVISOR or actor.region is None:
            raise StateError(faults.NOT_PERMITTED, command="register-reader", role=actor.role)
        with self.store.writing() as work:
            enrolment.register_reader(work, reader, region=actor.region, actor=actor, now=seconds(at))

    @command
    def bind_phone(
        self,
        card: CardRef,
        *,
        nonce: bytes,
        proof: bytes,
        endorsement: Endorsement | None,
        actor: Actor,
        at: datetime,
        evidence: Collection[Evidence] = (),
        expected: int | None = None,
    ) -> Bound:
        """Enrol a phone by its key's proof (purpose ENROLMENT over `nonce`); with the chip's endorsement in full, without it provisionally.

        `evidence` is what a clerk attests to where no chip endorses. Raises `InputError`: nonce-unusable, key-proof, chip-proof, reader-unknown, key-in-use; `StateError`: wrong-state, card-held, card-expired,
        not-permitted, other-region, evidence-missing, phone-limit, chip-refused, stale-revision.
        """
        shown = frozenset(evidence)
        return phones.bind(
            self, card, nonce=nonce, proof=proof, endorsement=endorsement, actor=actor, evidence=shown, expected=expected, now=seconds(at)
        )

    @issuing_command
    def renew_credentials(
        self, phone: CarrierRef, *, nonce: bytes, proof: bytes, requests: Sequence[CredentialRequest], at: datetime
    ) -> tuple[Credential, ...]:
        """Issue fresh credentials to a bound phone, in the order asked for. `proof` is the enrolment key's, over `phones.renewal_binding`.

        Raises `InputError`: request-profiles, nonce-unusable, key-proof, key-in-use; `StateError`: carrier-unknown, wrong-state, card-held,
        card-expired, phone-provisional, renew-too-early, issue-overtaken; `SetupError`: issue-self-check, index-space-full.
        """
        return phones.renew(self, phone, nonce=nonce, proof=proof, requests=requests, now=seconds(at))

    def renew_mine(
        self,
        caller: Unspent,
        card: str,
        phone: CarrierRef,
        *,
        key: str,
        nonce: bytes,
        proof: bytes,
        requests: Sequence[CredentialRequest],
        at: datetime,
    ) -> tuple[Credential, ...]:
        """The same for a phone that calls by a proof, under the request key `key`; the proof is spent. Quick where everything is as every day.

        Raises what `renew_credentials` does, and `SpentBefore`, `StateError` nothing-of-yours.
        """
        office = self.once(key)
        if self.store.has_strokes and [request.profile for request in requests] == [Profile.GENERAL]:
            request = noted(office, CardOffice.renew_credentials, phone, nonce=nonce, proof=proof, requests=requests, at=at)
            issued = renewing.renew(self, caller, phone, card, request, nonce=nonce, proof=proof, asked=requests[0], now=seconds(at))
            if issued is not None:
                return issued
        caller.spend(self)
        if self.my_phone(caller.key, card) != phone:
            raise StateError(faults.NOTHING_OF_YOURS)
        return office.renew_credentials(phone, nonce=nonce, proof=proof, requests=requests, at=at)

    def card(self, card: CardRef) -> Dossier:
        """A card as it stands. Raises `StateError` card-unknown."""
        with self.store.reading() as work:
            return work.dossier(card)

    def card_by_number(self, number: str) -> Dossier:
        """A card by the number on its face. Raises `InputError` card-number, `StateError` card-unknown."""
        wanted = card_number.parse_number(number)
        with self.store.reading() as work:
            return work.dossier_by_number(wanted)

    @command
    def cards_of_person(self, kind: identity.IdentityType, number: str, *, purpose: IndexPurpose, actor: Actor, at: datetime) -> tuple[CardRef, ...]:
        """The cards of whoever has this identity number, of the actor's region, at a joint desk of both; the look-up is a link in that person's chain.

        Raises `InputError` identity-*, `StateError` not-permitted.
        """
        if actor.role not in _LOOKS_UP or actor.region is None:
            raise StateError(faults.NOT_PERMITTED, command="find-card", role=actor.role, article="ID-9b")
        document = identity.parse(kind, number, on=at.astimezone(applying.LOCAL).date())
        with self.store.writing() as work:
            holder = self.vault.find(work, document, purpose=purpose, actor=actor, at=seconds(at))
            return () if holder is None else tuple(work.cards_of(holder, region=None if actor.joint_desk else actor.region))

    def credentials(self, card: CardRef) -> tuple[CredentialRow, ...]:
        """Every credential that was ever written for a card, oldest first, handed over or not."""
        with self.store.reading() as work:
            return tuple(work.credentials(card))

    def events(self, card: CardRef) -> tuple[CardEvent, ...]:
        """What was done to a card, oldest first, after checking that nothing of it was changed. Raises `SetupError` chain-broken."""
        with self.store.reading() as work:
            return tuple(work.verify(card))

    def receipts(self, card: CardRef) -> tuple[Receipt, ...]:
        """Every receipt of a card, oldest first: one for each thing that was done to it."""
        with self.store.reading() as work:
            return receipts.of_card(work, card)

    def receipt(self, number: str) -> Receipt:
        """The receipt with this number. Raises `StateError` receipt-unknown."""
        with self.store.reading() as work:
            return receipts.by_number(work, number)

    def truth(self, at: datetime) -> StatusSnapshot:
        """Every living status list and the status of every place in it, of one moment: what publishing signs."""
        with self.store.reading() as work:
            return statuses.snapshot(work, now=seconds(at))
