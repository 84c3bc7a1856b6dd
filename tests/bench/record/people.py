"""People who do not exist, each from a number alone: references, keys, documents. The same number is the same person again, so nothing need be kept."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from codes.keys import ORDER, SoftwareSigner
from ecard import card_number, identity
from ecard.vault import Person
from tests.ecard.city import CQ, SC

if TYPE_CHECKING:
    from codes.claims import Region

_DISTRICTS = {CQ: "500101", SC: "510104"}
_ORDERS, _DAYS = 998, 25_000
_SURNAMES = "江林柳梅竹云溪石桥岩渡舟帆杉松柏苇荷桂棠"
_GIVEN = "小大初晚晴雨雪霜月星山川田园春夏秋冬鱼鹤"
_EPOCH = date(1935, 1, 1).toordinal()


def draw(number: int, label: str, size: int = 32) -> bytes:
    """Random-looking bytes of this person; at most 64."""
    return hashlib.blake2b(number.to_bytes(8), digest_size=size, person=label.encode()).digest()


def ref(number: int, label: str) -> str:
    """A reference of the record's form."""
    return draw(number, label, 16).hex()


def signer(number: int, label: str) -> SoftwareSigner:
    """The key of a chip or a phone of this person."""
    return SoftwareSigner.from_scalar(int.from_bytes(draw(number, label)) % (ORDER - 1) + 1)


def point(number: int, label: str) -> tuple[bytes, bool, bytes]:
    """The public half of `signer`: x coordinate, whether y is odd, thumbprint."""
    scalar = int.from_bytes(draw(number, label)) % (ORDER - 1) + 1
    both = ec.derive_private_key(scalar, ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    x, y = both[1:33], both[33:]
    return x, bool(y[-1] & 1), hashlib.sha256(b"\xa4\x01\x02\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y).digest()


def number_of_card(number: int, letter: str) -> str:
    """A card number; a permutation of the numbers that there are, so that no two cards have one."""
    left = (number * 15_485_863_103 + 7_919) % 31**7
    body = letter
    for _ in range(7):
        left, value = divmod(left, 31)
        body += card_number.ALPHABET[value]
    return body + card_number.check_character(body)


def code_of_chip(number: int, division: str) -> bytes:
    """A card identification code, never twice."""
    digits = (number * 6_364_136_223_846_793_003 + 1_442_695_040_888_963) % 10**16
    return bytes.fromhex(division) + card_number.PROVIDER + bytes.fromhex(f"{digits:016}")


def sub(number: int, which: int) -> bytes:
    """Six bytes that name one credential, never twice."""
    return (((number * 8 + which) * 184_467_440_737_095 + 98_765_432_123_457) % 2**48).to_bytes(6)


def place(position: int) -> int:
    """A place in a status list of 2**20 entries: positions in a row lie far apart."""
    return position * 726_365 + 12_345 & (1 << 20) - 1


def person(number: int, region: Region) -> Person:
    """Who it is, with a right check character; clearly nobody."""
    order, day = divmod((number * 15_485_867 + 32_452_843) % (_ORDERS * _DAYS), _DAYS)
    born = date.fromordinal(_EPOCH + day).strftime("%Y%m%d")
    body = f"{_DISTRICTS[region]}{born}{order + 1:03}"
    given = _GIVEN[number // 20 % 20] + (_GIVEN[number // 400 % 20] if number % 3 else "")
    document = identity.Identity(identity.IdentityType.RESIDENT_ID, body + identity.check_character(body))
    return Person(identity=document, name=identity.PersonName(_SURNAMES[number % 20] + given))
