"""Vectors of the signed objects of a status chain: heartbeats, snapshots, deltas."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from codes import faults, rice
from tests.vectors import cast, cast_chain, loose
from tests.vectors.case import Family
from tests.vectors.cast_chain import SECOND, SHARD, THIRD, V41, V42, V43
from tests.vectors.family_blocks import RUNS
from tests.vectors.family_documents import PUBLISHER_KEY

if TYPE_CHECKING:
    from codes.errors import Fault

HEAD: list[object] = ["CN-CQ", 1, 1, 42, cast.NOW, cast.DAY, 7]
ROOTS = {seq: cast_chain.root(lists) for seq, lists in ((41, V41), (42, V42), (43, V43))}
SAYS = {"region": "CN-CQ", "space": 1, "epoch": 1, "seq": 42, "iat": cast.NOW, "exp": cast.NOW + cast.DAY, "trust": 7}
BODY = bytes.fromhex("010301508dd0e30100000080010000c040")
SNAPSHOT: list[object] = [ROOTS[42], [[SHARD, 1, 64], [SECOND, 2, 8]], [7, 5, 5], hashlib.sha256(BODY).digest()]
SPACES_AND_TIMES: list[tuple[str, int, object, str]] = [
    ("region-small", 0, "cn-cq", "a region has capital letters"),
    ("region-bytes", 0, b"CN-CQ", "bytes for text"),
    ("space-0", 1, 0, "no such space"),
    ("space-3", 1, 3, "no such space"),
    ("space-true", 1, True, "true is 1 in some languages"),
    ("epoch-negative", 2, -1, "an epoch below zero"),
    ("epoch-large", 2, 1 << 32, "an epoch of more than 32 bits"),
    ("seq-0", 3, 0, "versions are counted from 1"),
    ("seq-large", 3, 1 << 53, "a seq that not every language can hold"),
    ("iat-negative", 4, -1, "before 1970"),
    ("iat-text", 4, "now", "a time in letters"),
    ("life-0", 5, 0, "a life of nothing"),
    ("life-32-days", 5, 32 * cast.DAY, "nothing is followed for longer than 31 days"),
    ("trust-0", 6, 0, "roles are counted from 1"),
    ("trust-large", 6, 1 << 31, "a version that no role will have"),
]


def families() -> list[Family]:
    """Heartbeats, snapshots, deltas."""
    return [_heartbeats(), _snapshots(), _deltas()]


def signed(typ: object, payload: object, by: Any = cast.PUBLISHER, **header: Any) -> bytes:
    """An object of a chain, built by another hand, its signature right for its bytes."""
    head = {1: -9, 4: cast.PUBLISHER.public_key.kid(), 16: typ} | {int(name[1:]): value for name, value in header.items()}
    kept = {number: value for number, value in head.items() if value is not None}
    return cast.sign1(loose.of(kept), loose.of(payload), by).write()


def _envelopes(family: Family, do: str, typ: str, payload: list[object], **given: Any) -> None:
    """What is wrong with any object of a chain."""
    bad = {
        "other-key": (signed(typ, payload, cast.ISSUER), faults.STATUS_SIGNATURE, "signed by an issuer, which may not say who is stopped"),
        "type-of-another": (signed("ecard-receipt", payload), faults.COSE_TYPE, "another message under the same key"),
        "type-number": (signed(293, payload), faults.COSE_TYPE, "a credential's type"),
        "without-kid": (signed(typ, payload, _4=None), faults.COSE_HEADER, "an object names its publisher's key"),
        "kid-4": (signed(typ, payload, _4=b"1234"), faults.COSE_HEADER, "a short name"),
        "extra-header": (signed(typ, payload, _3="x"), faults.COSE_HEADER, "a parameter too many"),
        "item-missing": (signed(typ, payload[:-1]), faults.CLAIMS_SET, "an item too few"),
        "item-over": (signed(typ, [*payload, 0]), faults.CLAIMS_SET, "an item too many"),
        "payload-map": (signed(typ, {1: "CN-CQ"}), faults.CLAIMS_SET, "claims for the array"),
    }
    for name, (data, fault, comment) in bad.items():
        family.bad(name, do, data, fault, comment, **given)
    for name, at, value, comment in SPACES_AND_TIMES:
        changed = [*payload[:at], value, *payload[at + 1 :]]
        family.bad(name, do, signed(typ, changed), faults.CLAIM_VALUE, comment, **given)


def _heartbeats() -> Family:
    family = Family(name="chain-heartbeats", about="A version still stands.", spec="codes/FORMAT.md 4.1, FORMATS 4")
    payload = [*HEAD, ROOTS[42][:8]]
    family.good(
        "made", "status-heartbeat", signed("ecard-heartbeat", payload), SAYS | {"mark": ROOTS[42][:8].hex()}, "by another hand", key=PUBLISHER_KEY
    )
    issued = SAYS | {"iat": cast.NOW + 60, "exp": cast.NOW + 60 + cast.DAY, "mark": ROOTS[42][:8].hex()}
    family.good("issued", "status-heartbeat", cast_chain.heartbeat().raw, issued, "a minute later", key=PUBLISHER_KEY)
    largest = ["CN-CQ", 2, (1 << 32) - 1, (1 << 53) - 1, cast.NOW, 31 * cast.DAY, (1 << 31) - 1]
    says = dict(zip(SAYS, largest, strict=True)) | {"exp": cast.NOW + 31 * cast.DAY, "mark": "00" * 8}
    family.good("largest", "status-heartbeat", signed("ecard-heartbeat", [*largest, bytes(8)]), says, "every number at its limit", key=PUBLISHER_KEY)
    _envelopes(family, "status-heartbeat", "ecard-heartbeat", payload, key=PUBLISHER_KEY)
    for name, mark, comment in (("mark-whole", ROOTS[42], "the whole root"), ("mark-text", "x" * 8, "text for bytes")):
        family.bad(name, "status-heartbeat", signed("ecard-heartbeat", [*HEAD, mark]), faults.CLAIM_VALUE, comment, key=PUBLISHER_KEY)
    return family


def _snapshots() -> Family:
    family = Family(name="chain-snapshots", about="The whole of one version.", spec="codes/FORMAT.md 4.1")
    lists = {str(number): packed.hex() for number, packed in V42.items()}
    says = SAYS | {"root": ROOTS[42].hex(), "lists": lists}

    def good(name: str, manifest: bytes, body: bytes, says: object, comment: str) -> None:
        family.good(name, "status-snapshot", manifest, says, comment, key=PUBLISHER_KEY, body=body.hex())

    def bad(name: str, fault: Fault, comment: str, *, body: bytes = BODY, **changes: object) -> None:
        payload = [*HEAD, *(changes.get(item, value) for item, value in zip(("root", "shards", "lengths", "digest"), SNAPSHOT, strict=True))]
        family.bad(name, "status-snapshot", signed("ecard-snapshot", payload), fault, comment, key=PUBLISHER_KEY, body=body.hex())

    good("made", signed("ecard-snapshot", [*HEAD, *SNAPSHOT]), BODY, says, "three shards of two sizes, by another hand")
    manifest, body = cast_chain.snapshot()
    good("issued", manifest.raw, body, says, "the same, made by the library")
    empty: list[object] = [cast_chain.root({}), [], [], hashlib.sha256(b"").digest()]
    good(
        "empty",
        signed("ecard-snapshot", [*HEAD, *empty]),
        b"",
        SAYS | {"root": cast_chain.root({}).hex(), "lists": {}},
        "a chain before its first shard",
    )
    _envelopes(family, "status-snapshot", "ecard-snapshot", [*HEAD, *SNAPSHOT], key=PUBLISHER_KEY, body=BODY.hex())
    for name, changes, comment in (
        ("root-short", {"root": bytes(8)}, "a mark for the root"),
        ("root-text", {"root": "x" * 32}, "text for bytes"),
        ("digest-short", {"digest": bytes(20)}, "another hash"),
        ("digest-text", {"digest": "x" * 32}, "text for bytes"),
        ("lengths-few", {"lengths": [7, 10]}, "a length for every shard"),
        ("lengths-number", {"lengths": 17}, "a number for the array"),
        ("lengths-text", {"lengths": [7, 5, "5"]}, "a length in letters"),
        ("lengths-true", {"lengths": [7, 5, 5, True]}, "true is no length"),
        ("length-2", {"lengths": [10, 2, 5]}, "a block has three counts at least"),
        ("length-over", {"lengths": [49, 5, 5]}, "longer than any block of 64 entries"),
        ("lengths-over", {"shards": [[0, 1024, 1 << 20]], "lengths": [(1 << 19) + 16] * 1024}, "half a gigabyte to fetch"),
    ):
        bad(name, faults.CLAIM_VALUE, comment, **changes)
    for name, run, comment in RUNS:
        bad(f"run-{name}", faults.CLAIM_VALUE, comment, shards=run, lengths=[7, 5])
    bad("body-missing", faults.CHAIN_BODY, "the manifest alone", body=b"")
    bad("body-short", faults.CHAIN_BODY, "a byte is missing", body=BODY[:-1])
    bad("body-long", faults.CHAIN_BODY, "a byte too many", body=BODY + b"\0")
    bad("body-of-another", faults.CHAIN_BODY, "one bit differs", body=BODY[:-1] + b"\x41")
    broken = BODY[:-1] + b"\x44"
    bad("block-broken", faults.STATUS_BLOCK, "signed for, and no block", body=broken, digest=hashlib.sha256(broken).digest())
    bad("root-of-another", faults.CHAIN_ROOT, "whole, and not what the root says", root=ROOTS[41])
    bad("blocks-cut-elsewhere", faults.STATUS_BLOCK, "the right bytes, cut in the wrong places", lengths=[8, 4, 5])
    return family


def _deltas() -> Family:
    family = Family(name="chain-deltas", about="What changes from one version to a later one.", spec="codes/FORMAT.md 4.1")
    to = {
        "suspended": [[SHARD, 10], [SECOND, 0], [THIRD, 7]],
        "valid": [[SHARD, 2]],
        "invalid": [[SHARD, 3]],
        "frozen": [[SHARD, 20]],
    }
    before = {"since": 41, "previous": ROOTS[41][:8].hex()}
    says = SAYS | {"root": ROOTS[42].hex()} | before | {"added": [[THIRD, 8]], "dropped": [], "to": to}
    event = cast_chain.event_42()
    family.good("event", "status-delta", event.raw, says, "a new shard, and one of every kind", key=PUBLISHER_KEY)
    says = SAYS | {"seq": 43, "iat": cast.NOW + 2, "exp": cast.NOW + cast.DAY, "root": ROOTS[43].hex(), "dropped": [SECOND], "added": [[THIRD, 8]]}
    to = {"suspended": [[THIRD, 7]], "valid": [[SHARD, 2]], "invalid": [[SHARD, 3], [SHARD, 10]], "frozen": [[SHARD, 20]]}
    family.good("merged", "status-delta", cast_chain.merged().raw, says | before | {"to": to}, "two events in one", key=PUBLISHER_KEY)
    # one span of one shard; one place in the first set, k = floor(log2(0.9625 * 2^20)) = 19: gap 10 in nineteen bits, then a 1
    one = bytes.fromhex("01 922e 00" + "01000000" + "000140 80")
    more: list[object] = [ROOTS[42], 1, ROOTS[41][:8], [], [], one]
    only = {"added": [], "dropped": [], "to": {"suspended": [[SHARD, 10]]}}
    says = SAYS | {"root": ROOTS[42].hex()} | before | only
    family.good("one-place", "status-delta", signed("ecard-delta", [*HEAD, *more]), says, "by another hand", key=PUBLISHER_KEY)
    none = bytes.fromhex("00" + "00000000")
    family.good(
        "nothing", "status-delta", signed("ecard-delta", [*HEAD, *more[:5], none]), says | {"to": {}}, "a delta may be empty", key=PUBLISHER_KEY
    )
    _envelopes(family, "status-delta", "ecard-delta", [*HEAD, *more], key=PUBLISHER_KEY)

    def bad(name: str, fault: Fault, comment: str, **changes: object) -> None:
        names = ("root", "steps", "previous", "added", "dropped", "places")
        payload = [*HEAD, *(changes.get(item, value) for item, value in zip(names, more, strict=True))]
        family.bad(name, "status-delta", signed("ecard-delta", payload), fault, comment, key=PUBLISHER_KEY)

    for name, changes, comment in (
        ("root-short", {"root": bytes(8)}, "a mark for the root"),
        ("root-text", {"root": "x" * 32}, "text for bytes"),
        ("previous-whole", {"previous": ROOTS[41]}, "the root for its mark"),
        ("previous-text", {"previous": "x" * 8}, "text for bytes"),
        ("steps-0", {"steps": 0}, "from a version to itself"),
        ("steps-text", {"steps": "1"}, "a number in letters"),
        ("steps-true", {"steps": True}, "true is 1 in some languages"),
        ("steps-before-the-first", {"steps": 42}, "from version 0, which is none"),
        ("places-text", {"places": "x"}, "text for bytes"),
        ("dropped-pair", {"dropped": [SHARD, 1]}, "numbers for runs"),
        ("dropped-with-size", {"dropped": [[SHARD, 1, 64]]}, "a size is of no interest any more"),
        ("dropped-not-joined", {"dropped": [[SHARD, 1], [SHARD + 1, 1]]}, "two runs that are one"),
        ("dropped-too-many", {"dropped": [[0, 1025]]}, "more shards than a chain has"),
    ):
        bad(name, faults.CLAIM_VALUE, comment, **changes)
    for name, run, comment in RUNS:
        bad(f"run-{name}", faults.CLAIM_VALUE, comment, added=run)
    for name, places, comment in PLACES:
        bad(f"places-{name}", faults.STATUS_BLOCK, comment, places=bytes.fromhex(places))
    twice = spelled([[10], [10], [], []])
    bad("place-twice", faults.CHAIN_SHARDS, "suspended and valid at once", places=twice)
    bad("shard-twice", faults.CHAIN_SHARDS, "comes and goes in one version", added=[[THIRD, 1, 8]], dropped=[[THIRD, 1]])
    bad("place-in-dropped", faults.CHAIN_SHARDS, "a change in a shard that goes", dropped=[[SHARD, 1]])
    bad("place-beyond-added", faults.STATUS_INDEX, "index 10 of a new shard of 8", added=[[SHARD, 1, 8]])
    return family


def spelled(sets: list[list[int]]) -> bytes:
    """The places of one shard, its span first."""
    return bytes.fromhex("01922e00") + rice.encode(sets, universe=1 << 20)


PLACES = [
    ("empty", "", "no count of spans"),
    ("spans-missing", "01", "a span is missing"),
    ("span-cut", "01922e", "a span without its end"),
    ("spans-too-many", "8108" + "00" * 20, "1,025 spans"),
    ("span-beyond", "01ffc166" + "01" + "01000000" + "000000" + "80", "a shard number that no list name can write"),
    ("span-wide", "0100" + "80a002" + "00000000", "more shards than all spans can have"),
    ("span-untouched", "01922e01" + "01000000" + "000028" + "80", "the last shard of the span has no change"),
    ("span-of-nothing", "01922e00" + "00000000", "a span without a change"),
    ("spans-near", "0200000000" + "02000000" + "000000000008" + "c0", "two spans where one serves"),
    ("set-missing", "01922e00" + "010000", "three sets for four"),
    ("too-many", "010001" + "818040000000", "more places than a delta takes"),
    ("after-it", "01922e00" + "01000000" + "00014080" + "00", "a byte after the block"),
]
"""Places that are no places."""
