"""The status chain: how our own terminals learn who is stopped, a few hundred bytes at a time (FORMATS section 3, STATUS section 5).

A chain belongs to one region, one list space (phones or chips) and one epoch. Every change makes the next version, `seq`, and each version has a root over
all its shards (`codes.merkle`). Three signed objects speak of versions:

    snapshot    the whole of one version                                         `chain_snapshot`
    delta       what changed from one version to a later one                     `chain_delta`, applied by `chain_apply`
    heartbeat   version `seq` still stands                                       `StatusHeartbeat`

    18([ << { 1: -9, 4: kid, 16: typ } >>, {}, << [region, space, epoch, seq, iat, life, trust, ...] >>, signature 64 ])

Each of them begins with the same seven items, the `StatusHead`, so each is news of the same kind: what the publisher knew, when, until when that may be
followed, and how new a trust role it takes to judge by it. A chain's objects carry no claim names: they are sent all day to every terminal.

How a terminal goes on, whatever the object:

    heartbeat = StatusHeartbeat.from_bytes(data)        # says what it claims; believes nothing
    key = ...                                           # the key of heartbeat.head.region with heartbeat.kid in the trust set, valid at head.iat
    heartbeat.check(key)                                # raises InputError status-signature
    heartbeat.head.trust                                # do not go on with an older role of that region than this
    (head.epoch, head.seq)                              # never falls; what is ahead of ours says that we are behind
    heartbeat.confirms(our_root)                        # only for our own seq: the version that we hold is the publisher's

A higher epoch begins again with a snapshot, at any seq; it is how a region leaves a stolen key or a seq that somebody drove up behind.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from codes import cbor, cose, faults
from codes.claims import REGION_PATTERN, Profile
from codes.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.keys import Signer

TYP_HEARTBEAT = "ecard-heartbeat"
MAX_EPOCH, MAX_SEQ, MAX_TRUST = (1 << 32) - 1, (1 << 53) - 1, (1 << 31) - 1
"""A seq is exact in every programming language, and in JSON."""
LONGEST_LIFE = 31 * 86400
"""Seconds that a version may be followed after it was signed, at most."""
MARK_BYTES = 8
"""Bytes of a root that name a version: enough to tell two apart, not enough to prove one."""
_HEAD_ITEMS = 7


class ListSpace(enum.IntEnum):
    """Whose lists a chain holds. Phones' shards live for days, chips' for years, so a terminal that never sees a chip need not follow both."""

    PHONE = 1
    CHIP = 2

    @classmethod
    def of(cls, profile: Profile) -> ListSpace:
        """The space that a credential's profile belongs to."""
        return cls.CHIP if profile is Profile.CHIP else cls.PHONE


_SPACES = {int(space): space for space in ListSpace}


class StatusHead(NamedTuple):
    """What every object of a chain says of the version it speaks of."""

    region: str
    space: ListSpace
    epoch: int
    seq: int
    iat: int
    """When the publisher signed that this is its newest version, seconds since 1970 UTC: the age of a good answer counts from here."""
    exp: int
    """Until when it may be followed: whoever has nothing newer by then asks elsewhere."""
    trust: int
    """The lowest version of the region's delegated trust role that a terminal must have (FORMATS section 4)."""

    def to_cbor(self) -> list[cbor.Value]:
        """The first items of a payload."""
        return [self.region, int(self.space), self.epoch, self.seq, self.iat, self.exp - self.iat, self.trust]

    @classmethod
    def parse(cls, items: Sequence[cbor.Value]) -> StatusHead:
        """Read the first items of a payload, of which there are enough. Raises `InputError` claim-value."""
        region, numbers = items[0], [item for item in items[1:_HEAD_ITEMS] if type(item) is int]
        if type(region) is not str or not REGION_PATTERN.fullmatch(region):
            raise InputError(faults.CLAIM_VALUE, claim="region")
        if len(numbers) != _HEAD_ITEMS - 1:
            raise InputError(faults.CLAIM_VALUE, claim="head")
        space, epoch, seq, iat, life, trust = numbers
        if space not in _SPACES or not 0 <= epoch <= MAX_EPOCH or not 1 <= seq <= MAX_SEQ:
            raise InputError(faults.CLAIM_VALUE, claim="space, epoch and seq")
        if not 0 <= iat <= MAX_SEQ or not 0 < life <= LONGEST_LIFE or not 1 <= trust <= MAX_TRUST:
            raise InputError(faults.CLAIM_VALUE, claim="iat, life and trust")
        return cls(region, _SPACES[space], epoch, seq, iat, iat + life, trust)


class Signed(NamedTuple):
    """A signed object of a chain, opened: its head read, the items after it not."""

    signed: cose.Sign1
    kid: bytes
    head: StatusHead
    more: Sequence[cbor.Value]


def open_signed(data: bytes, *, typ: str, items: int, limit: int = cbor.MAX_BYTES) -> Signed:
    """Read a signed object of at most `limit` bytes with `items` items after its head.

    Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value.
    """
    signed = cose.Sign1.parse(cbor.decode(data, limit=limit), typ=typ)
    kid = signed.headers.get(cose.KID)
    if type(kid) is not bytes or len(kid) != 8 or len(signed.headers) != 3:
        raise InputError(faults.COSE_HEADER)
    payload = cbor.decode(signed.payload, limit=limit)
    if type(payload) is not list or len(payload) != _HEAD_ITEMS + items:
        raise InputError(faults.CLAIMS_SET)
    return Signed(signed, kid, StatusHead.parse(payload), payload[_HEAD_ITEMS:])


def sign(head: StatusHead, more: Sequence[cbor.Value], *, typ: str, signer: Signer) -> bytes:
    """Sign a head and what follows it. The caller reads it back."""
    return cose.sign1({cose.KID: signer.public_key.kid(), cose.TYP: typ}, cbor.encode([*head.to_cbor(), *more]), signer)


class StatusHeartbeat(NamedTuple):
    """The newest version has not changed, as read. Not yet believed. 8th item: the first 8 bytes of its root."""

    signed: cose.Sign1
    kid: bytes
    head: StatusHead
    mark: bytes

    @property
    def raw(self) -> bytes:
        """The exact encoding, tag included."""
        return self.signed.raw

    @classmethod
    def from_bytes(cls, data: bytes) -> StatusHeartbeat:
        """Read a heartbeat. Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value."""
        signed, kid, head, (mark,) = open_signed(data, typ=TYP_HEARTBEAT, items=1)
        if type(mark) is not bytes or len(mark) != MARK_BYTES:
            raise InputError(faults.CLAIM_VALUE, claim="mark")
        return cls(signed, kid, head, mark)

    def check(self, publisher: ec.EllipticCurvePublicKey) -> None:
        """Return if `publisher` signed exactly these bytes; raise `InputError` status-signature if not."""
        self.signed.check(publisher, otherwise=faults.STATUS_SIGNATURE)

    def confirms(self, root: bytes) -> bool:
        """Whether the version that it speaks of can be the one with this root. Asked only about a held version with the same epoch and seq."""
        return root[:MARK_BYTES] == self.mark

    @classmethod
    def issue(cls, head: StatusHead, root: bytes, signer: Signer) -> StatusHeartbeat:
        """Sign that the version with this root still stands; read back before it is returned. Raises `InputError` for what is outside the format."""
        return cls.from_bytes(sign(head, [root[:MARK_BYTES]], typ=TYP_HEARTBEAT, signer=signer))
