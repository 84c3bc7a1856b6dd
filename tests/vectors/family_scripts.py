"""Vectors of what a chip is told by its record, and of what it answers."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

from codes import faults
from codes.chipproof import ChipState
from codes.pinscripts import PinScript
from codes.scripts import ChipFlag, ChipStatus, Script, ScriptKeys, ScriptReceipt, mac
from tests.vectors import cast
from tests.vectors.case import Family

if TYPE_CHECKING:
    from codes.errors import Fault

MASTER = bytes(range(0x40, 0x50))
NONCE = bytes.fromhex("0102030405060708")
KEYS = ScriptKeys.derive(MASTER, card_id=cast.CARD_ID)
ASKED = {"master": MASTER.hex(), "card_id": cast.CARD_ID.hex()}
LIVE = bytes.fromhex("c0c1c2c3c4c5c6c7")


def families() -> list[Family]:
    """Scripts, PIN scripts, receipts and status."""
    return [_scripts(), _pin_scripts(), _receipts(), _status()]


def digest(seq: int, state: int) -> str:
    """The digest, from its description."""
    return hashlib.sha256(b"SSC-DIG1" + struct.pack(">IB", seq, state)).hexdigest()[:32]


def suspending(*, live: bool = False, seq: int = 4) -> Script:
    """The script of a loss report."""
    return Script(seq=seq, state=ChipState.SUSPENDED, live=live, nonce=NONCE)


def _scripts() -> Family:
    family = Family(name="scripts", about="What the record tells a chip.", spec="CHIP 4.3, codes/FORMAT.md 7.1")
    for state in ChipState:
        script = Script(seq=4, state=state, live=True, nonce=NONCE)
        says = {"seq": 4, "state": int(state), "live": True, "digest": digest(4, state), "sealed": True}
        apdu = script.seal(KEYS, card_id=cast.CARD_ID, challenge=LIVE)
        family.good(f"live-{state.name.lower()}", "script", apdu, says, "made for the chip's own challenge", challenge=LIVE.hex(), **ASKED)
    for state in (ChipState.SUSPENDED, ChipState.FROZEN):
        script = Script(seq=4, state=state, live=False, nonce=NONCE)
        says = {"seq": 4, "state": int(state), "live": False, "digest": digest(4, state), "sealed": True}
        comment = "made beforehand; the digest is the live one's"
        family.good(f"premade-{state.name.lower()}", "script", script.seal(KEYS, card_id=cast.CARD_ID, challenge=None), says, comment, **ASKED)
    good = suspending().seal(KEYS, card_id=cast.CARD_ID, challenge=None)
    live = suspending(live=True).seal(KEYS, card_id=cast.CARD_ID, challenge=LIVE)
    says = {"seq": 4, "state": 1, "live": True, "digest": digest(4, 1), "sealed": False}
    family.good("other-challenge", "script", live, says, "well-formed, and no chip obeys it: made for another challenge", challenge="00" * 8, **ASKED)
    says = says | {"live": False}
    family.good("other-card", "script", good, says, "well-formed, and another card's", **ASKED | {"card_id": bytes(16).hex()})
    family.good("other-master", "script", good, says, "well-formed, and by another record", **ASKED | {"master": bytes(16).hex()})
    family.good("other-mac", "script", good[:-2] + b"\x00\x00", says, "well-formed, and its MAC is not", **ASKED)

    def bad(name: str, source: bytes, comment: str) -> None:
        family.bad(name, "script", source, faults.SCRIPT_SHAPE, comment, **ASKED)

    bad("empty", b"", "nothing")
    bad("short", good[:-1], "without Le")
    bad("long", good + b"\x00", "a byte too many")
    bad("class", b"\x80" + good[1:], "another class")
    bad("instruction", good[:1] + b"\x18" + good[2:], "suspended under the instruction that unblocks")
    bad("p1", good[:2] + b"\x01" + good[3:], "a parameter that is none")
    bad("lc", good[:4] + b"\x15" + good[5:], "another length")
    bad("seq-zero", good[:5] + bytes(4) + good[9:], "no version")
    bad("state-four", good[:9] + b"\x04" + good[10:], "a state that no chip has")
    bad("flags-two", good[:10] + b"\x02" + good[11:], "a flag that does not exist")
    bad("expects", good[:-1] + b"\x10", "another Le: one script, one text")
    for name, ins, wanted in (("active", b"\x18", b"\x00"), ("cancelled", b"\x16", b"\x03")):
        made = good[:1] + ins + good[2:9] + wanted + good[10:]
        comment = "what is made beforehand can be held back: it may stop a chip, and nothing else"
        family.bad(f"premade-{name}", "script", made, faults.SCRIPT_PREMADE, comment, **ASKED)
    return family


def _pin_scripts() -> Family:
    family = Family(name="pin-scripts", about="What the record tells a chip about its PIN.", spec="CHIP Decisions after review, codes/FORMAT.md 7.1")
    asked = ASKED | {"challenge": LIVE.hex()}
    unblock = PinScript(nonce=NONCE).seal(KEYS, card_id=cast.CARD_ID, challenge=LIVE)
    reset = PinScript(nonce=NONCE, pin="271828").seal(KEYS, card_id=cast.CARD_ID, challenge=LIVE)
    family.good("unblock", "pin-script", unblock, {"nonce": NONCE.hex(), "pin": None}, "all tries again", **asked)
    family.good("reset", "pin-script", reset, {"nonce": NONCE.hex(), "pin": "271828"}, "a new initial PIN, hidden on its way", **asked)

    def bad(name: str, source: bytes, fault: Fault, comment: str, **told: str) -> None:
        family.bad(name, "pin-script", source, fault, comment, **asked | told)

    bad("empty", b"", faults.SCRIPT_SHAPE, "nothing")
    bad("short", unblock[:-1], faults.SCRIPT_SHAPE, "without Le")
    bad("long", reset + b"\x00", faults.SCRIPT_SHAPE, "a byte too many")
    bad("parameter", unblock[:3] + b"\x02" + unblock[4:], faults.SCRIPT_SHAPE, "a parameter that is none")
    bad("expects", unblock[:-1] + b"\x10", faults.SCRIPT_SHAPE, "another Le: one script, one text")
    bad("unblock-as-reset", reset[:5] + unblock[5:], faults.SCRIPT_SHAPE, "a reset without a PIN")
    bad("mac", unblock[:-2] + bytes((unblock[-2] ^ 1, 0)), faults.SCRIPT_MAC, "a changed MAC")
    bad("pin", reset[:13] + bytes((reset[13] ^ 1,)) + reset[14:], faults.SCRIPT_MAC, "another PIN under the same MAC")
    bad("other-challenge", reset, faults.SCRIPT_MAC, "made for another challenge", challenge=bytes(8).hex())
    bad("other-card", reset, faults.SCRIPT_MAC, "made for another card", card_id=bytes(16).hex())
    bad("other-master", reset, faults.SCRIPT_MAC, "made by another record", master=bytes(16).hex())
    told = reset[:13] + b"\xff\xff\xff"
    digits = told + mac(KEYS.script, b"SSC-PIN1" + cast.CARD_ID + LIVE + told) + b"\0"
    bad("not-digits", digits, faults.SCRIPT_SHAPE, "six signs that are not digits, by a record that has the key")
    return family


def _receipts() -> Family:
    family = Family(name="script-receipts", about="What a chip answers to a script.", spec="CHIP 4.3, codes/FORMAT.md 7.1")
    asked = ASKED | {"nonce": NONCE.hex()}
    receipt = ScriptReceipt(seq=4, state=ChipState.SUSPENDED, digest=suspending().digest()[:8])
    answer = receipt.seal(KEYS, card_id=cast.CARD_ID, nonce=NONCE)
    family.good("suspended", "script-receipt", answer, {"seq": 4, "state": 1, "digest": digest(4, 1)[:16]}, "the version has arrived", **asked)

    def bad(name: str, source: bytes, comment: str, **told: str) -> None:
        family.bad(name, "script-receipt", source, faults.SCRIPT_RECEIPT, comment, **asked | told)

    bad("empty", b"", "no answer")
    bad("short", answer[:-1], "half an answer")
    bad("long", answer + b"\x00", "a byte too many")
    bad("seq", b"\x00\x00\x00\x05" + answer[4:], "another version under the same MAC")
    bad("mac", answer[:-1] + bytes((answer[-1] ^ 1,)), "a changed MAC")
    bad("other-nonce", answer, "the answer to another script", nonce=bytes(8).hex())
    bad("other-card", answer, "another card's answer", card_id=bytes(16).hex())
    bad("other-master", answer, "another record's chip", master=bytes(16).hex())
    bad("state-four", sealed_raw(b"SSC-RCP1", b"\x00\x00\x00\x04\x04" + bytes(8)), "a state that no chip has, by a chip that has the key")
    bad("status", sealed_raw(b"SSC-STA1", answer[:-8]), "one answer in the place of the other")
    return family


def _status() -> Family:
    family = Family(name="chip-status", about="How a chip stands, on its own authenticated word.", spec="CHIP 4.3, codes/FORMAT.md 7.1")
    asked = ASKED | {"nonce": NONCE.hex()}
    status = ChipStatus(seq=4, state=ChipState.FROZEN, digest=bytes.fromhex(digest(4, 2))[:8], counter=41, flags=ChipFlag.PIN_BLOCKED)
    answer = status.seal(KEYS, card_id=cast.CARD_ID, nonce=NONCE)
    says = {"seq": 4, "state": 2, "digest": digest(4, 2)[:16], "counter": 41, "flags": 1}
    family.good("pin-blocked", "chip-status", answer, says, "frozen, and its PIN is blocked", **asked)
    new = ChipStatus(seq=0, state=ChipState.ACTIVE, digest=bytes(8), counter=0, flags=ChipFlag.NONE)
    says = {"seq": 0, "state": 0, "digest": "00" * 8, "counter": 0, "flags": 0}
    family.good("new", "chip-status", new.seal(KEYS, card_id=cast.CARD_ID, nonce=NONCE), says, "before the first script", **asked)

    def bad(name: str, source: bytes, comment: str, **told: str) -> None:
        family.bad(name, "chip-status", source, faults.CHIP_STATUS, comment, **asked | told)

    bad("empty", b"", "no answer")
    bad("short", answer[:-1], "half an answer")
    bad("flags", answer[:17] + b"\x00" + answer[18:], "a flag taken away")
    bad("other-nonce", answer, "the answer of another day", nonce=bytes(8).hex())
    bad("other-card", answer, "another card's answer", card_id=bytes(16).hex())
    bad("state-four", sealed_raw(b"SSC-STA1", b"\x00\x00\x00\x04\x04" + bytes(13)), "a state that no chip has, by a chip that has the key")
    bad("flags-four", sealed_raw(b"SSC-STA1", answer[:17] + b"\x04"), "a flag that does not exist, by a chip that has the key")
    return family


def sealed_raw(domain: bytes, body: bytes) -> bytes:
    """An answer with a right MAC over whatever it says."""
    return body + mac(KEYS.receipt, domain + cast.CARD_ID + NONCE + body)
