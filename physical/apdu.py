"""Command and response APDUs and their status words (ISO/IEC 7816-4 sections 5.1 and 5.6), read strictly: every byte is accounted for."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from codes.errors import InputError
from physical import faults

_SHORT, _EXTENDED = 256, 65536
"""What an absent-looking Le of zeros asks for."""


class StatusWord(enum.IntEnum):
    """The status words that this house sends or tells apart. The tries left of a wrong PIN are in the low digit of 63C0."""

    OK = 0x9000
    MORE = 0x6100
    SELECTED_BLOCKED = 0x6283
    SELECTED_CANCELLED = 0x6285
    AUTHENTICATION = 0x6300
    WRONG_PIN = 0x63C0
    MEMORY = 0x6581
    LENGTH = 0x6700
    SECURITY = 0x6982
    PIN_BLOCKED = 0x6983
    INITIAL_PIN = 0x6984
    CONDITIONS = 0x6985
    NO_EF = 0x6986
    WRONG_MAC = 0x6988
    WRONG_DATA = 0x6A80
    CARD_BLOCKED = 0x6A81
    NOT_FOUND = 0x6A82
    NO_RECORD = 0x6A83
    NO_SPACE = 0x6A84
    PARAMETERS = 0x6A86
    NO_KEY = 0x6A88
    OFFSET = 0x6B00
    LE = 0x6C00
    INSTRUCTION = 0x6D00
    CLASS = 0x6E00
    KEY_MISSING = 0x9403


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandApdu:
    """One command. `ne` is how many bytes the answer may have, None when none is expected. `ValueError` for what has no encoding."""

    cla: int
    ins: int
    p1: int = 0
    p2: int = 0
    data: bytes = b""
    ne: int | None = None

    def __post_init__(self) -> None:
        if max(self.cla, self.ins, self.p1, self.p2) > 0xFF or len(self.data) > 0xFFFF or not (self.ne is None or 0 < self.ne <= _EXTENDED):
            msg = "a command APDU has four header bytes, at most 65535 bytes of data and expects at most 65536"
            raise ValueError(msg)

    def to_bytes(self) -> bytes:
        """The shortest encoding: short lengths where they suffice, else extended ones."""
        header = bytes((self.cla, self.ins, self.p1, self.p2))
        if len(self.data) < _SHORT and (self.ne or 0) <= _SHORT:
            body = bytes((len(self.data),)) + self.data if self.data else b""
            return header + body + (b"" if self.ne is None else bytes((self.ne % _SHORT,)))
        body = len(self.data).to_bytes(2) + self.data if self.data else b""
        return header + b"\0" + body + (b"" if self.ne is None else (self.ne % _EXTENDED).to_bytes(2))

    @classmethod
    def parse(cls, raw: bytes) -> CommandApdu:
        """Read a command in one of the seven cases. Raises `InputError` apdu-shape."""
        if len(raw) < 4:
            raise InputError(faults.APDU_SHAPE, size=len(raw))
        data, ne = _body(raw[4:], len(raw))
        return cls(cla=raw[0], ins=raw[1], p1=raw[2], p2=raw[3], data=data, ne=ne)


def _body(body: bytes, size: int) -> tuple[bytes, int | None]:
    """Data and Ne of everything behind the header."""
    if not body:  # case 1
        return b"", None
    if len(body) == 1:  # case 2S
        return b"", body[0] or _SHORT
    if body[0]:  # cases 3S and 4S
        data, rest = body[1 : 1 + body[0]], body[1 + body[0] :]
        if len(data) == body[0] and len(rest) <= 1:
            return data, (rest[0] or _SHORT) if rest else None
    elif len(body) == 3:  # case 2E
        return b"", int.from_bytes(body[1:]) or _EXTENDED
    elif len(body) > 3 and (length := int.from_bytes(body[1:3])):  # cases 3E and 4E
        data, rest = body[3 : 3 + length], body[3 + length :]
        if len(data) == length and len(rest) in {0, 2}:
            return data, (int.from_bytes(rest) or _EXTENDED) if rest else None
    raise InputError(faults.APDU_SHAPE, size=size)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseApdu:
    """One answer: its bytes and the status word behind them."""

    data: bytes = b""
    sw: int

    def to_bytes(self) -> bytes:
        """Data, then the status word."""
        return self.data + self.sw.to_bytes(2)

    @classmethod
    def parse(cls, raw: bytes) -> ResponseApdu:
        """Read an answer. Raises `InputError` chip-answer: shorter than a status word, or a status word of no known class (half an answer looks so)."""
        if len(raw) < 2:
            raise InputError(faults.CHIP_ANSWER, size=len(raw))
        sw = int.from_bytes(raw[-2:])
        if not (0x6100 <= sw < 0x7000 or sw >> 12 == 9):
            raise InputError(faults.CHIP_ANSWER, sw=f"{sw:04X}")
        return cls(data=raw[:-2], sw=sw)
