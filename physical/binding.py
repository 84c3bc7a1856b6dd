"""A session with the binding application of a chip, real or of software: the verbs of CHIP section 4 (commands and files in `physical.softcard`).

Scripts, receipts and status are carried as bytes: the keys behind them are the record's and the chip's, and no reader has any.

Nothing here repeats a command or guesses what a lost answer said. Whoever decides anything verifies the proof, not the session: a handle proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes import cbor
from codes.chipproof import ANSWER_BYTES, CHALLENGE_BYTES, ChipPurpose, ChipReport, ChipState
from codes.errors import Fault, InputError, SetupError, StateError
from codes.faults import SCRIPT_MAC, SCRIPT_SHAPE
from codes.keys import CoseKey
from codes.scripts import NONCE_BYTES, RECEIPT_BYTES, SCRIPT_CHALLENGE_BYTES, STATUS_BYTES
from physical import faults
from physical.apdu import CommandApdu, ResponseApdu, StatusWord
from physical.generation3 import READ_KEY

if TYPE_CHECKING:
    from codes.scripts import ScriptKeys
    from physical.transport import Transport

BINDING_AID = bytes.fromhex("F0 45535343 2D42494E44 31")
CARD_ID, PUBLIC_KEY, CREDENTIAL, LOG = 0x0011, 0x0012, 0x0018, 0x001A
SCRIPT_KEYS = 0x01
"""Their number in LOAD KEY."""
PIN_DIGITS, DEFAULT_TRIES = 6, 6
_PIECE = 0xF0
"""Bytes that one READ or UPDATE BINARY carries."""
_LOG_ENTRY = 5

_STATES: dict[int, Fault] = {
    StatusWord.PIN_BLOCKED: faults.PIN_BLOCKED,
    StatusWord.SECURITY: faults.PIN_REQUIRED,
    StatusWord.INITIAL_PIN: faults.PIN_INITIAL,
    StatusWord.CONDITIONS: faults.CHIP_CONDITIONS,
    StatusWord.NOT_FOUND: faults.CHIP_FILE,
    StatusWord.KEY_MISSING: faults.CHIP_KEYS,
}
_SCRIPT_STATES: dict[int, Fault] = _STATES | {StatusWord.NO_KEY: faults.SCRIPT_STALE, StatusWord.INITIAL_PIN: faults.SCRIPT_EQUIVOCATION}
_SCRIPT_INPUTS: dict[int, Fault] = {StatusWord.WRONG_MAC: SCRIPT_MAC, StatusWord.WRONG_DATA: SCRIPT_SHAPE, StatusWord.LENGTH: SCRIPT_SHAPE}


class BindingSession:
    """The binding application behind `transport`.

    Every verb raises, beside its own: `InputError` chip-answer, `StateError` chip-conditions, `SetupError` chip-write and chip-command, and what the
    transport raises. `select` comes first.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def select(self) -> bool:
        """Select the application. True when the chip is open for business, False when it answers as blocked or cancelled (it still proves itself).

        Raises `InputError` chip-foreign: no such application on this card.
        """
        answer = self._send(CommandApdu(cla=0x00, ins=0xA4, p1=0x04, data=BINDING_AID, ne=256))
        if answer.sw in {StatusWord.NOT_FOUND, 0x6A81}:
            raise InputError(faults.CHIP_FOREIGN, sw=f"{answer.sw:04X}")
        if answer.sw in {StatusWord.SELECTED_BLOCKED, StatusWord.SELECTED_CANCELLED}:
            return False
        _accept(answer, 0xA4)
        return True

    # ------------------------------------------------------------------------------------------------------------ reading

    def read_card_id(self) -> bytes:
        """Card identification code, 16 bytes. Raises `StateError` chip-file before it is written."""
        return self._read(CARD_ID)

    def read_public_key(self) -> CoseKey:
        """The chip's key, on its own word. Raises `StateError` chip-file before it is made, `InputError` key-shape, cbor-*."""
        return CoseKey.parse(cbor.decode(self._read(PUBLIC_KEY)))

    def read_credential(self) -> bytes:
        """The chip's credential (profile 3), not yet believed. Raises `StateError` chip-file before it is written."""
        return self._read(CREDENTIAL)

    def read_log(self) -> list[tuple[int, ChipState]]:
        """The last versions that scripts set, newest first, at most 8; the holder's PIN opens it. Raises `StateError` pin-required, chip-file."""
        content = self._read(LOG)
        entries = [content[at : at + _LOG_ENTRY] for at in range(0, len(content), _LOG_ENTRY)]
        if any(len(entry) != _LOG_ENTRY or entry[-1] not in set(ChipState) for entry in entries):
            raise InputError(faults.CHIP_ANSWER, size=len(content))
        return [(int.from_bytes(entry[:4]), ChipState(entry[-1])) for entry in entries]

    def challenge(self) -> bytes:
        """8 random bytes of the chip: what the next live script is made for. Whatever carries a MAC uses it up, and so does a new selection."""
        return self._sized(CommandApdu(cla=0x00, ins=0x84, ne=SCRIPT_CHALLENGE_BYTES), SCRIPT_CHALLENGE_BYTES)

    # ------------------------------------------------------------------------------------------------------------ scripts

    def status(self, nonce: bytes) -> bytes:
        """How the chip stands, for whoever has the keys to believe it (`codes.scripts.ChipStatus.check`); writes nothing and counts nothing.

        Raises `StateError` chip-keys.
        """
        if len(nonce) != NONCE_BYTES:
            msg = f"a nonce has {NONCE_BYTES} bytes, not {len(nonce)}"
            raise ValueError(msg)
        return self._sized(CommandApdu(cla=0x80, ins=0xCA, data=nonce, ne=256), STATUS_BYTES)

    def apply_script(self, script: bytes) -> bytes:
        """Deliver a state script, which the chip obeys at once or not at all; returns its receipt (`codes.scripts.ScriptReceipt.check`).

        Whatever else happens leaves the outcome unknown: read the status, then decide. Raises `InputError` script-mac, script-shape; `StateError`
        script-stale, script-equivocation, chip-keys, and chip-conditions (a live script whose challenge is gone, or a cancelled chip).
        """
        return self._told(script, RECEIPT_BYTES)

    def apply_pin_script(self, script: bytes) -> bytes:
        """Deliver a PIN script (`codes.pinscripts`); returns the chip's status for its nonce. Raises as `apply_script`."""
        return self._told(script, STATUS_BYTES)

    def _told(self, script: bytes, size: int) -> bytes:
        answer = ResponseApdu.parse(self._transport.transmit(script))
        if fault := _SCRIPT_INPUTS.get(answer.sw):
            raise InputError(fault, sw=f"{answer.sw:04X}")
        return _of_size(_accept(answer, script[1], _SCRIPT_STATES), size)

    # ---------------------------------------------------------------------------------------------------------------- PIN

    def pin_tries(self) -> int | None:
        """Tries left, 0 when blocked; None when the PIN stands verified right now. Raises `StateError` chip-conditions before there is a PIN."""
        answer = self._send(CommandApdu(cla=0x00, ins=0x20))
        if answer.sw == StatusWord.PIN_BLOCKED:
            return 0
        if answer.sw & 0xFFF0 == StatusWord.WRONG_PIN:
            return answer.sw & 0xF
        _accept(answer, 0x20)
        return None

    def verify_pin(self, pin: str) -> None:
        """Verify the holder's PIN (six digits). Raises `InputError` pin-shape, `StateError` pin-wrong (with the tries left), pin-blocked."""
        self._accepted(CommandApdu(cla=0x00, ins=0x20, data=_packed(pin)))

    def change_pin(self, old: str, new: str) -> None:
        """Replace the PIN. Raises as `verify_pin`; pin-shape also when both are the same."""
        if old == new:
            raise InputError(faults.PIN_SHAPE)
        self._accepted(CommandApdu(cla=0x80, ins=0x5E, p1=1, data=_packed(old) + b"\xff" + _packed(new)))

    # ------------------------------------------------------------------------------------------------------------- proofs

    def authenticate(self, purpose: ChipPurpose, challenge: bytes) -> bytes:
        """The chip's signed answer to a 32-byte challenge, for whoever verifies it (`ChipReport.check`).

        Raises `StateError`: pin-required and pin-initial for binding and unbinding.
        """
        if len(challenge) != CHALLENGE_BYTES:
            msg = f"a challenge has {CHALLENGE_BYTES} bytes, not {len(challenge)}"
            raise ValueError(msg)
        return self._sized(CommandApdu(cla=0x00, ins=0x88, p2=purpose, data=challenge, ne=256), ANSWER_BYTES)

    def endorse(self, challenge: bytes) -> bytes:
        """Sign a bind challenge (`codes.chipproof.bind_challenge`), which uses up the PIN verified before it. Raises as `authenticate`."""
        return self.authenticate(ChipPurpose.BIND, challenge)

    def prove(self, purpose: ChipPurpose, challenge: bytes, *, key: CoseKey, card_id: bytes) -> ChipReport:
        """Have this chip prove itself, now, against the key and card expected here. Raises as `authenticate`, and `InputError` chip-proof, key-point."""
        answer = self.authenticate(purpose, challenge)
        return ChipReport.check(answer, key=key.load(), purpose=purpose, card_id=card_id, challenge=challenge)

    # ---------------------------------------------------------------------------------------------------- personalisation

    def generate_key(self) -> CoseKey:
        """Have the chip make its key, once. Raises `StateError` chip-conditions when it has one: then read it."""
        return CoseKey.parse(cbor.decode(self._accepted(CommandApdu(cla=0x00, ins=0x47, ne=256))))

    def write_card_id(self, card_id: bytes) -> None:
        """Write the card identification code, 16 bytes."""
        self._write(CARD_ID, card_id)

    def write_initial_pin(self, pin: str, *, tries: int = DEFAULT_TRIES) -> None:
        """Set the PIN that the holder must change before binding, and how many tries a PIN has (1 to 15)."""
        self._accepted(CommandApdu(cla=0x80, ins=0x5E, data=_packed(pin) + bytes((tries,))))

    def write_script_keys(self, keys: ScriptKeys) -> None:
        """Load the keys that this chip shares with the record."""
        self._accepted(CommandApdu(cla=0x80, ins=0xD4, p2=SCRIPT_KEYS, data=keys.script + keys.receipt))

    def write_read_key(self, key: bytes) -> None:
        """Load the key of external authentication (16 bytes), which a card of generation 3.0 asks of its reader."""
        self._accepted(CommandApdu(cla=0x80, ins=0xD4, p2=READ_KEY, data=key))

    def write_credential(self, credential: bytes) -> None:
        """Write the chip's credential."""
        self._write(CREDENTIAL, credential)

    def activate(self) -> None:
        """Close personalisation for good; harmless when it is closed. Raises `StateError` chip-blank while something is missing."""
        answer = self._send(CommandApdu(cla=0x00, ins=0x44))
        if answer.sw == StatusWord.CONDITIONS:
            raise StateError(faults.CHIP_BLANK)
        _accept(answer, 0x44)

    # -------------------------------------------------------------------------------------------------------------- bytes

    def _read(self, file: int) -> bytes:
        self._accepted(CommandApdu(cla=0x00, ins=0xA4, p1=0x02, p2=0x0C, data=file.to_bytes(2)))
        content = b""
        while True:
            answer = self._send(CommandApdu(cla=0x00, ins=0xB0, p1=len(content) >> 8, p2=len(content) & 0xFF, ne=_PIECE))
            if answer.sw == StatusWord.OFFSET and content:  # the file ends exactly where a piece did
                return content
            content += _accept(answer, 0xB0)
            if len(answer.data) < _PIECE:
                return content

    def _write(self, file: int, content: bytes) -> None:
        self._accepted(CommandApdu(cla=0x00, ins=0xA4, p1=0x02, p2=0x0C, data=file.to_bytes(2)))
        for at in range(0, len(content), _PIECE):
            self._accepted(CommandApdu(cla=0x00, ins=0xD6, p1=at >> 8, p2=at & 0xFF, data=content[at : at + _PIECE]))

    def _accepted(self, command: CommandApdu) -> bytes:
        return _accept(self._send(command), command.ins)

    def _sized(self, command: CommandApdu, size: int) -> bytes:
        return _of_size(self._accepted(command), size)

    def _send(self, command: CommandApdu) -> ResponseApdu:
        return ResponseApdu.parse(self._transport.transmit(command.to_bytes()))


def _of_size(answer: bytes, size: int) -> bytes:
    """An answer that has one length only. Raises `InputError` chip-answer."""
    if len(answer) != size:
        raise InputError(faults.CHIP_ANSWER, size=len(answer))
    return answer


def _accept(answer: ResponseApdu, ins: int, states: dict[int, Fault] = _STATES) -> bytes:
    """The data of a 9000; every other status word as the error it means."""
    if answer.sw == StatusWord.OK:
        return answer.data
    if answer.sw & 0xFFF0 == StatusWord.WRONG_PIN:
        raise StateError(faults.PIN_WRONG, tries_left=answer.sw & 0xF)
    if fault := states.get(answer.sw):
        raise StateError(fault, ins=f"{ins:02X}")
    if answer.sw == StatusWord.MEMORY:
        raise SetupError(faults.CHIP_WRITE, ins=f"{ins:02X}")
    raise SetupError(faults.CHIP_COMMAND, ins=f"{ins:02X}", sw=f"{answer.sw:04X}")


def _packed(pin: str) -> bytes:
    """A PIN as the chip takes it: BCD. Raises `InputError` pin-shape, without the PIN."""
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdecimal()):
        raise InputError(faults.PIN_SHAPE)
    return bytes.fromhex(pin)
