"""Vectors of what terminals report: journal entries, signed heads, acknowledgements."""

from __future__ import annotations

from typing import Any

from codes import cbor, faults
from codes.ack import HOLDS, HeldVersions, StatusAck
from codes.chain import ListSpace
from codes.journal import FIRST_LINK, ChipShown, Entry, Run, next_link, seal_record
from codes.passage import GivenPassage, PassageMessage
from codes.upload import HEAD, JournalHead, SignedHead, Upload
from tests.vectors import cast
from tests.vectors.case import Family
from tests.vectors.family_record import STRANGER_KEY, changer
from tests.vectors.family_signed import ISSUER_KEY

LINK = bytes(range(32))
RUN_KEY = bytes(range(32))
OPENS = 0x5E2A
"""Private scalar of the region's journal key."""
SEALED_KEY = bytes.fromhex(
    "04010037d6be98be6bfe33424e7638ab5731250c02d426b8944f738cb37cf08e30d907cbe8ab1257e91c8774a6e8d14d4acb1b820b0bfb7326b5dcf9"
    "45a9edb1f061c6e2a52efb2233fca819515373ae7fcf1ddf7574b2b4d58bb5759f857398bb8dd512113f7a032a75322530cee40c1a"
)
"""RUN_KEY sealed to it once, for T-0001 and a run that starts at 1: sealing draws afresh each time, so it stands here as it came."""


def families() -> list[Family]:
    """Entries, heads, uploads, acknowledgements and passages."""
    return [_entries(), _heads(), _uploads(), _acks(), _passages()]


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


def _uploads() -> Family:
    family = Family(name="journal-uploads", about="Sealed records under a signed head.", spec="codes/FORMAT.md 10.1")
    entries = [Entry("T-0001", seq, cast.NOW, "metro", 0) for seq in (1, 2)]
    records = [seal_record(entry, RUN_KEY, start=1) for entry in entries]
    link = FIRST_LINK
    for record in records:
        link = next_link(link, record)
    made = Upload(SignedHead.issue(JournalHead(cast.NOW, "T-0001", 2, link, 0), cast.ISSUER), [Run(1, 1, SEALED_KEY, records)]).to_bytes()
    opens = f"{OPENS:x}"
    family.good("two", "journal-upload", made, {"terminal": "T-0001", "seqs": [1, 2], "follows": True}, "two entries from the beginning", opens=opens)
    family.bad("cut", "journal-upload", made[:-1], faults.JOURNAL_UPLOAD, "cut short", opens=opens)
    family.bad("longer", "journal-upload", made + b"\0", faults.JOURNAL_UPLOAD, "a byte too many", opens=opens)
    family.bad("another-magic", "journal-upload", b"X" + made[1:], faults.JOURNAL_UPLOAD, "not an upload", opens=opens)
    family.bad("record-changed", "journal-upload", made[:-1] + bytes([made[-1] ^ 1]), faults.JOURNAL_SEALED, "one bit of a record", opens=opens)
    family.bad("other-opener", "journal-upload", made, faults.JOURNAL_SEALED, "sealed to another key", opens="7")
    return family


def _passages() -> Family:
    family = Family(name="passages", about="What gates of one station tell one another.", spec="codes/FORMAT.md 10.3")
    says = GivenPassage("T-0001", cast.NOW, "CN-CQ", "abcdEF-_", cast.NOW - 3, cast.NOW + 70)
    made = PassageMessage.issue(says, cast.ISSUER).raw
    told = {"terminal": "T-0001", "sub": "abcdEF-_", "made": cast.NOW - 3, "until": cast.NOW + 70}
    family.good("given", "passage", made, told, "one passage", key=ISSUER_KEY)
    family.good(
        "taken-back",
        "passage",
        PassageMessage.issue(says._replace(until=0), cast.ISSUER).raw,
        told | {"until": 0},
        "it did not happen",
        key=ISSUER_KEY,
    )
    family.bad("other-key", "passage", made, faults.PASSAGE_SIGNATURE, "a stranger's", key=STRANGER_KEY)
    bad = changer(family, "passage", made)
    bad("no-sub", lambda claims: claims.drop(2), faults.CLAIMS_SET, "nobody's passage")
    bad("sub-short", lambda claims: claims.put(2, "abc"), faults.CLAIM_VALUE, "a sub has eight characters")
    return family
