"""The chip reader of a terminal's agent (`ecard-terminal serve`, POST /v1/chip), found through the entry-point group `ecard.terminal_readers`."""

from __future__ import annotations

from codes.chipproof import ChipPurpose
from codes.errors import SetupError
from codes.journal import ChipShown
from physical import faults, pcsc
from physical.binding import BindingSession
from physical.supervisor import Presence


def read_chip(challenge: bytes) -> ChipShown:
    """What the chip shows that lies in the first reader with one: its credential, and its answer to a fresh 32-byte `challenge`.

    Raises `SetupError`: reader-support, reader-service, reader-missing, card-absent, card-mute, and what `BindingSession` raises.
    """
    with pcsc.readers() as watch:
        views = watch.look()
    if not views:
        raise SetupError(faults.READER_MISSING)
    found = next((view.name for view in views if view.presence is Presence.CARD), None)
    if found is None:
        raise SetupError(faults.CARD_ABSENT)
    with pcsc.inserted(found) as transport:
        session = BindingSession(transport)
        session.select()
        credential = session.read_credential()
        return ChipShown(credential, session.authenticate(ChipPurpose.PRESENCE, challenge), challenge)
