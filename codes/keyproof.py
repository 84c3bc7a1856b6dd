"""Key proofs: a phone proves that it holds a key, for one request and one region, before the key is enrolled or named in a credential.

    18([ << { 1: -9, 16: "ecard-key-proof" >>, {}, << { 3: region, 6: iat, 8: { 1: COSE_Key }, 39: nonce, -65540: purpose } >>, signature 64 ])

The key inside is the key that signs; the nonce is the issuer's, or made of one, and is used once; the purpose keeps a proof for one act from serving another.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from codes import cbor, cose, faults
from codes.claims import AUD, CNF, CNONCE, IAT
from codes.errors import InputError
from codes.keys import CoseKey, Signer

TYP_KEY_PROOF = "ecard-key-proof"
PURPOSE = -65540
NONCE_BYTES = 16


class ProofPurpose(enum.IntEnum):
    """What the proven key is for."""

    ENROLMENT = 1
    HOLDER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProof:
    """A proof that has been checked: this key signed this nonce for this region and purpose."""

    region: str
    purpose: ProofPurpose
    key: CoseKey
    nonce: bytes
    iat: int
    """The phone's own time; a wrong phone clock does not matter, the nonce makes it fresh."""

    @classmethod
    def make(cls, signer: Signer, *, region: str, purpose: ProofPurpose, nonce: bytes, iat: int) -> bytes:
        """What the phone sends."""
        claims: dict[int | str, cbor.Value] = {
            AUD: region,
            IAT: iat,
            CNF: {1: signer.public_key.to_cbor()},
            CNONCE: nonce,
            PURPOSE: int(purpose),
        }
        return cose.sign1({cose.TYP: TYP_KEY_PROOF}, cbor.encode(claims), signer)

    @classmethod
    def check(cls, data: bytes, *, region: str, purpose: ProofPurpose, nonce: bytes) -> KeyProof:
        """Read and verify a proof made for exactly this region, purpose and nonce.

        Raises `InputError`: cbor-*, cose-*, signature-*, key-shape, key-point, claims-set, claim-value, key-proof (another region, purpose or
        nonce, or a signature by another key).
        """
        signed = cose.Sign1.parse(cbor.decode(data), typ=TYP_KEY_PROOF)
        if len(signed.headers) != 2:
            raise InputError(faults.COSE_HEADER)
        claims = cbor.decode(signed.payload)
        if type(claims) is not dict or claims.keys() != {AUD, IAT, CNF, CNONCE, PURPOSE}:
            raise InputError(faults.CLAIMS_SET)
        cnf, iat = claims[CNF], claims[IAT]
        if type(cnf) is not dict or cnf.keys() != {1} or type(iat) is not int or iat < 0:
            raise InputError(faults.CLAIM_VALUE, claim="cnf and iat")
        key = CoseKey.parse(cnf[1])
        for wrong, found, wanted in (("region", claims[AUD], region), ("purpose", claims[PURPOSE], int(purpose)), ("nonce", claims[CNONCE], nonce)):
            if type(found) is not type(wanted) or found != wanted:
                raise InputError(faults.KEY_PROOF, wrong=wrong)
        signed.check(key.load(), otherwise=faults.KEY_PROOF)
        return cls(region=region, purpose=purpose, key=key, nonce=nonce, iat=iat)
