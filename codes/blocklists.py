"""Lists of scripts made beforehand, for desks without a line: signed, keyed by blinded ids, and out of date in days (CHIP "Decisions after review").

    18([ << { 1: -9, 4: kid, 16: "ecard-chip-blocks" } >>, {},
         << { 1: region, 4: exp, 6: iat, -65560: [salt, entries] } >>, signature 64 ])

    entries      blinded id 16 ‖ script 28, one after the other, in the order of the ids
    blinded id   HMAC-SHA-256(salt, "ecard-chip-block" ‖ card identification code ‖ thumbprint of the chip's key), first 16 bytes

A list names only chips that were stopped lately, each with one script of `codes.scripts` that suspends or freezes it. Whoever holds the chip finds its entry;
whoever holds the list alone learns how many there are.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, NamedTuple

from codes import cbor, cose, faults
from codes.claims import EXP, IAT, ISS, REGION_PATTERN
from codes.errors import InputError
from codes.scripts import SCRIPT_BYTES, Script

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.keys import Signer

TYP_BLOCKS = "ecard-chip-blocks"
BLOCKS = -65560
"""Private claim: [salt, entries]."""
SALT_BYTES, BLINDED_BYTES = 16, 16
LONGEST_LIFE = 7 * 24 * 3600
"""Seconds that a list may live."""
MOST_BLOCKS = 20_000
_ENTRY = BLINDED_BYTES + SCRIPT_BYTES
_LIMIT = MOST_BLOCKS * _ENTRY + 1024
_DOMAIN = b"ecard-chip-block"


class BlockList(NamedTuple):
    """A list as read. Not yet believed."""

    signed: cose.Sign1
    kid: bytes
    region: str
    iat: int
    exp: int
    salt: bytes
    blocks: Mapping[bytes, bytes]

    @property
    def raw(self) -> bytes:
        """The exact encoding, tag included."""
        return self.signed.raw

    def script_for(self, card_id: bytes, thumbprint: bytes) -> bytes | None:
        """The script for this chip; None when it is not on the list."""
        return self.blocks.get(blinded(self.salt, card_id, thumbprint))

    def check(self, key: ec.EllipticCurvePublicKey) -> None:
        """Return if this key signed exactly these bytes; raise `InputError` block-list-signature if not."""
        self.signed.check(key, otherwise=faults.BLOCK_LIST_SIGNATURE)

    @classmethod
    def from_bytes(cls, data: bytes) -> BlockList:
        """Read a list. Raises `InputError`: cbor-*, cose-*, claims-set, claim-value, and script-* for an entry that is no script made beforehand."""
        signed = cose.Sign1.parse(cbor.decode(data, limit=_LIMIT), typ=TYP_BLOCKS)
        kid = signed.headers.get(cose.KID)
        if type(kid) is not bytes or len(kid) != 8 or len(signed.headers) != 3:
            raise InputError(faults.COSE_HEADER)
        claims = cbor.decode(signed.payload, limit=_LIMIT)
        if type(claims) is not dict or claims.keys() != {ISS, EXP, IAT, BLOCKS}:
            raise InputError(faults.CLAIMS_SET)
        region, exp, iat, found = claims[ISS], claims[EXP], claims[IAT], claims[BLOCKS]
        if type(region) is not str or not REGION_PATTERN.fullmatch(region):
            raise InputError(faults.CLAIM_VALUE, claim="iss")
        if type(iat) is not int or type(exp) is not int or not 0 <= iat < exp <= iat + LONGEST_LIFE:
            raise InputError(faults.CLAIM_VALUE, claim="iat and exp")
        if type(found) is not list or len(found) != 2:
            raise InputError(faults.CLAIM_VALUE, claim="blocks")
        salt, entries = found
        if type(salt) is not bytes or len(salt) != SALT_BYTES or type(entries) is not bytes:
            raise InputError(faults.CLAIM_VALUE, claim="salt and entries")
        return cls(signed, kid, region, iat, exp, salt, _read(entries))

    @classmethod
    def issue(cls, region: str, blocks: Mapping[bytes, bytes], signer: Signer, *, salt: bytes, iat: int, exp: int) -> BlockList:
        """Sign a list; read back before it is returned. Raises `InputError` for what is outside the format."""
        listed: list[cbor.Value] = [salt, b"".join(name + blocks[name] for name in sorted(blocks))]
        claims: dict[int | str, cbor.Value] = {ISS: region, EXP: exp, IAT: iat, BLOCKS: listed}
        return cls.from_bytes(cose.sign1({cose.KID: signer.public_key.kid(), cose.TYP: TYP_BLOCKS}, cbor.encode(claims), signer))


def blinded(salt: bytes, card_id: bytes, thumbprint: bytes) -> bytes:
    """The name of a chip in the list with this salt."""
    return hmac.digest(salt, _DOMAIN + card_id + thumbprint, "sha256")[:BLINDED_BYTES]


def _read(entries: bytes) -> dict[bytes, bytes]:
    blocks: dict[bytes, bytes] = {}
    last = b""
    if len(entries) % _ENTRY:
        raise InputError(faults.CLAIM_VALUE, claim="entries")
    for at in range(0, len(entries), _ENTRY):
        name, script = entries[at : at + BLINDED_BYTES], entries[at + BLINDED_BYTES : at + _ENTRY]
        if name <= last or Script.parse(script).live:
            raise InputError(faults.CLAIM_VALUE, claim="entry")
        blocks[name] = script
        last = name
    return blocks
