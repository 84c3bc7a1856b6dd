"""The card's chip, as a soft card in a file: made, given its PIN, asked to endorse a phone's key, shown to a terminal."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.chipproof import CHALLENGE_BYTES, ChipPurpose, bind_challenge
from physical.binding import BindingSession
from physical.image import create_image, inserted
from verify.chip import verify_chip
from webapp.phones.pin import draw_pin

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from codes.keys import CoseKey
    from ecard import Nonce
    from verify import Verifier
    from verify.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A chip with its key made inside and its answer to the office's challenge, waiting for its credential."""

    key: CoseKey
    answer: bytes
    initial_pin: str


class Chip:
    """The chip whose image lies at `path`; every method inserts it anew."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def make(self, card_code: bytes, challenge: bytes) -> Blank:
        """In the workshop: a blank chip makes its own key, takes the card's code and an initial PIN, and proves itself."""
        pin = draw_pin()
        create_image(self._path)
        with inserted(self._path, secrets.token_bytes) as transport:
            session = BindingSession(transport)
            session.select()
            key = session.generate_key()
            session.write_card_id(card_code)
            session.write_initial_pin(pin)
            return Blank(key=key, answer=session.authenticate(ChipPurpose.STATUS, challenge), initial_pin=pin)

    def finish(self, credential: bytes) -> None:
        """In the workshop: write the credential and close personalisation for good."""
        with inserted(self._path, secrets.token_bytes) as transport:
            session = BindingSession(transport)
            session.select()
            session.write_credential(credential)
            session.activate()

    def endorse(self, *, reader: str, nonce: Nonce, thumbprint: bytes, card_number: str, initial_pin: str) -> bytes:
        """At a registered reader: the holder replaces the initial PIN, enters the new one, and the chip endorses exactly one phone's key."""
        pin = draw_pin(other_than=initial_pin)
        challenge = bind_challenge(reader_id=reader, nonce=nonce.value, thumbprint=thumbprint, card_number=card_number, expires=nonce.expires)
        with inserted(self._path, secrets.token_bytes) as transport:
            session = BindingSession(transport)
            session.select()
            session.change_pin(initial_pin, pin)
            session.verify_pin(pin)
            return session.endorse(challenge)

    def present(self, verifier: Verifier, *, at: datetime) -> Verdict:
        """At a terminal: the chip answers a fresh challenge, and the terminal judges answer and credential."""
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        with inserted(self._path, secrets.token_bytes) as transport:
            session = BindingSession(transport)
            session.select()
            credential, answer = session.read_credential(), session.authenticate(ChipPurpose.PRESENCE, challenge)
        return verify_chip(verifier, credential, answer, challenge=challenge, at=at)
