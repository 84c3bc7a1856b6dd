"""IETF Token Status List, CWT form, two bits an entry (draft-ietf-oauth-status-list, FORMATS section 3).

A `StatusList` is the plain array: entry 0 in the lowest bits of the first byte. A `StatusListToken` is its signed, compressed, published form. Any
conforming reader can use ours; ours reads nothing but this profile of it.

`exp` and `ttl` are for third-party readers, who have nothing else to go by. Our terminals judge a list by its `iat` and the staleness budget of their scene:
a list past its `exp` is still believed when it says no, and when it says yes for as long as the scene's signed rule allows.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes import cbor, cose, faults
from codes.claims import EXP, IAT, SUB, URI_PATTERN, StatusType
from codes.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.keys import Signer
    from codes.rice import Packed

TYP_STATUS_LIST = "application/statuslist+cwt"
TTL, STATUS_LIST = 65534, 65533
SHARD_CAPACITY = 1 << 20
"""Entries of the largest shard."""
BITS = 2
_PER_BYTE = 4
_TYPES = tuple(StatusType(value) for value in range(4))
MAX_TOKEN_BYTES = SHARD_CAPACITY // _PER_BYTE + 1024
"""A token is never longer than its list uncompressed and an envelope."""


class StatusList:
    """One shard: `size` entries of two bits, least significant bits first. `size` is a multiple of 4."""

    __slots__ = ("_packed", "_size")

    def __init__(self, packed: Packed) -> None:
        self._packed = packed
        self._size = len(packed) * _PER_BYTE

    @classmethod
    def of_size(cls, size: int) -> StatusList:
        """A list of `size` entries, all VALID."""
        if size % _PER_BYTE or not 0 < size <= SHARD_CAPACITY:
            msg = f"a shard has a multiple of {_PER_BYTE} entries, at most {SHARD_CAPACITY}; not {size}"
            raise ValueError(msg)
        return cls(bytearray(size // _PER_BYTE))

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, idx: int) -> StatusType:
        """The status at `idx`. Raises `InputError` status-index outside the list."""
        if not 0 <= idx < self._size:
            raise InputError(faults.STATUS_INDEX, idx=idx, size=self._size)
        return _TYPES[self._packed[idx >> 2] >> 2 * (idx & 3) & 3]

    def with_values(self, values: Iterable[tuple[int, StatusType]]) -> StatusList:
        """A copy in which each (index, status) is set. Raises `InputError` status-index outside the list."""
        packed = bytearray(self._packed)
        for idx, status in values:
            if not 0 <= idx < len(self):
                raise InputError(faults.STATUS_INDEX, idx=idx, size=len(self))
            shift = 2 * (idx & 3)
            packed[idx >> 2] = packed[idx >> 2] & ~(3 << shift) | status << shift
        return StatusList(bytes(packed))

    def to_bytes(self) -> bytes:
        """The packed array."""
        return bytes(self._packed)


def compress(packed: bytes) -> bytes:
    """The `lst` value of a packed array: DEFLATE in the zlib format, highest level (section 4.1 of the draft)."""
    return zlib.compress(packed, 9)


def inflate(lst: bytes, *, limit: int) -> bytes:
    """The packed array behind a `lst` value, at most `limit` bytes.

    Raises `InputError` status-list: a broken, truncated or over-long stream, a preset dictionary, or bytes after its end. Never allocates more
    than `limit` and a little.
    """
    stream = zlib.decompressobj()
    try:
        packed = stream.decompress(lst, limit + 1)
    except zlib.error:
        raise InputError(faults.STATUS_LIST, wrong="stream") from None
    if len(packed) > limit or not stream.eof:
        raise InputError(faults.STATUS_LIST, wrong="length", limit=limit)
    if stream.unused_data:
        raise InputError(faults.STATUS_LIST, wrong="trailing")
    return packed


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusListToken:
    """A published shard as read: exact bytes, who should have signed it, what it says. Not yet believed."""

    signed: cose.Sign1
    kid: bytes
    uri: str
    iat: int
    exp: int
    ttl: int
    """Seconds after which a reader should fetch again."""
    lst: bytes

    @property
    def raw(self) -> bytes:
        """The exact encoding, tag included."""
        return self.signed.raw

    @classmethod
    def from_bytes(cls, data: bytes) -> StatusListToken:
        """Read a token. Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value."""
        signed = cose.Sign1.parse(cbor.decode(data, limit=MAX_TOKEN_BYTES), typ=TYP_STATUS_LIST)
        kid = signed.headers.get(cose.KID)
        if type(kid) is not bytes or len(kid) != 8 or len(signed.headers) != 3:
            raise InputError(faults.COSE_HEADER)
        claims = cbor.decode(signed.payload, limit=MAX_TOKEN_BYTES)
        if type(claims) is not dict or claims.keys() != {SUB, IAT, EXP, TTL, STATUS_LIST}:
            raise InputError(faults.CLAIMS_SET)
        uri, iat, exp, ttl, listing = (claims[claim] for claim in (SUB, IAT, EXP, TTL, STATUS_LIST))
        if type(uri) is not str or not URI_PATTERN.fullmatch(uri):
            raise InputError(faults.CLAIM_VALUE, claim="sub")
        if type(iat) is not int or type(exp) is not int or type(ttl) is not int or not 0 <= iat < exp or ttl <= 0:
            raise InputError(faults.CLAIM_VALUE, claim="iat, exp and ttl")
        if type(listing) is not dict or listing.keys() != {"bits", "lst"} or listing["bits"] != BITS or type(lst := listing["lst"]) is not bytes:
            raise InputError(faults.CLAIM_VALUE, claim="status_list")
        return cls(signed=signed, kid=kid, uri=uri, iat=iat, exp=exp, ttl=ttl, lst=lst)

    def check(self, publisher: ec.EllipticCurvePublicKey) -> None:
        """Return if `publisher` signed exactly these bytes; raise `InputError` status-signature if not."""
        self.signed.check(publisher, otherwise=faults.STATUS_SIGNATURE)

    def list(self) -> StatusList:
        """The shard itself. Raises `InputError` status-list."""
        packed = inflate(self.lst, limit=SHARD_CAPACITY // _PER_BYTE)
        if not packed:
            raise InputError(faults.STATUS_LIST, wrong="empty")
        return StatusList(packed)

    @classmethod
    def issue(cls, uri: str, statuses: StatusList, signer: Signer, *, iat: int, exp: int, ttl: int) -> StatusListToken:
        """Sign and publish-ready encode one shard; read back before it is returned."""
        claims: dict[int | str, cbor.Value] = {
            SUB: uri,
            IAT: iat,
            EXP: exp,
            TTL: ttl,
            STATUS_LIST: {"bits": BITS, "lst": compress(statuses.to_bytes())},
        }
        return cls.from_bytes(cose.sign1({cose.KID: signer.public_key.kid(), cose.TYP: TYP_STATUS_LIST}, cbor.encode(claims), signer))
