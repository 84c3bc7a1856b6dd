"""The card's chip: made, given its PIN, asked to endorse a phone's key, shown to a terminal, tapped at a counter. Where it is put in is the slot's business."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from codes.chipproof import CHALLENGE_BYTES, ChipPurpose, bind_challenge
from physical import personalising
from physical.binding import BindingSession
from physical.image import create_image
from physical.mirror import tap
from physical.personalising import Contents
from webapp.chipdesk import card_file, holder_file
from webapp.phones.pin import draw_pin

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from codes.keys import CoseKey
    from ecard import Nonce
    from ecard.chips.making import ChipOrder
    from physical.mirror import Desk, Tapped
    from verify.terminal import Terminal
    from verify.verdict import Verdict
    from webapp.demo.slot import Slot


class Chip:
    """The chip whose image lies at `path`, put into `slot` for every use."""

    def __init__(self, path: Path, slot: Slot) -> None:
        self._path, self.slot = path, slot
        self._initial_pin = draw_pin()

    def make(self, order: ChipOrder) -> CoseKey:
        """In the workshop: a blank chip makes its own key and takes what the record orders, with an initial PIN."""
        create_image(self._path)
        contents = Contents(card=card_file(order), holder=holder_file(order.person), keys=order.keys, pin=self._initial_pin, tries=order.tries)
        with self.slot.powered(self._path) as transport:
            return personalising.prepare(transport, contents)

    def prove(self, challenge: bytes) -> bytes:
        """Its answer to the office's challenge."""
        with self.slot.powered(self._path) as transport:
            return personalising.prove(transport, challenge)

    def finish(self, credential: bytes) -> None:
        """In the workshop: write the credential and close personalisation for good."""
        with self.slot.powered(self._path) as transport:
            personalising.finish(transport, credential)

    def endorse(self, *, reader: str, nonce: Nonce, thumbprint: bytes, card_number: str) -> bytes:
        """At a registered reader: the holder replaces the initial PIN, enters the new one, and the chip endorses exactly one phone's key."""
        pin = draw_pin(other_than=self._initial_pin)
        challenge = bind_challenge(reader_id=reader, nonce=nonce.value, thumbprint=thumbprint, card_number=card_number, expires=nonce.expires)
        with self.slot.powered(self._path) as transport:
            session = BindingSession(transport)
            session.select()
            session.change_pin(self._initial_pin, pin)
            session.verify_pin(pin)
            return session.endorse(challenge)

    def present(self, terminal: Terminal, *, at: datetime) -> Verdict:
        """At a terminal: the chip answers a fresh challenge, and the terminal judges answer and credential."""
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        with self.slot.powered(self._path) as transport:
            session = BindingSession(transport)
            session.select()
            credential, answer = session.read_credential(), session.authenticate(ChipPurpose.PRESENCE, challenge)
        return terminal.judge_chip(credential, answer, challenge=challenge, at=at)

    def tap(self, desk: Desk) -> Tapped:
        """At a counter: chip and record are compared, and the chip is told what it does not know."""
        with self.slot.powered(self._path) as transport:
            return tap(transport, desk)
