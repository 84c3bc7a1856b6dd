"""How far a terminal has been with each chain, in a file beside the chains' own folder: what has been held does not become older because files go.

    chain.seen      {"CN-CQ/phone": [epoch, seq, iat, "kid"]}

It is nobody's signature, and only ever says no: a version below it is not judged by until one at least as new has come. It binds for as long as the key
is trusted that signed that version; what a thief drove up goes with the stolen key. Lost with everything else, the terminal is a new one, and the age of
what it is given is its only guard.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from verify.state import writing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from verify.chain_belief import Version
    from verify.trust import TrustView

FILE = "chain.seen"


class Seen(NamedTuple):
    """The newest version of a chain that was ever in force here."""

    epoch: int
    seq: int
    iat: int
    kid: str
    """Key id in hex."""

    @classmethod
    def of(cls, version: Version) -> Seen:
        """What is to be remembered of a version."""
        return cls(version.head.epoch, version.head.seq, version.head.iat, version.kid.hex())

    def binds(self, region: str, trust: TrustView) -> bool:
        """Whether the key that signed it is trusted still."""
        authority = trust.authorities.get(region)
        keys = authority.keys if authority else ()
        return any(key.kid.hex() == self.kid and key.not_before <= self.iat < key.not_after for key in keys)


def read_seen(state: Path) -> dict[str, Seen]:
    """By region and space. Nothing where the file is lost or damaged."""
    found: dict[str, Seen] = {}
    with suppress(OSError, ValueError, TypeError, AttributeError):
        for name, (epoch, seq, iat, kid) in json.loads((state / FILE).read_bytes()).items():
            if type(epoch) is type(seq) is type(iat) is int and type(kid) is str:
                found[name] = Seen(epoch, seq, iat, kid)
    return found


def write_seen(state: Path, seen: Mapping[str, Seen]) -> None:
    """Keep it. Not synchronised: it guards against hands, and a power cut takes no files. Raises `SetupError` state-unwritable."""
    part = state / f"{FILE}.part"
    with writing(state):
        part.write_text(json.dumps({name: list(entry) for name, entry in seen.items()}) + "\n", "ascii")
        part.replace(state / FILE)
