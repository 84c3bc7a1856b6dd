r"""The journal of a terminal: every verdict with what proves it, sealed for the server, and chained (threats C08, C09, C14).

    entry     {1: 1, 2: terminal, 3: seq, 4: at, 5: scene, 6: number, ? 7: evidence time, ? 8: code, ? 9: [credential, chip's answer, challenge],
               ? 10: head}                                a verdict; number is that of `codes.reasons`, 0 for accepted; head is the terminal's newest
                                                          status time of the issuer's region
              {1: 1, 2: terminal, 3: seq, 4: at, 5: scene, 11: seq of an acceptance}      the gate did not open: that passage was released
    key       32 random bytes for a run of entries, sealed to the region's journal key: HPKE (RFC 9180) with DHKEM(P-256), HKDF-SHA-256 and AES-256-GCM,
              single shot, info = CBOR ["ecard-journal", terminal, seq of the first entry]
    record    AES-256-GCM over the entry: nonce = seq in 12 bytes, associated data = the same info
    link      SHA-256(link before ‖ record); before the first record 32 zero bytes

What a terminal wrote it cannot read again: the run's key lives in its memory alone, and only until the run ends. A code that proves an identity carries
a masked name, so the server keeps of it what the proof needs and no more.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from codes import cbor, faults, reasons
from codes.errors import InputError
from codes.scenes import NAME_PATTERN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric import ec

TYP_JOURNAL = "ecard-journal"
FIRST_LINK = bytes(32)
KEY_BYTES = 32
SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
MAX_RECORD = 2048
MAX_RUN = 4096
"""Records under one key."""

SEALED_KEY = 65 + KEY_BYTES + 16
"""Bytes of a sealed key: encapsulation, key, tag."""
NAME_BYTES = (1, 64)
MAX_COUNT = (1 << 63) - 1
"""The largest time, seq or count: what a record's own numbers hold."""
_NUMBERS = {reasons.ACCEPTED.number, *(entry.number for entry in reasons.TABLE.values())}
_VERDICT, _PASSAGE = {1, 2, 3, 4, 5, 6}, {1, 2, 3, 4, 5, 11}
_OPTIONAL = {7, 8, 9, 10}


class ChipShown(NamedTuple):
    """What an inserted chip showed: its credential, its answer, and the challenge that it answers."""

    credential: bytes
    answer: bytes
    challenge: bytes


class Entry(NamedTuple):
    """One thing that happened at a terminal. Times are whole seconds since 1970 UTC, by the terminal's clock."""

    terminal: str
    seq: int
    """Counted from 1 without a gap."""
    at: int
    scene: str
    number: int | None
    """Of the reason (`codes.reasons`), 0 for accepted; None for a passage released."""
    as_of: int | None = None
    """Evidence time of the good status."""
    shown: bytes | ChipShown | None = None
    """The code's bytes (`Presentation.raw`), or what a chip showed; absent where nothing was believed."""
    head: int | None = None
    """The terminal's newest status time of the issuer's region at that moment."""
    released: int | None = None
    """Seq of the acceptance whose passage did not happen."""

    def to_bytes(self) -> bytes:
        """The canonical encoding."""
        fields: dict[int | str, cbor.Value] = {1: 1, 2: self.terminal, 3: self.seq, 4: self.at, 5: self.scene}
        if isinstance(self.shown, ChipShown):
            fields[9] = list(self.shown)
        elif self.shown is not None:
            fields[8] = self.shown
        optional = {6: self.number, 7: self.as_of, 10: self.head, 11: self.released}
        return cbor.encode(fields | {field: value for field, value in optional.items() if value is not None})

    @classmethod
    def from_bytes(cls, data: bytes) -> Entry:
        """Read an entry. Raises `InputError`: cbor-*, journal-entry."""
        fields = cbor.decode(data)
        if type(fields) is not dict or not (fields.keys() == _PASSAGE or _VERDICT <= fields.keys() <= _VERDICT | _OPTIONAL):
            raise InputError(faults.JOURNAL_ENTRY, field="fields")
        terminal, scene = fields[2], fields[5]
        if (
            type(terminal) is not str
            or not NAME_BYTES[0] <= len(terminal) <= NAME_BYTES[1]
            or type(scene) is not str
            or not NAME_PATTERN.fullmatch(scene)
        ):
            raise InputError(faults.JOURNAL_ENTRY, field="terminal and scene")
        version, seq, at, number, as_of, head, released = (_count(fields, field) for field in (1, 3, 4, 6, 7, 10, 11))
        if version != 1 or not seq or at is None or (number is not None and number not in _NUMBERS):
            raise InputError(faults.JOURNAL_ENTRY, field="version, seq or number")
        if released is not None and not 1 <= released < seq:
            raise InputError(faults.JOURNAL_ENTRY, field="released")
        return cls(terminal, seq, at, scene, number, as_of, _shown(fields), head, released)


def _count(fields: dict[int | str, cbor.Value], field: int) -> int | None:
    value = fields.get(field)
    if value is not None and (type(value) is not int or not 0 <= value <= MAX_COUNT):
        raise InputError(faults.JOURNAL_ENTRY, field=str(field))
    return value


def _shown(fields: dict[int | str, cbor.Value]) -> bytes | ChipShown | None:
    code, chip = fields.get(8), fields.get(9)
    if chip is None:
        if code is None or type(code) is bytes:
            return code
    elif code is None and type(chip) is list and len(chip) == 3:
        credential, answer, challenge = chip
        if type(credential) is type(answer) is type(challenge) is bytes:
            return ChipShown(credential, answer, challenge)
    raise InputError(faults.JOURNAL_ENTRY, field="shown")


def run_info(terminal: str, start: int) -> bytes:
    """What binds a run's key and its records to their terminal and place."""
    return cbor.encode([TYP_JOURNAL, terminal, start])


def seal_key(key: bytes, public: ec.EllipticCurvePublicKey, *, terminal: str, start: int) -> bytes:
    """Seal a run's key to the region's journal key. Not repeatable: the encapsulation is fresh each time."""
    return SUITE.encrypt(key, public, run_info(terminal, start))


def seal_record(entry: Entry, key: bytes, *, start: int) -> bytes:
    """Seal one entry under its run's key. A key never seals two entries of one seq."""
    return AESGCM(key).encrypt(_nonce(entry.seq), entry.to_bytes(), run_info(entry.terminal, start))


def next_link(link: bytes, record: bytes) -> bytes:
    """The chain, one record further."""
    return hashlib.sha256(link + record).digest()


class Run(NamedTuple):
    """Records under one key, in order and without a gap: all of a run, or the part of it that is asked for."""

    start: int
    """Seq of the first entry that its key sealed."""
    first: int
    """Seq of the first record here."""
    sealed_key: bytes
    records: Sequence[bytes]

    @property
    def last(self) -> int:
        """Seq of the last record here."""
        return self.first + len(self.records) - 1

    def open(self, private: ec.EllipticCurvePrivateKey, *, terminal: str) -> list[Entry]:
        """The entries, for the server. Raises `InputError`: journal-sealed (another key, terminal or place, or altered), journal-entry, cbor-*."""
        info = run_info(terminal, self.start)
        try:
            cipher = AESGCM(SUITE.decrypt(self.sealed_key, private, info))
            plain = [cipher.decrypt(_nonce(self.first + index), record, info) for index, record in enumerate(self.records)]
        except (InvalidTag, ValueError):
            raise InputError(faults.JOURNAL_SEALED, first=self.first) from None
        entries = [Entry.from_bytes(data) for data in plain]
        for seq, entry in enumerate(entries, self.first):
            if (entry.terminal, entry.seq) != (terminal, seq):
                raise InputError(faults.JOURNAL_ENTRY, field="terminal or seq", seq=seq)
        return entries


def _nonce(seq: int) -> bytes:
    return seq.to_bytes(12)
