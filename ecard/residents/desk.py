"""The desk that residents' phones and terminals' questions come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import StateError
from ecard import faults
from ecard.contention import persist
from ecard.lifecycle import LOSSES
from ecard.model import CardRef, seconds
from ecard.premises import Premises
from ecard.requests import command
from ecard.residents import activating, enrolling, limits, overview, peers, proofs, resolving, speaking, timeline
from ecard.terminals import registering

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from codes.keys import CoseKey
    from ecard.items import Item
    from ecard.lifecycle import Evidence
    from ecard.model import Actor, Carrier, CarrierRef, Dossier, Terminal
    from ecard.residents.activating import Activation, Grade
    from ecard.residents.enrolling import Endorsing, Enrolment
    from ecard.residents.overview import MyCard
    from ecard.residents.peers import Peer
    from ecard.residents.resolving import Asked, Told
    from ecard.residents.speaking import Heard, Spoken
    from ecard.residents.timeline import Page


class ResidentDesk(Premises):
    """Enrolment, what a phone may see, and who is told what about somebody."""

    def spend_proof(self, key: CoseKey, jti: str, *, until: int) -> bool:
        """Note that a key has used this jti; False if it had before. Raises `SetupError` where that cannot be known."""
        try:
            proofs.Unspent(key=key, jti=jti, until=until).spend(self)
        except proofs.SpentBefore:
            return False
        return True

    def terminal_of_key(self, key: CoseKey) -> Terminal | None:
        """The terminal with this key, ended ones too."""
        with self.store.reading() as work:
            return registering.terminal_of_key(work, key)

    def check_address(self, address: str, *, at: datetime) -> None:
        """Return if one more activation code may be tried from an address. Raises `StateError` tried-too-often."""
        with self.store.reading() as work:
            limits.check(self, work, activating.PER_ADDRESS, limits.subject_of(address), now=seconds(at))

    def note_address(self, address: str, *, at: datetime) -> None:
        """Count a wrong code against the address that it came from."""

        def note() -> None:
            with self.store.writing() as work:
                limits.note(self, work, activating.PER_ADDRESS, limits.subject_of(address), now=seconds(at))

        persist(note, entropy=self.entropy)

    @command
    def ask_activation(
        self, card: CardRef, grade: Grade, *, actor: Actor, evidence: Collection[Evidence], at: datetime, device: str | None = None
    ) -> Activation:
        """Ask for an activation code after an identity check. One that does without the chip waits for a second person, who sits at another device.

        Raises `StateError`: wrong-state, card-held, card-expired, not-permitted, other-region, evidence-missing, activations-full.
        """
        return activating.ask(self, card, grade, actor=actor, evidence=frozenset(evidence), now=seconds(at), device=device)

    @command
    def approve_activation(self, activation: str, *, actor: Actor, at: datetime, device: str | None = None) -> Activation:
        """Agree, as another person, to a phone without the chip; makes the code.

        Raises `StateError`: activation-unknown, same-person, same-device, operator-person-differs, those of `ask`.
        """
        return activating.approve(self, activation, actor=actor, now=seconds(at), device=device)

    def activations_waiting(self, region: str, *, at: datetime) -> tuple[Activation, ...]:
        """What waits for a second person in a region."""
        with self.store.reading() as work:
            return activating.waiting(work, region, now=seconds(at))

    @command
    def begin_enrolment(self, code: str, key: CoseKey, *, at: datetime) -> Enrolment:
        """Redeem an activation code by a fresh key. Raises `StateError`: activation-unusable, whatever is wrong; tried-too-often."""
        begun = enrolling.redeem(self, code, key, now=seconds(at))
        if begun is None:  # after the transaction, which keeps the count of tries
            raise StateError(faults.ACTIVATION_UNUSABLE)
        return begun

    @command
    def prove_enrolment(self, enrolment: str, key: CoseKey, proof: bytes, *, at: datetime) -> Enrolment:
        """Take the phone's proof of its key over the nonce that it was given. Raises as `enrolling.prove`."""
        return enrolling.prove(self, enrolment, key, proof, now=seconds(at))

    def enrolment(self, enrolment: str, key: CoseKey, *, at: datetime) -> Enrolment:
        """An enrolment of this key as it stands. Raises `StateError` nothing-of-yours."""
        with self.store.reading() as work:
            return enrolling.look(self, work, enrolment, key, now=seconds(at))

    @command
    def call_phone(self, card: CardRef, *, actor: Actor, at: datetime, fingerprint: str | None = None) -> Endorsing:
        """Ask a waiting phone for a fresh proof, so that the chip can endorse its key. Raises as `enrolling.call`."""
        return enrolling.call(self, card, shown=fingerprint, actor=actor, now=seconds(at))

    def phone_answered(self, asked: Endorsing) -> bytes | None:
        """The phone's proof, once it is there."""
        with self.store.reading() as work:
            return enrolling.answered(work, asked.enrolment, asked.nonce)

    def my_cards(self, key: CoseKey, *, at: datetime) -> tuple[MyCard, ...]:
        """Every card that a phone carries, masked; its reading is on record."""
        return persist(lambda: overview.mine(self, key, now=seconds(at)), entropy=self.entropy)

    def my_card(self, key: CoseKey, card: str) -> tuple[Dossier, Carrier]:
        """One card that this phone carries, and the phone as the card knows it. Raises `StateError` nothing-of-yours."""
        with self.store.reading() as work:
            return overview.own(work, key, card)

    def my_phone(self, key: CoseKey, card: str) -> CarrierRef:
        """What this phone is called on a card that it carries. Raises `StateError` nothing-of-yours."""
        with self.store.reading() as work:
            return overview.phone_of(work, key, card)

    def my_dossiers(self, key: CoseKey) -> tuple[Dossier, ...]:
        """The cards that a phone carries, without looking at anybody's name."""
        with self.store.reading() as work:
            return tuple(dossier for dossier, _ in overview.carried(work, key))

    def my_timeline(self, key: CoseKey, card: str, *, cursor: str | None, at: datetime) -> Page:
        """What has happened to a card of this phone, newest first: where somebody goes is not told to whoever has found their phone.

        Raises `InputError` cursor-unknown; `StateError`: nothing-of-yours, phone-reported-lost.
        """
        with self.store.reading() as work:
            dossier, phone = overview.own(work, key, card)
            if any(hold.kind in LOSSES and hold.carrier == phone.ref and hold.in_force(seconds(at)) for hold in dossier.holds):
                raise StateError(faults.PHONE_REPORTED, article="ZS-17b")
            return timeline.page(work, dossier, cursor=cursor)

    @command
    def begin_spoken(self, key: CoseKey, card: str, venue: str, *, at: datetime) -> Spoken:
        """Two numbers to be read aloud at a venue. Raises `StateError`: nothing-of-yours, spoken-limit, card-held, phone-provisional."""
        with self.writing() as work:
            dossier, phone = overview.own(work, key, card)
            return speaking.begin(self, work, dossier, phone, venue, now=seconds(at))

    @command
    def hear_spoken(self, terminal: Terminal, locator: str, code: str, *, at: datetime) -> Heard | None:
        """Who spoke this pair here; None for every pair that is not right. Raises `StateError` tried-too-often."""
        with self.writing() as work:
            return speaking.hear(self, work, terminal, locator, code, now=seconds(at))

    @command
    def note_challenge(self, terminal: Terminal, digest: bytes, item: str, *, at: datetime) -> Item:
        """Note that a terminal asks a holder, with the challenge of this digest. Raises `StateError` resolution-item."""
        return resolving.challenged(self, terminal, digest, item, now=seconds(at))

    def challenge(self, digest: bytes, *, at: datetime) -> tuple[Terminal, Item, int] | None:
        """Who asks with this challenge, for what, and until when; None for one that nobody makes now."""
        with self.store.reading() as work:
            row = resolving.challenge_of(work, digest, now=seconds(at))
            if row is None:
                return None
            terminal = registering.terminal(work, row.terminal)
            return terminal, resolving.item_of(work, row.item, terminal, now=seconds(at)), row.expires

    @command
    def resolve(self, terminal: Terminal, asked: Asked, *, at: datetime) -> Told:
        """Tell a terminal who showed it a code. Raises as `resolving.resolve`."""
        return resolving.resolve(self, terminal, asked, now=seconds(at))

    @command
    def pin_region(self, peer: str, key: CoseKey, *, region: str, actor: Actor, at: datetime) -> Peer:
        """Pin the key of another region's desk. Raises as `peers.pin`."""
        with self.writing() as work:
            return peers.pin(work, peer, key, region=region, actor=actor, now=seconds(at))

    @command
    def end_region(self, peer: str, *, actor: Actor, at: datetime) -> Peer:
        """Believe nothing more that another region's desk sends. Raises as `peers.end`."""
        with self.writing() as work:
            return peers.end(work, peer, actor=actor, now=seconds(at))

    def region_of_key(self, key: CoseKey) -> Peer | None:
        """The desk of another region with this key, unless it has ended."""
        with self.store.reading() as work:
            return peers.of_key(work, key)
