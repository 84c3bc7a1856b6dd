"""Vectors of what terminals report: journal entries, signed heads, acknowledgements."""

from __future__ import annotations

from typing import Any

from codes import cbor, faults
from codes.ack import HOLDS, HeldVersions, StatusAck
from codes.chain import ListSpace
from codes.journal import ChipShown, Entry
from codes.upload import HEAD, JournalHead, SignedHead
from tests.vectors import cast
from tests.vectors.case import Family
from tests.vectors.family_record import STRANGER_KEY, changer
from tests.vectors.family_signed import ISSUER_KEY

LINK = bytes(range(32))


def families() -> list[Family]:
    """Entries, heads and acknowledgements."""
    return [_entries(), _heads(), _acks()]


def _entries() -> Family:
    family = Family(name="journal-entries", about="One thing that happened at a terminal.", spec="codes/FORMAT.md 10.1")
    plain = Entry("T-0001", 7, cast.NOW, "metro", 101)
    accepted = plain._replace(number=0, as_of=cast.NOW - 60, shown=b"the bytes of a code", head=cast.NOW - 60)
    chip = accepted._replace(shown=ChipShown(b"credential", b"answer", bytes(32)))
    released = plain._replace(number=None, released=5)
    for name, entry, comment in (
        ("accepted", accepted, "a code, with what proves it"),
        ("chip", chip, "an inserted chip, with what it showed"),
        ("released", released, "a gate that did not open"),
    ):
        family.good(
            name, "journal-entry", entry.to_bytes(), {"terminal": "T-0001", "seq": 7, "number": entry.number, "released": entry.released}, comment
        )
    bad: tuple[tuple[str, dict[int, Any], str], ...] = (
        ("unknown-number", {6: 250}, "no reason has this number"),
        ("seq-zero", {3: 0}, "entries count from 1"),
        ("no-name", {2: ""}, "a terminal has a name"),
        ("text-for-bytes", {8: "x"}, "a code is bytes"),
        ("code-and-chip", {8: b"x", 9: [b"a", b"b", b"c"]}, "a code or a chip, not both"),
        ("chip-in-two", {9: [b"a", b"b"]}, "credential, answer and challenge"),
        ("verdict-and-release", {11: 5}, "one or the other"),
        ("version-two", {1: 2}, "there is one version"),
    )
    fields: Any = cbor.decode(plain._replace(number=0).to_bytes())
    for name, change, comment in bad:
        family.bad(name, "journal-entry", cbor.encode(fields | change), faults.JOURNAL_ENTRY, comment)
    family.bad(
        "releases-itself", "journal-entry", released._replace(released=7).to_bytes(), faults.JOURNAL_ENTRY, "an acceptance comes before its release"
    )
    return family


def _heads() -> Family:
    family = Family(name="journal-heads", about="What a terminal signs of its journal.", spec="codes/FORMAT.md 10.1")
    made = SignedHead.issue(JournalHead(cast.NOW, "T-0001", 7, LINK, 2), cast.ISSUER).raw
    told = {"terminal": "T-0001", "seq": 7, "link": LINK.hex(), "dropped": 2, "iat": cast.NOW}
    family.good("one", "journal-head", made, told, "seven entries, and two that could not be written", key=ISSUER_KEY)
    family.bad("other-key", "journal-head", made, faults.JOURNAL_SIGNATURE, "another terminal's key", key=STRANGER_KEY)
    bad = changer(family, "journal-head", made)
    bad("without-head", lambda claims: claims.drop(HEAD), faults.CLAIMS_SET, "nothing is said")
    bad("link-short", lambda claims: claims.put(HEAD, ["T-0001", 7, LINK[:-1], 2]), faults.CLAIM_VALUE, "a link has 32 bytes")
    bad("seq-text", lambda claims: claims.put(HEAD, ["T-0001", "7", LINK, 2]), faults.CLAIM_VALUE, "seq is a number")
    return family


def _acks() -> Family:
    family = Family(name="acks", about="Which status versions a terminal judges by.", spec="codes/FORMAT.md 10.2")
    versions = [("CN-CQ", ListSpace.PHONE, 5, 41), ("CN-SC", ListSpace.CHIP, 1, 2)]
    made = StatusAck.issue(HeldVersions(cast.NOW, "T-0001", versions), cast.ISSUER).raw
    told: dict[str, Any] = {"terminal": "T-0001", "iat": cast.NOW, "versions": [["CN-CQ", 1, 5, 41], ["CN-SC", 2, 1, 2]]}
    family.good("two-chains", "ack", made, told, "phones of one region, chips of the other", key=ISSUER_KEY)
    family.bad("other-key", "ack", made, faults.ACK_SIGNATURE, "another terminal's key", key=STRANGER_KEY)
    bad = changer(family, "ack", made)
    bad("backwards", lambda claims: claims.put(HOLDS, ["T-0001", told["versions"][::-1]]), faults.CLAIM_VALUE, "chains stand in order")
    bad("space-three", lambda claims: claims.put(HOLDS, ["T-0001", [["CN-CQ", 3, 5, 41]]]), faults.CLAIM_VALUE, "there are two spaces")
    bad("no-iat", lambda claims: claims.drop(6), faults.CLAIMS_SET, "it says when")
    return family
