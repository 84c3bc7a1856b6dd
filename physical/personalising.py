"""A blank chip becomes a card's: key, identification code, script keys, initial PIN, EF05 and EF06; then its proof, its credential, and the end of making.

    prepare       everything but the credential; may be done again on a chip whose making broke off, and then sets the initial PIN anew
    prove         the chip's answer to the record's challenge
    finish        its credential, and personalisation is over for good

Each step leaves a chip that calls itself suspended until the last one is done. Nothing here decides anything: what is written comes from the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codes.chipproof import ChipPurpose
from codes.errors import InputError, StateError
from physical import faults
from physical.binding import DEFAULT_TRIES, BindingSession
from physical.ssc import SscSession
from physical.sscrecords import File

if TYPE_CHECKING:
    from codes.keys import CoseKey
    from codes.scripts import ScriptKeys
    from physical.sscrecords import HolderFile, IssuerFile
    from physical.transport import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a chip is to hold. Prints neither keys nor PIN nor person."""

    card: IssuerFile
    holder: HolderFile | None = field(repr=False)
    """None for a holder without a number of 18 characters: EF06 has no room for another kind."""
    keys: ScriptKeys = field(repr=False)
    pin: str = field(repr=False)
    """The initial one, which the holder must change before binding."""
    tries: int = DEFAULT_TRIES


def is_finished(transport: Transport) -> bool:
    """Whether personalisation is over: an open chip calls itself suspended until then. Raises `InputError` chip-foreign."""
    session = BindingSession(transport)
    if not session.select():
        return False
    session.read_credential()
    return True


def prepare(transport: Transport, contents: Contents) -> CoseKey:
    """Write everything but the credential; the key that the chip has made, or had made before.

    Raises `InputError` chip-other (it has the code of another card), ssc-field (the name does not fit); `StateError` chip-conditions (its making is over).
    """
    session = BindingSession(transport)
    session.select()
    key = _key(session)
    _code(session, contents.card.card_id)
    session.write_script_keys(contents.keys)
    session.write_initial_pin(contents.pin, tries=contents.tries)
    files = SscSession(transport)
    files.select()
    files.write(File.ISSUER, contents.card.items())
    if contents.holder is not None:
        files.write(File.HOLDER, contents.holder.items(contents.card.generation))
    return key


def _key(session: BindingSession) -> CoseKey:
    try:
        return session.read_public_key()
    except StateError:
        return session.generate_key()


def _code(session: BindingSession, code: bytes) -> None:
    try:
        found = session.read_card_id()
    except StateError:
        session.write_card_id(code)
        return
    if found != code:
        raise InputError(faults.CHIP_OTHER)


def prove(transport: Transport, challenge: bytes) -> bytes:
    """The chip's answer to the record's challenge of 32 bytes."""
    session = BindingSession(transport)
    session.select()
    return session.authenticate(ChipPurpose.STATUS, challenge)


def finish(transport: Transport, credential: bytes) -> None:
    """Write the credential and close personalisation. Raises `StateError` chip-blank when something is missing."""
    session = BindingSession(transport)
    session.select()
    session.write_credential(credential)
    session.activate()
