"""Claim numbers, profiles and the small vocabularies that credential, code and status share (FORMATS section 1)."""

from __future__ import annotations

import enum
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from codes import faults
from codes.errors import InputError

if TYPE_CHECKING:
    from codes import cbor

ISS, SUB, AUD, EXP, IAT, CNF, CNONCE, STATUS = 1, 2, 3, 4, 6, 8, 39, 65535
"""CWT claims (RFC 8392), confirmation (RFC 8747), client nonce (RFC 9711), status (IETF Token Status List)."""
CARD, NAME, TAIL = -65537, -65538, -65539
"""Private claims: [chip_tag, max_age, profile, fare]; masked name; last four characters of the identity number."""

HOUR = 3600

Region = str
"""ISO 3166-2 code of an issuing region: "CN-CQ" or "CN-SC"; others may join."""

REGION_PATTERN = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
SUB_PATTERN = re.compile(r"[A-Za-z0-9_-]{8}")
URI_PATTERN = re.compile(r"sl:([a-z])(0|[1-9a-z][0-9a-z]{0,3})")


class Profile(enum.IntEnum):
    """What a credential is for."""

    GENERAL = 1
    IDENTITY = 2
    CHIP = 3
    DELEGATE = 4


class Audience(enum.StrEnum):
    """The audience class that a code names."""

    GENERAL = "general"
    IDENTITY = "identity"


class StatusType(enum.IntEnum):
    """The two-bit status values (Token Status List section 7; 3 is application specific: frozen by the authority)."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2
    FROZEN = 3


class StatusRef(NamedTuple):
    """Where a credential's status stands: one index of one list. Never used twice."""

    uri: str
    idx: int

    def to_cbor(self) -> dict[int | str, cbor.Value]:
        """The status claim that `parse` reads."""
        return {"status_list": {"idx": self.idx, "uri": self.uri}}

    @classmethod
    def parse(cls, value: cbor.Value) -> StatusRef:
        """Read `{"status_list": {"idx": uint, "uri": "sl:c4k2"}}`: exactly this. Raises `InputError` claims-set or claim-value."""
        if type(value) is not dict or len(value) != 1 or type(entry := value.get("status_list")) is not dict or len(entry) != 2:
            raise InputError(faults.CLAIMS_SET, claim="status")
        idx, uri = entry.get("idx"), entry.get("uri")
        if type(idx) is not int or type(uri) is not str or idx < 0:
            raise InputError(faults.CLAIM_VALUE, claim="status")
        parse_uri(uri)
        return cls(uri, idx)


@lru_cache(maxsize=256)
def is_region(iss: str) -> bool:
    """Whether `iss` has the form of an ISO 3166-2 code."""
    return REGION_PATTERN.fullmatch(iss) is not None


def shard_uri(letter: str, shard: int) -> str:
    """The list uri of a region's shard number: "sl:" + region letter + number in base 36, 1 to 4 digits."""
    if not 0 <= shard < 36**4:
        msg = f"shard number {shard} does not fit in four base-36 digits"
        raise ValueError(msg)
    digits = ""
    while True:
        shard, digit = divmod(shard, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        if not shard:
            return f"sl:{letter}{digits}"


@lru_cache(maxsize=4096)
def parse_uri(uri: str) -> tuple[str, int]:
    """Region letter and shard number of a list uri. Raises `InputError` claim-value; a shard has one name, so no leading zeros."""
    match = URI_PATTERN.fullmatch(uri)
    if match is None:
        raise InputError(faults.CLAIM_VALUE, claim="uri")
    return match[1], int(match[2], 36)
