"""What a vector says of a terminal's reports, done with the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec

from codes import cbor
from codes.ack import StatusAck
from codes.journal import FIRST_LINK, Entry
from codes.keys import CoseKey
from codes.passage import PassageMessage
from codes.upload import SignedHead, Upload

if TYPE_CHECKING:
    from collections.abc import Callable

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


def _upload(given: Given) -> object:
    upload = Upload.from_bytes(bytes.fromhex(given["hex"]))
    private = ec.derive_private_key(int(given["opens"], 16), ec.SECP256R1())
    terminal = upload.head.says.terminal
    entries = [entry for run in upload.runs for entry in run.open(private, terminal=terminal)]
    return {"terminal": terminal, "seqs": [entry.seq for entry in entries], "follows": upload.follows(0, FIRST_LINK)}


def _passage(given: Given) -> object:
    message = PassageMessage.from_bytes(bytes.fromhex(given["hex"]))
    message.check(_key(given))
    says = message.says
    return {"terminal": says.terminal, "sub": says.sub, "made": says.made, "until": says.until}


DEEDS: dict[str, Callable[[Given], object]] = {
    "journal-entry": _entry,
    "journal-head": _head,
    "journal-upload": _upload,
    "ack": _ack,
    "passage": _passage,
}
