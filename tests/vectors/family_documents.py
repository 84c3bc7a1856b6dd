"""Vectors of what terminals are given: status lists, issuer keys, status authorities, scene rules."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from codes import faults, scenes, trust
from codes.chain import ListSpace
from tests.vectors import cast, loose
from tests.vectors.case import Family
from tests.vectors.family_signed import OFF_CURVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.errors import Fault
    from tests.vectors.loose import Node

PUBLISHER_KEY = loose.of(cast.PUBLISHER.public_key.to_cbor()).write().hex()
SHARD_BYTES = 1 << 18


def families() -> list[Family]:
    """Status, trust, scenes."""
    return [_status(), _issuers(), _authority(), _scenes()]


def _status() -> Family:
    family = Family(name="status", about="Token Status Lists and their indices.", spec="Token Status List 4, 5.2; FORMATS 3")
    packed = bytes([0b11_10_01_00, *bytes(14), 0b01_00_00_00])
    says = {"uri": "sl:c4k2", "iat": cast.NOW, "exp": cast.NOW + cast.DAY, "ttl": 3600, "size": 64, "marked": {"1": 1, "2": 2, "3": 3, "63": 1}}
    family.good("token", "status-token", cast.status_token().raw, says, "four values, least significant bits first", key=PUBLISHER_KEY)

    def claims(**changes: object) -> dict[int, object]:
        names = {"uri": 2, "iat": 6, "exp": 4, "ttl": 65534, "listing": 65533}
        good: dict[int, object] = {
            2: "sl:c4k2",
            6: cast.NOW,
            4: cast.NOW + cast.DAY,
            65534: 3600,
            65533: {"bits": 2, "lst": zlib.compress(packed, 9)},
        }
        return good | {names[name]: value for name, value in changes.items()}

    header: dict[int, object] = {1: -9, 4: cast.PUBLISHER.public_key.kid(), 16: "application/statuslist+cwt"}

    def bad(name: str, fault: Fault, comment: str, *, head: object = header, **changes: object) -> None:
        tree = cast.sign1(loose.of(head), loose.of(claims(**changes)), cast.PUBLISHER)
        family.bad(name, "status-token", tree.write(), fault, comment, key=PUBLISHER_KEY)

    def listing(**changes: object) -> dict[str, object]:
        return {"bits": 2, "lst": zlib.compress(packed, 9)} | changes

    family.good(
        "token-raw",
        "status-token",
        cast.sign1(loose.of(header), loose.of(claims()), cast.PUBLISHER).write(),
        says,
        "the same, built by another hand",
        key=PUBLISHER_KEY,
    )
    family.bad(
        "other-key",
        "status-token",
        cast.sign1(loose.of(header), loose.of(claims()), cast.ISSUER).write(),
        faults.STATUS_SIGNATURE,
        "signed by an issuer, which may not say who is stopped",
        key=PUBLISHER_KEY,
    )
    bad("type-credential", faults.COSE_TYPE, "a credential's type", head={**header, 16: 293})
    bad("type-jwt", faults.COSE_TYPE, "the type of the other encoding", head={**header, 16: "statuslist+jwt"})
    bad("without-kid", faults.COSE_HEADER, "a list names its publisher's key", head={1: -9, 16: "application/statuslist+cwt"})
    bad("kid-4", faults.COSE_HEADER, "a short name", head={**header, 4: b"1234"})
    bad("extra-header", faults.COSE_HEADER, "a parameter too many", head={**header, 3: "x"})
    for number, label in ((2, "sub"), (4, "exp"), (6, "iat"), (65534, "ttl"), (65533, "list")):
        short = {claim: value for claim, value in claims().items() if claim != number}
        family.bad(
            f"without-{label}",
            "status-token",
            cast.sign1(loose.of(header), loose.of(short), cast.PUBLISHER).write(),
            faults.CLAIMS_SET,
            "every claim is needed",
            key=PUBLISHER_KEY,
        )
    extra = claims() | {1: "CN-CQ"}
    family.bad(
        "extra-claim",
        "status-token",
        cast.sign1(loose.of(header), loose.of(extra), cast.PUBLISHER).write(),
        faults.CLAIMS_SET,
        "a claim too many",
        key=PUBLISHER_KEY,
    )
    family.bad(
        "claims-array",
        "status-token",
        cast.sign1(loose.of(header), loose.of([1]), cast.PUBLISHER).write(),
        faults.CLAIMS_SET,
        "an array for the claims",
        key=PUBLISHER_KEY,
    )
    for name, changes, comment in (
        ("uri-http", {"uri": "https://example.org/1"}, "lists are named, not located"),
        ("uri-leading-zero", {"uri": "sl:c04k"}, "a shard has one name"),
        ("uri-bytes", {"uri": b"sl:c4k2"}, "bytes for text"),
        ("exp-at-iat", {"exp": cast.NOW}, "a life of nothing"),
        ("iat-negative", {"iat": -1}, "before 1970"),
        ("iat-text", {"iat": "now"}, "a time in letters"),
        ("exp-true", {"exp": True}, "true is 1 in some languages"),
        ("ttl-0", {"ttl": 0}, "fetch again at once, for ever"),
        ("ttl-text", {"ttl": "1h"}, "a duration in letters"),
        ("bits-1", {"listing": listing(bits=1)}, "one bit an entry cannot say suspended"),
        ("bits-4", {"listing": listing(bits=4)}, "four bits an entry"),
        ("bits-text", {"listing": listing(bits="2")}, "a number in letters"),
        ("lst-text", {"listing": listing(lst="x")}, "text for bytes"),
        ("listing-extra", {"listing": listing(aggregation_uri="x")}, "the aggregation is published beside the lists"),
        ("listing-array", {"listing": [2, zlib.compress(packed)]}, "an array for a map"),
    ):
        bad(name, faults.CLAIM_VALUE, comment, **changes)
    for name, lst, comment in (
        ("lst-empty", b"", "no stream"),
        ("lst-of-nothing", zlib.compress(b"", 9), "a stream of nothing: an empty list answers no question"),
        ("lst-not-zlib", b"\x00\x01\x02", "not a stream"),
        ("lst-raw-deflate", zlib.compress(packed, 9)[2:-4], "DEFLATE without its zlib envelope"),
        ("lst-gzip", zlib.compress(packed, 9, 31), "the envelope of gzip"),
        ("lst-truncated", zlib.compress(packed, 9)[:-1], "a stream without its end"),
        ("lst-checksum", zlib.compress(packed, 9)[:-1] + b"\x00", "a wrong checksum"),
        ("lst-trailing", zlib.compress(packed, 9) + b"\x00", "a byte after the stream"),
        ("lst-dictionary", preset_dictionary(packed), "a stream that needs a dictionary nobody has"),
        ("lst-one-too-long", zlib.compress(bytes(SHARD_BYTES + 1), 9), "one byte more than a shard may have"),
        ("lst-bomb", zlib.compress(bytes(5_000_000), 9), "five million bytes in five thousand"),
    ):
        bad(name, faults.STATUS_LIST, comment, listing=listing(lst=lst))
    family.bad(
        "too-long", "status-token", b"\x00", faults.CBOR_SIZE, "longer than a whole shard uncompressed", key=PUBLISHER_KEY, times=SHARD_BYTES + 1025
    )
    family.bad("maps-60000", "status-token", b"\xa0", faults.CBOR_SIZE, "more maps than any list has", key=PUBLISHER_KEY, times=60_000)
    family.good("inflate", "status-inflate", zlib.compress(packed, 9), packed.hex(), "a whole stream", limit=16)
    family.good(
        "inflate-stored",
        "status-inflate",
        zlib.compress(packed, 0),
        packed.hex(),
        "another compression of the same list: the signature, not the spelling, makes it one",
        limit=16,
    )
    family.bad("inflate-over-limit", "status-inflate", zlib.compress(packed, 9), faults.STATUS_LIST, "one byte over the limit", limit=15)
    for idx, value in ((0, 0), (1, 1), (2, 2), (3, 3), (62, 0), (63, 1)):
        family.good(f"index-{idx}", "status-index", packed, value, "two bits at a time", idx=idx)
    for idx in (-1, 64, 1 << 40):
        family.bad(f"index-{idx}", "status-index", packed, faults.STATUS_INDEX, "outside the list", idx=idx)
    for uri, parsed in (("sl:c0", ["c", 0]), ("sl:c4k2", ["c", 5906]), ("sl:szzzz", ["s", 36**4 - 1])):
        family.good(f"uri-{uri[3:]}", "status-uri", uri, parsed, "region letter and shard number in base 36")
    for uri in ("sl:c", "sl:c00", "sl:C1", "sl:c12345", "sl:1a", "SL:c1", "sl:c1 ", "sl:c１"):
        family.bad(f"uri-{uri[3:].strip() or 'x'}-{len(family.cases)}", "status-uri", uri, faults.CLAIM_VALUE, "not the name of a shard")
    return family


def preset_dictionary(packed: bytes) -> bytes:
    """A zlib stream that names a preset dictionary."""
    stream = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_DEFAULT_STRATEGY, b"\x00" * 16)
    return stream.compress(packed) + stream.flush()


def _changed(data: bytes, change: Callable[[Node], object]) -> bytes:
    tree = loose.read(data)
    change(tree)
    return tree.write()


def _entry(tree: Node, field: int, at: int = 0) -> Node:
    return (tree.get(field).items or [])[at]


def _issuers() -> Family:
    family = Family(name="issuers", about="Who may issue: issuers.cbor of a region.", spec="FORMATS 4")
    good = trust.encode_issuers("CN-CQ", cast.issuer_keys())
    says = [
        {"region": "CN-CQ", "kid": key.kid.hex(), "profiles": profiles, "not_before": key.not_before, "not_after": key.not_after}
        for key, profiles in zip(cast.issuer_keys(), ([1, 2, 4], [3]), strict=True)
    ]
    family.good("two-keys", "issuers", good, says, "a key for phones and a key for chips")

    def bad(name: str, change: Callable[[Node], object], comment: str, fault: Fault = faults.DOCUMENT_SHAPE) -> None:
        family.bad(name, "issuers", _changed(good, change), fault, comment)

    bad("version-2", lambda tree: tree.put(1, 2), "a version that does not exist yet")
    bad("version-true", lambda tree: tree.put(1, True), "true is 1 in some languages")
    bad("region-lower-case", lambda tree: tree.put(2, "cn-cq"), "a region is upper case")
    bad("region-bytes", lambda tree: tree.put(2, b"CN-CQ"), "bytes for text")
    bad("without-region", lambda tree: tree.drop(2), "a member is missing")
    bad("extra-member", lambda tree: tree.put(9, 0), "a member too many")
    bad("no-keys", lambda tree: tree.put(3, []), "an empty list is not a valid one")
    bad("keys-map", lambda tree: tree.put(3, {}), "a map for a list")
    bad("key-array", lambda tree: tree.put(3, [[1]]), "an array for a key")
    bad("same-key-twice", lambda tree: tree.put(3, [_entry(tree, 3), _entry(tree, 3)]), "two keys of one name")
    bad(
        "kid-of-another",
        lambda tree: _entry(tree, 3).put(1, cast.STRANGER.public_key.kid()),
        "a name that is not this key's: how a name would be stolen",
    )
    bad("kid-short", lambda tree: _entry(tree, 3).put(1, b"1234"), "a short name")
    bad("without-bounds", lambda tree: _entry(tree, 3).drop(3), "a key without bounds could sign anything")
    bad("bounds-empty", lambda tree: _entry(tree, 3).put(3, {}), "a key for nothing")
    bad("bounds-array", lambda tree: _entry(tree, 3).put(3, [[86400, 30]]), "an array for the bounds")
    bad("bounds-unknown-profile", lambda tree: _entry(tree, 3).put(3, {5: [86400, 30]}), "a profile that does not exist")
    bad("bounds-text-profile", lambda tree: _entry(tree, 3).put(3, {"1": [86400, 30]}), "a profile in letters")
    bad("bounds-zero-life", lambda tree: _entry(tree, 3).put(3, {1: [0, 30]}), "a life of nothing")
    bad("bounds-zero-max-age", lambda tree: _entry(tree, 3).put(3, {1: [86400, 0]}), "codes that are never alive")
    bad("bounds-negative", lambda tree: _entry(tree, 3).put(3, {1: [-1, 30]}), "a negative life")
    bad("bounds-true", lambda tree: _entry(tree, 3).put(3, {1: [True, 30]}), "true is 1 in some languages")
    bad("bounds-three", lambda tree: _entry(tree, 3).put(3, {1: [86400, 30, 0]}), "a third bound")
    bad("chip-and-phone", lambda tree: _entry(tree, 3).put(3, {1: [86400, 30], 3: [86400, 30]}), "chip keys stand apart from phone keys")
    bad("never-valid", lambda tree: _entry(tree, 3).put(5, cast.NOW - 30 * cast.DAY), "ends as it begins")
    bad("not-before-negative", lambda tree: _entry(tree, 3).put(4, -1), "before 1970")
    bad("not-after-text", lambda tree: _entry(tree, 3).put(5, "2027"), "a time in letters")
    bad("private-key", lambda tree: _entry(tree, 3).get(2).put(-4, bytes(32)), "a private key, published", faults.KEY_SHAPE)
    bad("key-off-curve", lambda tree: _entry(tree, 3).get(2).put(-2, OFF_CURVE), "a key that is no point", faults.KEY_POINT)
    family.bad("trailing", "issuers", good + b"\x00", faults.CBOR_TRAILING, "a byte after the document")
    family.bad("array", "issuers", b"\x80", faults.DOCUMENT_SHAPE, "an array for the document")
    family.bad(
        "arrays-5000", "issuers", b"\x80", faults.CBOR_SIZE, "more arrays than any document has: each would cost a hundred times its byte", times=5000
    )
    family.bad("empty", "issuers", b"", faults.CBOR_TRUNCATED, "a document of nothing")
    family.bad("code", "issuers", cast.presentation().raw, faults.DOCUMENT_SHAPE, "a code in the place of the document")
    return family


def _authority() -> Family:
    family = Family(name="status-authority", about="Who publishes status: status.cbor of a region.", spec="FORMATS 3 and 4")
    good = trust.encode_status_authority(cast.status_authority())
    spaces = {"1": [0, 999_999], "2": [1_000_000, 1_299_999], "3": [1_300_000, 1_399_999]}
    says = {"region": "CN-CQ", "letter": "c", "epoch": 1, "kids": [cast.PUBLISHER.public_key.kid().hex()], "spaces": spaces}
    family.good("one-key", "status-authority", good, says, "one key, three spaces of shard numbers")

    def bad(name: str, change: Callable[[Node], object], comment: str, fault: Fault = faults.DOCUMENT_SHAPE) -> None:
        family.bad(name, "status-authority", _changed(good, change), fault, comment)

    bad("version-2", lambda tree: tree.put(1, 2), "a version that does not exist yet")
    bad("version-true", lambda tree: tree.put(1, True), "true is 1 in some languages")
    bad("region-lower-case", lambda tree: tree.put(2, "cn-cq"), "a region is upper case")
    for what, letter in (("empty", ""), ("two", "cq"), ("upper-case", "C"), ("digit", "1"), ("accent", "é"), ("number", 3)):
        bad(f"letter-{what}", loose.putting(3, letter), "one lower-case letter names a region in list names")
    bad("epoch-negative", lambda tree: tree.put(4, -1), "epochs begin at 0")
    bad("epoch-true", lambda tree: tree.put(4, True), "true is 1 in some languages")
    bad("no-keys", lambda tree: tree.put(5, []), "nobody publishes")
    bad("keys-map", lambda tree: tree.put(5, {}), "a map for a list")
    bad("no-spaces", lambda tree: tree.put(6, {}), "no list belongs to anybody")
    bad("spaces-array", lambda tree: tree.put(6, [[0, 1]]), "an array for a map")
    bad("key-array", lambda tree: tree.put(5, [[]]), "an array for a key")
    bad("key-extra-member", lambda tree: _entry(tree, 5).put(3, {}), "a member too many")
    bad("same-key-twice", lambda tree: tree.put(5, [_entry(tree, 5), _entry(tree, 5)]), "two keys of one name")
    bad("kid-of-another", lambda tree: _entry(tree, 5).put(1, bytes(8)), "a name that is not this key's")
    bad("never-valid", lambda tree: _entry(tree, 5).put(4, cast.NOW + 999 * cast.DAY), "ends before it begins")
    bad("space-unknown-profile", lambda tree: tree.put(6, {9: [0, 1]}), "a profile that does not exist")
    bad("space-backwards", lambda tree: tree.put(6, {1: [2, 1]}), "ends before it begins")
    bad("spaces-overlap", lambda tree: tree.put(6, {1: [0, 10], 2: [10, 20]}), "one shard, two classes of credentials")
    bad("space-inside-another", lambda tree: tree.put(6, {1: [5, 6], 2: [0, 10]}), "one space within another")
    bad("space-negative", lambda tree: tree.put(6, {1: [-1, 1]}), "shard numbers begin at 0")
    bad("space-one-number", lambda tree: tree.put(6, {1: [1]}), "a space has two ends")
    point = trust.ChainPoint(ListSpace.PHONE, 1, 288, hashlib.sha256(b"a version").digest())
    points = (point, point._replace(space=ListSpace.CHIP))
    told = {"checkpoint": [[int(each.space), each.epoch, each.seq, each.root.hex()] for each in points]}
    stood = trust.encode_status_authority(replace(cast.status_authority(), checkpoint=points))
    family.good("checkpoint", "status-authority", stood, says | told, "a version of each chain that stood lately")

    def off(name: str, comment: str, *value: object) -> None:
        bad(f"checkpoint-{name}", lambda tree: tree.put(7, list(value)), comment)

    good_point = [1, 1, 288, point.root]
    off("empty", "nothing stood")
    bad("checkpoint-map", lambda tree: tree.put(7, {}), "a map for a list")
    off("not-a-version", "a number for a version", 1)
    off("short", "a version without its root", good_point[:3])
    off("space-unknown", "a space that does not exist", [3, *good_point[1:]])
    off("space-true", "true is 1 in some languages", [True, *good_point[1:]])
    off("epoch-negative", "epochs begin at 0", [1, -1, 288, point.root])
    off("epoch-text", "a text for a number", [1, "1", 288, point.root])
    off("seq-zero", "versions begin at 1", [1, 1, 0, point.root])
    off("seq-text", "a text for a number", [1, 1, "288", point.root])
    off("root-short", "a root that is not whole", [1, 1, 288, point.root[:31]])
    off("root-text", "a text for bytes", [1, 1, 288, "0" * 32])
    off("same-space-twice", "two versions of one chain", good_point, good_point)
    off("order", "chips before phones", [2, *good_point[1:]], good_point)
    bad("key-y-in-full", lambda tree: _entry(tree, 5).get(2).put(-3, bytes(32)), "a key in its other spelling", faults.KEY_SHAPE)
    family.bad(
        "issuers", "status-authority", trust.encode_issuers("CN-CQ", cast.issuer_keys()), faults.DOCUMENT_SHAPE, "the other document of the region"
    )
    return family


def renamed(scene: str) -> Callable[[dict[str, Any]], object]:
    """A change that gives the rules of the metro to a scene of another name too."""

    def change(document: dict[str, Any]) -> None:
        document["scenes"][scene] = document["scenes"]["metro"]

    return change


def _scenes() -> Family:
    family = Family(name="scenes", about="Scene rules: scenes.json of a region.", spec="FORMATS 2 and 4")
    good = scenes.encode_scenes(cast.scenes()).decode()
    family.good("two-scenes", "scenes", good, {"region": "CN-CQ", "scenes": {"hospital": "challenge", "metro": "window"}}, "a gate and a desk")

    def text(change: Callable[[dict[str, Any]], object] = len) -> str:
        document = json.loads(good)
        del document["scenes"]["hospital"]
        change(document)
        return json.dumps(document, ensure_ascii="\ud800" in json.dumps(document, ensure_ascii=False))

    family.good(
        "any-spacing",
        "scenes",
        text(),
        {"region": "CN-CQ", "scenes": {"metro": "window"}},
        "spacing and order of members are free: the repository signs the bytes",
    )
    for name, source, comment in (
        ("not-json", "scenes", "not JSON"),
        ("empty", "", "nothing"),
        ("truncated", text()[:-1], "a brace too few"),
        ("trailing", text() + "x", "a letter after the document"),
        ("repeated-member", text()[:-1] + ', "version": 1}', "a member written twice: a lax reader takes the last"),
        ("repeated-deep", text().replace('"future_s": 10', '"future_s": 10, "future_s": 100000'), "twice, further in"),
        ("nan", text().replace('"future_s": 10', '"future_s": NaN'), "a number that is none"),
        ("infinity", text().replace('"future_s": 10', '"future_s": Infinity'), "without end"),
        ("float", text().replace('"future_s": 10', '"future_s": 10.0'), "a float"),
        ("exponent", text().replace('"future_s": 10', '"future_s": 1e1'), "an exponent"),
        ("endless-digits", text().replace('"future_s": 10', '"future_s": 1' + "0" * 5000), "a number of five thousand digits"),
        ("single-quotes", text().replace('"', "'"), "not JSON"),
        ("comment", "//\n" + text(), "JSON has no comments"),
        ("byte-order-mark", "\ufeff" + text(), "an invisible character before it"),
    ):
        family.bad(name, "scenes", source, faults.DOCUMENT_JSON, comment)
    family.bad("deep", "scenes", "[", faults.DOCUMENT_JSON, "a hundred thousand levels", times=100_000)
    family.bad("too-long", "scenes", " ", faults.DOCUMENT_JSON, "longer than any region's rules", times=(1 << 18) + 1)
    family.bad("not-utf8", "scenes", b'{"version": "\xff"}', faults.DOCUMENT_JSON, "not UTF-8")

    def bad(name: str, change: Callable[[dict[str, Any]], object], comment: str, fault: Fault = faults.DOCUMENT_SHAPE) -> None:
        family.bad(name, "scenes", text(change), fault, comment)

    def rule(name: str, field: str, value: object, comment: str, fault: Fault = faults.DOCUMENT_SHAPE) -> None:
        bad(name, lambda document: document["scenes"]["metro"].__setitem__(field, value), comment, fault)

    family.bad("array", "scenes", "[]", faults.DOCUMENT_SHAPE, "an array for the document")
    family.bad("null", "scenes", "null", faults.DOCUMENT_SHAPE, "nothing, in JSON")
    bad("version-2", lambda document: document.update(version=2), "a version that does not exist yet")
    bad("version-true", lambda document: document.update(version=True), "true is 1 in some languages")
    bad("region", lambda document: document.update(region="Chongqing"), "a name for a code")
    bad("extra-member", lambda document: document.update(note=""), "a member too many")
    bad("no-scenes", lambda document: document.update(scenes={}), "rules for nowhere")
    bad("scenes-array", lambda document: document.update(scenes=[]), "an array for a map")
    bad("scene-null", lambda document: document["scenes"].update(metro=None), "no rules")
    for scene in ("", "Metro", "metro gate", "地铁", "-metro", "m" * 33):
        bad(
            f"scene-name-{len(family.cases)}",
            renamed(scene),
            "a name of another alphabet",
        )
    bad("without-recognises", lambda document: document["scenes"]["metro"].pop("recognises"), "no default trust")
    rule("extra-field", "allow_all", value=True, comment="a field that nobody defined")
    for field, value, comment in (
        ("title", "Metro", "one language"),
        ("title", {"zh": "轨道交通", "en": ""}, "an empty title"),
        ("title", {"zh": "轨道交通", "en": 1}, "a number for a title"),
        ("title", {"zh": "轨道\u202e交通", "en": "Metro"}, "an override of the writing direction"),
        ("title", {"zh": "轨道交通", "en": "\ud800"}, "half of a surrogate pair, which no file can hold"),
        ("class", "E", "no such class"),
        ("class", 1, "a number for a class"),
        ("audience", "everybody", "no such audience"),
        ("freshness", "none", "no such freshness"),
        ("future_s", -1, "a negative duration"),
        ("past_s", "30", "a duration in letters"),
        ("passback_s", 315_360_001, "longer than ten years"),
        ("past_s", 10**4000, "a number that costs more to print than to send"),
        ("max_age_s", True, "true is 1 in some languages"),
        ("passback_s", None, "no passback"),
        ("recognises", "CN-CQ", "a text for a list"),
        ("recognises", ["*"], "everybody"),
        ("recognises", [1], "a number for a region"),
        ("delegate", 1, "1 for true"),
        ("chip", "no", "a text for false"),
        ("fares", [], "an array for a map"),
        ("fares", {"8": "x"}, "a class that does not exist"),
        ("fares", {"": "x"}, "a class of nothing"),
        ("fares", {"01": "x"}, "a class in two digits"),
        ("fares", {"1": 1}, "a number for a meaning"),
        ("fares", {"1": "学生\n"}, "a line end in a meaning"),
        ("staleness", {}, "no budgets"),
        ("staleness", {"fresh_s": 1, "aging_s": 2, "allowed_s": 3, "check_s": "4"}, "a budget in letters"),
    ):
        rule(f"{field}-{len(family.cases)}", field, value, comment)
    contradiction = faults.SCENE_CONTRADICTION
    rule("passback-short", "passback_s", 69, "a code could be accepted again after it is forgotten", contradiction)
    rule("max-age-0", "max_age_s", 0, "codes that are never alive", contradiction)
    rule("class-a-window", "class", "A", "where money is at stake a shareable code is not fresh enough", contradiction)
    rule("class-b-window", "class", "B", "nor where identity is", contradiction)
    rule("recognises-nobody", "recognises", [], "a gate that opens for nobody", contradiction)
    budgets = {"fresh_s": 100, "aging_s": 100, "allowed_s": 100, "check_s": 100}
    for shorter, name in (({"aging_s": 99}, "aging"), ({"allowed_s": 99}, "allowed"), ({"check_s": 99}, "check")):
        rule(f"{name}-before", "staleness", budgets | shorter, "budgets only grow", contradiction)
    return family
