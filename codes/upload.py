r"""What a terminal sends of its journal: sealed records without a gap, under one signed head (threats C09, C13, C14).

    head      18([ << { 1: -9, 4: kid, 16: "ecard-journal" } >>, {}, << { 6: iat, -65550: [terminal, seq, link, dropped] } >>, signature 64 ])
    upload    "SCJU1" ‖ u16 ‖ head ‖ runs;   run = u64 start ‖ u64 first seq ‖ u16 ‖ sealed key ‖ u16 count ‖ count x (u16 ‖ record)

The head signs the link after its last record (`codes.journal`), so whoever knows the link before the first can tell that nothing is missing between.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from codes import cbor, cose, faults
from codes.claims import IAT
from codes.errors import InputError
from codes.journal import MAX_COUNT, MAX_RECORD, MAX_RUN, NAME_BYTES, SEALED_KEY, TYP_JOURNAL, Run, next_link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.keys import Signer

HEAD = -65550
"""Private claim: [terminal, seq, link, dropped]."""
MAX_UPLOAD = 1 << 20
"""Bytes of one upload."""

_MAGIC = b"SCJU1"
_PLACE, _SHORT = struct.Struct(">QQ"), struct.Struct(">H")


class JournalHead(NamedTuple):
    """What a terminal signs of its journal."""

    iat: int
    terminal: str
    seq: int
    """Of the newest record under this head."""
    link: bytes
    dropped: int
    """Verdicts that were given and could not be written, since the terminal was made."""


class SignedHead(NamedTuple):
    """A head as read. Not yet believed."""

    signed: cose.Sign1
    kid: bytes
    says: JournalHead

    @property
    def raw(self) -> bytes:
        """The exact encoding, tag included."""
        return self.signed.raw

    @classmethod
    def from_bytes(cls, data: bytes) -> SignedHead:
        """Read a head. Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value."""
        signed = cose.Sign1.parse(cbor.decode(data), typ=TYP_JOURNAL)
        kid = signed.headers.get(cose.KID)
        if type(kid) is not bytes or len(kid) != 8 or len(signed.headers) != 3:
            raise InputError(faults.COSE_HEADER)
        return cls(signed, kid, _head(cbor.decode(signed.payload)))

    @classmethod
    def issue(cls, says: JournalHead, signer: Signer) -> SignedHead:
        """Sign a head; read back before it is returned. Raises `InputError` for what is outside the format."""
        claims: dict[int | str, cbor.Value] = {IAT: says.iat, HEAD: [says.terminal, says.seq, says.link, says.dropped]}
        return cls.from_bytes(cose.sign1({cose.KID: signer.public_key.kid(), cose.TYP: TYP_JOURNAL}, cbor.encode(claims), signer))

    def check(self, terminal: ec.EllipticCurvePublicKey) -> None:
        """Return if the terminal's key signed exactly these bytes; raise `InputError` journal-signature if not."""
        self.signed.check(terminal, otherwise=faults.JOURNAL_SIGNATURE)


def _head(claims: cbor.Value) -> JournalHead:
    if type(claims) is not dict or claims.keys() != {IAT, HEAD}:
        raise InputError(faults.CLAIMS_SET)
    iat, head = claims[IAT], claims[HEAD]
    if type(iat) is not int or not 0 <= iat <= MAX_COUNT or type(head) is not list or len(head) != 4:
        raise InputError(faults.CLAIM_VALUE, claim="iat or head")
    terminal, seq, link, dropped = head
    if type(terminal) is not str or not NAME_BYTES[0] <= len(terminal) <= NAME_BYTES[1] or type(link) is not bytes or len(link) != 32:
        raise InputError(faults.CLAIM_VALUE, claim="terminal or link")
    if type(seq) is not int or type(dropped) is not int or min(seq, dropped) < 0 or max(seq, dropped) > MAX_COUNT:
        raise InputError(faults.CLAIM_VALUE, claim="seq or dropped")
    return JournalHead(iat, terminal, seq, link, dropped)


class Upload(NamedTuple):
    """A stretch of one terminal's journal without a gap, under one signed head."""

    head: SignedHead
    runs: Sequence[Run]

    @property
    def first(self) -> int:
        """Seq of the first record; one beyond the head when there is none."""
        return self.runs[0].first if self.runs else self.head.says.seq + 1

    def follows(self, seq: int, link: bytes) -> bool:
        """Whether the head is what comes after `link`, the link of record `seq`, by the records here beyond it. False also when there is a gap between."""
        if self.first > seq + 1 or self.head.says.seq < seq:
            return False
        for run in self.runs:
            for number, record in enumerate(run.records, run.first):
                if number > seq:
                    link = next_link(link, record)
        return link == self.head.says.link

    def to_bytes(self) -> bytes:
        """The body of a request. Raises `InputError` journal-upload for what is outside the format."""
        parts = [_MAGIC, _SHORT.pack(len(self.head.raw)), self.head.raw]
        for run in self.runs:
            parts += [_PLACE.pack(run.start, run.first), _SHORT.pack(len(run.sealed_key)), run.sealed_key, _SHORT.pack(len(run.records))]
            parts += [part for record in run.records for part in (_SHORT.pack(len(record)), record)]
        data = b"".join(parts)
        Upload.from_bytes(data)
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> Upload:
        """Read a body. Raises `InputError`: journal-upload (shape, sizes, a gap between runs or before the head), and what `SignedHead.from_bytes` raises."""
        if len(data) > MAX_UPLOAD:
            raise InputError(faults.JOURNAL_UPLOAD, wrong="size", size=len(data), limit=MAX_UPLOAD)
        reader = _Reader(data)
        if reader.take(len(_MAGIC)) != _MAGIC:
            raise InputError(faults.JOURNAL_UPLOAD, wrong="not an upload")
        head = SignedHead.from_bytes(reader.counted())
        runs = []
        while not reader.at_end():
            start, first = _PLACE.unpack(reader.take(_PLACE.size))
            sealed_key = reader.counted()
            count = reader.short()
            if len(sealed_key) != SEALED_KEY or not 1 <= count <= MAX_RUN or not 1 <= start <= first < start + MAX_RUN:
                raise InputError(faults.JOURNAL_UPLOAD, wrong="run")
            records = [reader.counted() for _ in range(count)]
            if max(map(len, records)) > MAX_RECORD:
                raise InputError(faults.JOURNAL_UPLOAD, wrong="record", limit=MAX_RECORD)
            runs.append(Run(start, first, sealed_key, records))
        if runs and runs[-1].last != head.says.seq:
            raise InputError(faults.JOURNAL_UPLOAD, wrong="not up to the head")
        if any(run.last + 1 != after.first for run, after in pairwise(runs)):
            raise InputError(faults.JOURNAL_UPLOAD, wrong="a gap between runs")
        return cls(head, runs)


class _Reader:
    """Bytes taken from the front; too few are `InputError` journal-upload."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        part = self._data[self._at : self._at + count]
        if len(part) != count:
            raise InputError(faults.JOURNAL_UPLOAD, wrong="cut short", size=len(self._data))
        self._at += count
        return part

    def short(self) -> int:
        return int(_SHORT.unpack(self.take(_SHORT.size))[0])

    def counted(self) -> bytes:
        return self.take(self.short())

    def at_end(self) -> bool:
        return self._at == len(self._data)
