"""One signed object of a chain on its way to terminals: which chain, which version, and how it is written into an event stream."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import NamedTuple, Self

from codes.chain import MAX_EPOCH, MAX_SEQ, TYP_HEARTBEAT, ListSpace, StatusHead, open_signed
from codes.chain_delta import TYP_DELTA
from codes.claims import REGION_PATTERN
from codes.errors import InputError

MAX_PUSHED = 64 * 1024
"""Bytes of an object that is sent into streams. A larger one is announced by the head after it, and fetched where caches are."""

NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
"""The one spelling of a number in an address."""
SPACES = {space.name.lower(): space for space in ListSpace}
_ITEMS = {TYP_HEARTBEAT: 1, TYP_DELTA: 6}


class ChainName(NamedTuple):
    """One chain: of a region, for phones or chips. "CN-CQ/phone" on the wire."""

    region: str
    space: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The chain that is called so; None if none can be."""
        region, _, space = text.partition("/")
        return cls(region, space) if REGION_PATTERN.fullmatch(region) and space in SPACES else None

    def __str__(self) -> str:
        """As on the wire."""
        return f"{self.region}/{self.space}"


class Version(NamedTuple):
    """A version of a chain; versions are in order. "1.345" on the wire."""

    epoch: int
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The version that is written so; None if none is."""
        epoch, _, seq = text.partition(".")
        if not NUMBER.fullmatch(epoch) or not NUMBER.fullmatch(seq):
            return None
        version = cls(int(epoch), int(seq))
        return version if version.epoch <= MAX_EPOCH and 1 <= version.seq <= MAX_SEQ else None

    def __str__(self) -> str:
        """As on the wire."""
        return f"{self.epoch}.{self.seq}"


class Position(NamedTuple):
    """How far somebody has followed a chain; without a version, not at all yet. "CN-CQ/phone/1.345" or "CN-CQ/phone" on the wire."""

    chain: ChainName
    version: Version | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The position that is written so; None if none is."""
        region, _, rest = text.partition("/")
        space, slash, told = rest.partition("/")
        chain, version = ChainName.parse(f"{region}/{space}"), Version.parse(told)
        if chain is None or (slash and version is None):
            return None
        return cls(chain, version)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One signed object, opened as far as is needed to send it on. Not believed: whoever receives it checks it."""

    chain: ChainName
    version: Version
    """Of a delta, the version it leads to."""
    iat: int
    trust: int
    """The lowest version of the region's documents that a terminal must have."""
    content: bytes
    event: bytes
    """The event as it is written into a stream."""

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Open a delta or a heartbeat. Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value."""
        head = _head(content)
        chain, version = ChainName(head.region, head.space.name.lower()), Version(head.epoch, head.seq)
        event = b"id: %s/%s\ndata: %s\n\n" % (str(chain).encode(), str(version).encode(), base64.b64encode(content))
        return cls(chain=chain, version=version, iat=head.iat, trust=head.trust, content=content, event=event)

    @property
    def order(self) -> tuple[Version, int]:
        """News of one chain are in order by this: a later version, or the same one said again later."""
        return self.version, self.iat


def _head(content: bytes) -> StatusHead:
    try:
        return open_signed(content, typ=TYP_HEARTBEAT, items=_ITEMS[TYP_HEARTBEAT]).head
    except InputError:  # then it is a delta, or nothing of ours
        return open_signed(content, typ=TYP_DELTA, items=_ITEMS[TYP_DELTA], limit=MAX_PUSHED).head
