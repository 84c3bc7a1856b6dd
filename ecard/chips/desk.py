"""The desk where chips are tapped: commands that take what a chip proved and give what it is to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard.chips import blocking, making, noting, pinning, tapping, targets
from ecard.contention import persist
from ecard.model import seconds
from ecard.premises import Premises
from ecard.requests import command

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from codes.blocklists import BlockList
    from codes.claims import Region
    from codes.keys import Signer
    from ecard.chips.blocking import Brought
    from ecard.chips.making import ChipOrder
    from ecard.chips.scripting import Sealed
    from ecard.enrolment import Nonce
    from ecard.lifecycle import Command, Evidence
    from ecard.model import Actor, CardRef, CarrierRef, ChipEvidence, ChipFile, ChipIncident, Dossier
    from ecard.phones import Endorsement


class ChipDesk(Premises):
    """Commands of CHIP section 4.4. `code` is a chip's identification code, 16 bytes, as it stands in EF05; unknown ones are `InputError` chip-unknown."""

    def chip(self, code: bytes) -> ChipFile:
        """Everything that the record has about a chip. Raises `InputError` chip-unknown."""
        with self.store.reading() as work:
            return noting.file_of(work, *tapping.chip_with(work, code))

    def chips(self, card: CardRef) -> tuple[ChipFile, ...]:
        """The same of every chip that a card ever had. Raises `StateError` card-unknown."""
        with self.store.reading() as work:
            return noting.files_of(work, work.dossier(card))

    def chip_incidents(self, card: CardRef) -> tuple[ChipIncident, ...]:
        """What is not settled about the chips of a card, oldest first."""
        with self.store.reading() as work:
            return tuple(targets.open_incidents(work, card))

    def chip_proofs(self, chip: CarrierRef) -> tuple[ChipEvidence, ...]:
        """Every proof of a chip that was kept, oldest first."""
        with self.store.reading() as work:
            return noting.proofs_of(work, chip)

    @command
    def begin_tap(self, code: bytes, *, at: datetime) -> Nonce:
        """A challenge for this chip, good once. Raises `InputError` chip-unknown, `StateError` chip-not-personalised."""
        return tapping.begin(self, code, now=seconds(at))

    @command
    def note_chip_status(
        self, code: bytes, *, challenge: bytes, answer: bytes, reader: str, at: datetime, condition: bytes | None = None
    ) -> ChipFile:
        """Take what the chip answered to `begin_tap`; what is apart becomes an incident and a hold, what is in step again is settled.

        `condition` is its answer to GET DATA with the challenge's first 8 bytes. Raises `InputError`: chip-unknown, nonce-unusable, chip-proof,
        chip-status; nothing is noted then.
        """
        return tapping.note_status(self, code, challenge=challenge, answer=answer, condition=condition, reader=reader, now=seconds(at))

    def chip_script(self, code: bytes, *, challenge: bytes | None) -> Sealed:
        """The script that brings the chip to what it is to be: live for the chip's own `challenge`, or made beforehand.

        Raises `StateError`: chip-settled, chip-live-only, chip-not-personalised.
        """
        return tapping.script_for(self, code, challenge=challenge)

    @command
    def note_chip_receipt(self, code: bytes, *, script: bytes, answer: bytes, reader: str, at: datetime) -> ChipFile:
        """Take the chip's receipt of a script, however late and however often.

        Raises `InputError`: chip-unknown, script-shape, script-premade, script-receipt; nothing is noted then.
        """
        return tapping.note_receipt(self, code, script=script, answer=answer, reader=reader, now=seconds(at))

    @command
    def reconcile_chip(self, card: CardRef, *, actor: Actor, evidence: Collection[Evidence], at: datetime, expected: int | None = None) -> Dossier:
        """Settle what is open about a card's chips, after looking at card and holder.

        Raises `StateError`: chip-not-apart, evidence-missing, not-permitted, other-region, wrong-state, stale-revision.
        """
        return tapping.reconcile(self, card, actor=actor, shown=frozenset(evidence), expected=expected, now=seconds(at))

    def chip_order(self, card: CardRef, *, actor: Actor, at: datetime) -> ChipOrder:
        """What is to be written on the chip that is being made: keys, code, and who the holder is. Never stored as an answer.

        Raises `StateError`: chip-not-in-making, card-unknown, wrong-state, not-permitted, other-region.
        """
        return persist(lambda: making.order(self, card, actor=actor, now=seconds(at)), entropy=self.entropy)

    @command
    def void_chip(self, card: CardRef, *, actor: Actor, at: datetime) -> Dossier:
        """Give up the chip that is being made, and have another made. Raises as `chip_order`."""
        return making.void(self, card, actor=actor, now=seconds(at))

    @command
    def pin_script(
        self, card: CardRef, act: Command, *, challenge: bytes, actor: Actor, evidence: Collection[Evidence], at: datetime, pin: str | None = None
    ) -> bytes:
        """The script that sets the PIN of the chip at this counter anew (`RESET_PIN`, with `pin`) or unblocks it (`UNBLOCK_PIN`); on record as it is made.

        Raises `StateError`: card-held, evidence-missing, not-permitted, other-region, wrong-state, chip-not-personalised.
        """
        return pinning.seal(self, card, act, challenge=challenge, pin=pin, actor=actor, shown=frozenset(evidence), now=seconds(at))

    @command
    def confirm_pin_script(self, card: CardRef, *, script: bytes, answer: bytes, reader: str, at: datetime) -> ChipFile:
        """Take the chip's answer to a PIN script. Raises `InputError` chip-status, `StateError` chip-not-personalised."""
        return pinning.confirm(self, card, script=script, answer=answer, reader=reader, now=seconds(at))

    @command
    def unbind_through_chip(
        self, card: CardRef, phone: CarrierRef, *, nonce: bytes, endorsement: Endorsement, actor: Actor, at: datetime, expected: int | None = None
    ) -> Dossier:
        """End a phone by the word of chip and PIN, at a registered reader; `nonce` is of purpose UNBIND. Again: no change.

        Raises `InputError`: nonce-unusable, reader-unknown, chip-proof; `StateError`: carrier-unknown, card-held, chip-refused, not-permitted.
        """
        return pinning.unbind(self, card, phone, nonce=nonce, endorsement=endorsement, actor=actor, expected=expected, now=seconds(at))

    def block_list(self, region: Region, signer: Signer, *, at: datetime) -> BlockList:
        """The signed list of blocking scripts of a region, made from the record as it is. Raises `InputError` region-unknown."""
        return blocking.make(self, region, signer, now=seconds(at))

    def take_chip_receipts(self, content: bytes, *, at: datetime) -> Brought:
        """Note what a desk without a line brought back, line by line; again: nothing new. Raises `InputError` block-receipts."""
        return persist(lambda: blocking.take(self, content, now=seconds(at)), entropy=self.entropy)
