"""Receipts: what the record acknowledges, signed, so that the holder can show later what was done and when the record knew (ZS-17c).

    18([ << { 1: -9, 4: kid, 16: "ecard-receipt" } >>, {},
         << { 1: region, 2: number, 6: effective, -65541: [command, card, articles, stopped, event] } >>, signature 64 ])

Anyone with the region's receipt key checks a receipt without a network. `event` is the hash that closes the link in the card's chain, and `number` is its
beginning: so a receipt in the holder's hand also proves that a link was there, should the record ever lack it. No name, no identity number and no whole
card number has a place in it.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, NamedTuple

from codes import cbor, cose, faults
from codes.claims import IAT, ISS, SUB, StatusType, is_region
from codes.errors import InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.keys import Signer

TYP_RECEIPT = "ecard-receipt"
DONE = -65541
"""Private claim: [command, card, articles, stopped, event]."""
EVENT_BYTES = 32
MAX_STOPPED = 32
CARRIERS = ("chip", "phone", "paper")

_NUMBER_BYTES = 10
_COMMAND = re.compile(r"[a-z]+(-[a-z]+){0,4}")
_CARD = re.compile(r"[A-Z]\*{5}[0-9A-Z]{3}")
_ARTICLE = re.compile(r"[A-Z]{2}-[0-9A-Za-z()/-]{1,12}")
_STOPPED = {int(status): status for status in StatusType if status is not StatusType.VALID}


class StoppedCarrier(NamedTuple):
    """One carrier that does not work from the effective time on, and how it stands."""

    carrier: str
    """"chip", "phone" or "paper"."""
    status: StatusType


class Says(NamedTuple):
    """What a receipt says."""

    region: str
    effective: int
    """When the record knew, whole seconds since 1970 UTC."""
    command: str
    card: str
    """Masked card number: first character and last three."""
    articles: tuple[str, ...]
    stopped: tuple[StoppedCarrier, ...]
    event: bytes
    """Hash of the link in the card's chain, 32 bytes."""

    @property
    def number(self) -> str:
        """The receipt's number, as it is read out on the telephone: 16 characters."""
        return receipt_number(self.event)


class Receipt(NamedTuple):
    """A receipt as read: exact bytes and what they say. Not yet believed."""

    signed: cose.Sign1
    kid: bytes
    says: Says

    @property
    def raw(self) -> bytes:
        """The exact encoding, tag included."""
        return self.signed.raw

    @classmethod
    def from_bytes(cls, data: bytes) -> Receipt:
        """Read a receipt. Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value."""
        signed = cose.Sign1.parse(cbor.decode(data), typ=TYP_RECEIPT)
        kid = signed.headers.get(cose.KID)
        if type(kid) is not bytes or len(kid) != 8 or len(signed.headers) != 3:
            raise InputError(faults.COSE_HEADER)
        return cls(signed, kid, _says(cbor.decode(signed.payload)))

    def check(self, region: ec.EllipticCurvePublicKey) -> None:
        """Return if the region's receipt key signed exactly these bytes; raise `InputError` receipt-signature if not."""
        self.signed.check(region, otherwise=faults.RECEIPT_SIGNATURE)

    @classmethod
    def issue(cls, says: Says, signer: Signer) -> Receipt:
        """Sign a receipt; read back before it is returned. Raises `InputError` for what is outside the format."""
        claims: dict[int | str, cbor.Value] = {
            ISS: says.region,
            SUB: says.number,
            IAT: says.effective,
            DONE: [says.command, says.card, list(says.articles), [[item.carrier, int(item.status)] for item in says.stopped], says.event],
        }
        return cls.from_bytes(cose.sign1({cose.KID: signer.public_key.kid(), cose.TYP: TYP_RECEIPT}, cbor.encode(claims), signer))


def receipt_number(event: bytes) -> str:
    """The number that belongs to a link of a chain: base32 of its first 10 bytes."""
    return base64.b32encode(event[:_NUMBER_BYTES]).decode("ascii")


def mask_card_number(number: str) -> str:
    """A card number as receipts show it: C*****7K2."""
    return f"{number[0]}*****{number[-3:]}"


def _says(claims: cbor.Value) -> Says:
    if type(claims) is not dict or claims.keys() != {ISS, SUB, IAT, DONE}:
        raise InputError(faults.CLAIMS_SET)
    region, number, effective, done = claims[ISS], claims[SUB], claims[IAT], claims[DONE]
    if type(region) is not str or not is_region(region):
        raise InputError(faults.CLAIM_VALUE, claim="iss")
    if type(effective) is not int or effective < 0:
        raise InputError(faults.CLAIM_VALUE, claim="iat")
    if type(done) is not list or len(done) != 5:
        raise InputError(faults.CLAIM_VALUE, claim="done")
    command, card, articles, stopped, event = done
    if type(command) is not str or not _COMMAND.fullmatch(command):
        raise InputError(faults.CLAIM_VALUE, claim="command")
    if type(card) is not str or not _CARD.fullmatch(card):
        raise InputError(faults.CLAIM_VALUE, claim="card")
    if type(event) is not bytes or len(event) != EVENT_BYTES or number != receipt_number(event):
        raise InputError(faults.CLAIM_VALUE, claim="event and number")
    return Says(region=region, effective=effective, command=command, card=card, articles=_articles(articles), stopped=_stopped(stopped), event=event)


def _articles(value: cbor.Value) -> tuple[str, ...]:
    if type(value) is not list or not value:
        raise InputError(faults.CLAIM_VALUE, claim="articles")
    articles = [article for article in value if type(article) is str and _ARTICLE.fullmatch(article)]
    if len(articles) != len(value):
        raise InputError(faults.CLAIM_VALUE, claim="articles")
    return tuple(articles)


def _stopped(value: cbor.Value) -> tuple[StoppedCarrier, ...]:
    if type(value) is not list or len(value) > MAX_STOPPED:
        raise InputError(faults.CLAIM_VALUE, claim="stopped")
    stopped = []
    for item in value:
        if type(item) is not list or len(item) != 2:
            raise InputError(faults.CLAIM_VALUE, claim="stopped")
        carrier, status = item
        if type(carrier) is not str or carrier not in CARRIERS or type(status) is not int or status not in _STOPPED:
            raise InputError(faults.CLAIM_VALUE, claim="stopped")
        stopped.append(StoppedCarrier(carrier, _STOPPED[status]))
    return tuple(stopped)
