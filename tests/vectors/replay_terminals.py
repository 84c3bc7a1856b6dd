"""What a vector says of a terminal's reports, done with the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes import cbor
from codes.ack import StatusAck
from codes.journal import Entry
from codes.keys import CoseKey
from codes.upload import SignedHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric import ec

Given = dict[str, Any]


def _key(given: Given) -> ec.EllipticCurvePublicKey:
    return CoseKey.parse(cbor.decode(bytes.fromhex(given["key"]))).load()


def _entry(given: Given) -> object:
    entry = Entry.from_bytes(bytes.fromhex(given["hex"]))
    if entry.to_bytes().hex() != given["hex"]:
        msg = "accepted, but written differently"
        raise AssertionError(msg)
    return {"terminal": entry.terminal, "seq": entry.seq, "number": entry.number, "released": entry.released}


def _head(given: Given) -> object:
    head = SignedHead.from_bytes(bytes.fromhex(given["hex"]))
    head.check(_key(given))
    says = head.says
    return {"terminal": says.terminal, "seq": says.seq, "link": says.link.hex(), "dropped": says.dropped, "iat": says.iat}


def _ack(given: Given) -> object:
    ack = StatusAck.from_bytes(bytes.fromhex(given["hex"]))
    ack.check(_key(given))
    says = ack.says
    return {"terminal": says.terminal, "iat": says.iat, "versions": [[region, int(space), epoch, seq] for region, space, epoch, seq in says.versions]}


DEEDS: dict[str, Callable[[Given], object]] = {"journal-entry": _entry, "journal-head": _head, "ack": _ack}
