"""The journal's formats: what a terminal seals, chains and sends, and what a server finds wrong with it."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from codes import cbor, cose
from codes.errors import InputError
from codes.journal import FIRST_LINK, MAX_RECORD, ChipShown, Entry, Run, next_link, seal_key, seal_record
from codes.keys import SoftwareSigner
from codes.upload import HEAD, MAX_UPLOAD, JournalHead, SignedHead, Upload

TERMINAL = SoftwareSigner.from_scalar(0x7E21)
SERVER = ec.derive_private_key(0x5E2A, ec.SECP256R1())
KEY = bytes(range(32))
AT = 1_795_000_000
ACCEPTED = Entry("T-1", 1, AT, "metro", 0, AT - 60, b"the bytes of a code", AT - 60)
CHIP = Entry("T-1", 1, AT, "hospital", 0, AT - 60, ChipShown(b"credential", b"answer", bytes(32)), AT - 60)
REFUSED = Entry("T-1", 1, AT, "metro", 1)
RELEASED = Entry("T-1", 2, AT, "metro", None, released=1)


def run(*entries: Entry, start: int = 1) -> Run:
    """Entries as a terminal seals them, numbered from `start`."""
    records = [seal_record(entry._replace(seq=seq), KEY, start=start) for seq, entry in enumerate(entries, start)]
    return Run(start, start, seal_key(KEY, SERVER.public_key(), terminal="T-1", start=start), records)


def upload(*runs: Run, link: bytes = FIRST_LINK, dropped: int = 0, seq: int | None = None) -> Upload:
    for record in (record for part in runs for record in part.records):
        link = next_link(link, record)
    last = runs[-1].last if runs else 0
    return Upload(SignedHead.issue(JournalHead(AT, "T-1", last if seq is None else seq, link, dropped), TERMINAL), list(runs))


@pytest.mark.parametrize("entry", [ACCEPTED, CHIP, REFUSED, RELEASED], ids=["accepted", "chip", "refused", "released"])
def test_an_entry_is_read_as_it_was_written(entry: Entry) -> None:
    assert Entry.from_bytes(entry.to_bytes()) == entry


@pytest.mark.error("journal-entry")
@pytest.mark.parametrize(
    "change",
    [
        {1: 2},
        {2: ""},
        {2: "x" * 65},
        {3: 0},
        {4: -1},
        {5: 7},
        {5: "metro\x00"},
        {4: 1 << 63},
        {6: 9999},
        {6: True},
        {7: "now"},
        {8: "text"},
        {8: b"x", 9: [b"a", b"b", b"c"]},
        {9: [b"a", b"b"]},
        {9: [b"a", b"b", 3]},
        {11: 1},
        {12: 1},
    ],
    ids=str,
)
def test_an_entry_of_another_shape_is_refused(change: dict[int, Any]) -> None:
    fields: Any = cbor.decode(REFUSED.to_bytes())
    with pytest.raises(InputError) as refused:
        Entry.from_bytes(cbor.encode(fields | change))
    assert refused.value.code == "journal-entry"


@pytest.mark.parametrize(
    "data", [cbor.encode([1]), cbor.encode({1: 1}), RELEASED._replace(released=2).to_bytes(), RELEASED._replace(released=0).to_bytes()]
)
def test_what_is_no_entry_is_refused(data: bytes) -> None:
    with pytest.raises(InputError) as refused:
        Entry.from_bytes(data)
    assert refused.value.code == "journal-entry"


@pytest.mark.threat("C08")
def test_only_the_server_opens_what_a_terminal_sealed() -> None:
    sealed = run(ACCEPTED, CHIP, REFUSED)
    assert [entry.seq for entry in sealed.open(SERVER, terminal="T-1")] == [1, 2, 3]
    assert not any(part in record for record in sealed.records for part in (b"metro", b"the bytes of a code", b"T-1"))
    with pytest.raises(InputError) as refused:
        sealed.open(ec.generate_private_key(ec.SECP256R1()), terminal="T-1")
    assert refused.value.code == "journal-sealed"


@pytest.mark.threat("C09")
@pytest.mark.error("journal-sealed")
def test_records_do_not_open_in_another_place_or_altered() -> None:
    sealed = run(ACCEPTED, REFUSED)
    wrong = [
        (sealed, "T-2"),
        (sealed._replace(start=2, first=2), "T-1"),
        (sealed._replace(first=2), "T-1"),
        (sealed._replace(records=sealed.records[::-1]), "T-1"),
        (sealed._replace(records=[sealed.records[0][:-1] + bytes([sealed.records[0][-1] ^ 1])]), "T-1"),
        (sealed._replace(sealed_key=bytes(len(sealed.sealed_key))), "T-1"),
    ]
    for part, terminal in wrong:
        with pytest.raises(InputError) as refused:
            part.open(SERVER, terminal=terminal)
        assert refused.value.code == "journal-sealed"


@pytest.mark.threat("C09")
def test_an_entry_that_names_another_terminal_or_place_is_refused() -> None:
    for liar in (REFUSED._replace(seq=5), REFUSED._replace(terminal="T-2")):
        record = seal_record(liar, KEY, start=1) if liar.terminal == "T-1" else _sealed_as("T-1", 1, liar)
        bad = Run(1, liar.seq if liar.terminal == "T-1" else 1, seal_key(KEY, SERVER.public_key(), terminal="T-1", start=1), [record])
        if liar.seq == 5:
            assert bad.open(SERVER, terminal="T-1")[0].seq == 5
            continue
        with pytest.raises(InputError) as refused:
            bad.open(SERVER, terminal="T-1")
        assert refused.value.code == "journal-entry"


def _sealed_as(terminal: str, seq: int, entry: Entry) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from codes.journal import run_info

    return AESGCM(KEY).encrypt(seq.to_bytes(12), entry.to_bytes(), run_info(terminal, 1))


def test_an_upload_is_read_as_it_was_sent_and_a_part_of_a_run_opens_alone() -> None:
    first, second = run(ACCEPTED, REFUSED), run(CHIP, REFUSED, start=3)
    sent = upload(first, second)
    read = Upload.from_bytes(sent.to_bytes())
    assert read == sent
    assert read.head.says.seq == 4
    assert read.first == 1
    part = second._replace(first=4, records=second.records[1:])
    assert part.open(SERVER, terminal="T-1")[0].seq == 4
    assert Upload.from_bytes(upload(seq=7).to_bytes()).first == 8


@pytest.mark.threat("C14")
def test_a_record_left_out_or_altered_breaks_the_chain_to_the_signed_head() -> None:
    whole = upload(run(ACCEPTED, REFUSED, CHIP))
    link = next_link(FIRST_LINK, whole.runs[0].records[0])
    assert whole.follows(0, FIRST_LINK)
    assert whole.follows(1, link)
    assert whole.follows(3, whole.head.says.link)
    assert not whole.follows(0, link)
    assert not whole.follows(4, link)
    assert not Upload(whole.head, [whole.runs[0]._replace(first=2, records=whole.runs[0].records[1:])]).follows(0, FIRST_LINK)
    swapped = Upload(whole.head, [whole.runs[0]._replace(records=[*whole.runs[0].records[1::-1], whole.runs[0].records[2]])])
    assert not swapped.follows(0, FIRST_LINK)


@pytest.mark.threat("C09")
@pytest.mark.error("journal-signature")
def test_a_head_is_the_terminals_own() -> None:
    head = upload(run(REFUSED)).head
    head.check(TERMINAL.public_key.load())
    with pytest.raises(InputError) as refused:
        head.check(SERVER.public_key())
    assert refused.value.code == "journal-signature"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ([1], "claims-set"),
        ({6: AT}, "claims-set"),
        ({6: -1, HEAD: ["T-1", 1, bytes(32), 0]}, "claim-value"),
        ({6: AT, HEAD: ["T-1", 1, bytes(32)]}, "claim-value"),
        ({6: AT, HEAD: ["", 1, bytes(32), 0]}, "claim-value"),
        ({6: AT, HEAD: ["T-1", 1, bytes(31), 0]}, "claim-value"),
        ({6: AT, HEAD: ["T-1", -1, bytes(32), 0]}, "claim-value"),
        ({6: AT, HEAD: ["T-1", 1, bytes(32), "x"]}, "claim-value"),
        ({6: AT, HEAD: ["T-1", 1, bytes(32), 1 << 63]}, "claim-value"),
    ],
    ids=["list", "no-head", "iat", "short", "terminal", "link", "seq", "dropped", "more-than-a-count"],
)
def test_a_head_of_another_shape_is_refused(claims: Any, code: str) -> None:
    data = cose.sign1({cose.KID: TERMINAL.public_key.kid(), cose.TYP: "ecard-journal"}, cbor.encode(claims), TERMINAL)
    with pytest.raises(InputError) as refused:
        SignedHead.from_bytes(data)
    assert refused.value.code == code


@pytest.mark.parametrize("headers", [{cose.TYP: "ecard-journal"}, {cose.KID: b"short", cose.TYP: "ecard-journal"}], ids=["no-kid", "short-kid"])
def test_a_head_names_its_key(headers: dict[int | str, Any]) -> None:
    claims: Any = {6: AT, HEAD: ["T-1", 1, bytes(32), 0]}
    with pytest.raises(InputError) as refused:
        SignedHead.from_bytes(cose.sign1(headers, cbor.encode(claims), TERMINAL))
    assert refused.value.code == "cose-header"


@pytest.mark.threat("C13")
@pytest.mark.error("journal-upload")
def test_an_upload_cut_anywhere_is_refused() -> None:
    data = upload(run(REFUSED, REFUSED)).to_bytes()
    bare = 5 + 2 + len(Upload.from_bytes(data).head.raw)
    assert not Upload.from_bytes(data[:bare]).follows(0, FIRST_LINK)  # a head alone is well-formed, and says that something is missing
    for end in {*range(len(data))} - {bare}:
        with pytest.raises(InputError):
            Upload.from_bytes(data[:end])
    with pytest.raises(InputError) as refused:
        Upload.from_bytes(data + b"\0")
    assert refused.value.code == "journal-upload"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: upload(run(REFUSED), seq=9),
        lambda: upload(run(REFUSED), run(REFUSED, start=3)),
        lambda: upload(run(REFUSED)._replace(start=2)),
        lambda: upload(run(REFUSED)._replace(start=0, first=0), seq=0),
        lambda: upload(run(REFUSED)._replace(sealed_key=b"short")),
        lambda: upload(run(REFUSED)._replace(records=[bytes(MAX_RECORD + 1)])),
        lambda: upload(run(REFUSED)._replace(records=[]), seq=0),
    ],
    ids=["beyond", "gap", "starts-later", "starts-at-zero", "short-key", "long-record", "empty-run"],
)
def test_an_upload_with_a_gap_or_out_of_its_bounds_is_refused(wrong: Any) -> None:
    with pytest.raises(InputError) as refused:
        wrong().to_bytes()
    assert refused.value.code == "journal-upload"


def test_an_upload_is_bounded_before_it_is_read() -> None:
    for data in (bytes(MAX_UPLOAD + 1), b"SCJU2" + bytes(40)):
        with pytest.raises(InputError) as refused:
            Upload.from_bytes(data)
        assert refused.value.code == "journal-upload"
