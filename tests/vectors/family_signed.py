"""Vectors of signatures, COSE_Sign1, COSE_Key and of the claims of a credential."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from codes import faults
from codes.claims import Profile, StatusRef
from codes.credential import Credential
from codes.keys import HALF_ORDER, ORDER
from tests.vectors import cast, loose
from tests.vectors.case import Family
from tests.vectors.replay import statement_to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.errors import Fault
    from tests.vectors.loose import Node

ISSUER_KEY = loose.of(cast.ISSUER.public_key.to_cbor()).write().hex()
FIELD_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
B_OF_CURVE = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
OFF_CURVE = next(x for x in range(1, 100) if pow(x**3 - 3 * x + B_OF_CURVE, (FIELD_PRIME - 1) // 2, FIELD_PRIME) != 1).to_bytes(32, "big")
"""An x coordinate that no point of P-256 has."""


def families() -> list[Family]:
    """Signatures, COSE, keys, claims."""
    return [_signatures(), _cose(), _keys(), _claims()]


def _rs(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _signatures() -> Family:
    family = Family(name="signatures", about="The 64 bytes r and s: one signature, one spelling.", spec="RFC 9053 2.1, FORMATS 1 (low-S)")
    family.good("smallest", "signature", _rs(1, 1), "3006020101020101", "both numbers are 1: in range; whether it verifies is another question")
    half = HALF_ORDER.to_bytes(32, "big").hex()
    family.good("s-half-order", "signature", _rs(1, HALF_ORDER), f"30250201010220{half}", "s may be exactly half of the order")
    family.bad("s-above-half", "signature", _rs(1, HALF_ORDER + 1), faults.SIGNATURE_HIGH_S, "the first s that has a lower twin")
    family.bad("s-largest", "signature", _rs(1, ORDER - 1), faults.SIGNATURE_HIGH_S, "the twin of s = 1")
    family.bad("r-zero", "signature", _rs(0, 1), faults.SIGNATURE_RANGE, "r is 0")
    family.bad("s-zero", "signature", _rs(1, 0), faults.SIGNATURE_RANGE, "s is 0")
    family.bad("both-zero", "signature", bytes(64), faults.SIGNATURE_RANGE, "the blank signature that verifies anything in a careless library")
    family.bad("r-order", "signature", _rs(ORDER, 1), faults.SIGNATURE_RANGE, "r is the order, which is 0 again")
    family.bad("s-order", "signature", _rs(1, ORDER), faults.SIGNATURE_RANGE, "s is the order")
    family.bad("r-plus-order", "signature", _rs(ORDER + 1, 1), faults.SIGNATURE_RANGE, "r = 1 written as order + 1")
    family.bad("all-ones", "signature", b"\xff" * 64, faults.SIGNATURE_RANGE, "the largest bytes")
    return family


def _cose() -> Family:
    family = Family(name="cose", about="COSE_Sign1 in the one shape that is signed here.", spec="RFC 9052 4.2 and 4.4, RFC 9864, RFC 9596")
    payload = {1: "anything"}
    facts = {"typ": 293, "key": ISSUER_KEY}
    header = {1: -9, 16: 293}

    def signed(protected: object = None, content: object = payload) -> Node:
        return cast.sign1(loose.of(header if protected is None else protected), loose.of(content), cast.ISSUER)

    def respelled(part: int, spelling: object) -> bytes:
        tree = signed()
        items = cast.inner(tree).items or []
        items[part] = loose.of(spelling)
        return tree.write()

    def bad(name: str, source: Node | bytes, fault: Fault, comment: str) -> None:
        family.bad(name, "sign1", source if isinstance(source, bytes) else source.write(), fault, comment, **facts)

    says = {"protected": loose.of(header).write().hex(), "payload": loose.of(payload).write().hex()}
    family.good("signed", "sign1", signed().write(), says, "a COSE_Sign1 of type 293", **facts)
    more = {"protected": loose.of({**header, 4: b"kid"}).write().hex(), "payload": "a0"}
    family.good(
        "more-headers",
        "sign1",
        signed({**header, 4: b"kid"}, {}).write(),
        more,
        "which other parameters a message has is the message's own rule",
        **facts,
    )

    bad("not-tagged", cast.inner(signed()), faults.COSE_SHAPE, "the array without its tag")
    bad("tag-on-map", loose.tag(18, {}), faults.COSE_SHAPE, "tag 18 on a map")
    bad("three-parts", loose.tag(18, [b"", {}, b""]), faults.COSE_SHAPE, "no signature: never unsigned, always malformed")
    bad("five-parts", loose.tag(18, [*(cast.inner(signed()).items or []), b""]), faults.COSE_SHAPE, "a part too many")
    bad("tag-in-tag", loose.tag(18, signed()), faults.COSE_SHAPE, "signed once is enough")
    bad("protected-not-wrapped", respelled(0, header), faults.COSE_SHAPE, "the protected header as a map")
    bad("payload-detached", respelled(2, loose.literal("f6")), faults.CBOR_SIMPLE, "a detached payload is a null, and there is no null")
    bad("payload-not-wrapped", respelled(2, payload), faults.COSE_SHAPE, "the payload as a map")
    bad("signature-63", respelled(3, bytes(63)), faults.COSE_SHAPE, "a signature of 63 bytes")
    bad("signature-65", respelled(3, bytes(65)), faults.COSE_SHAPE, "a signature of 65 bytes")
    bad("signature-empty", respelled(3, b""), faults.ISSUER_SIGNATURE, "a stripped signature: absent is forged")
    bad("signature-der", respelled(3, bytes.fromhex("3006020101020101")), faults.COSE_SHAPE, "DER has many spellings; r and s have one")
    bad("signature-text", respelled(3, "0" * 64), faults.COSE_SHAPE, "64 characters are not 64 bytes")
    bad("unprotected-kid", respelled(1, {4: b"12345678"}), faults.COSE_UNPROTECTED, "a key id outside the signature")
    bad("unprotected-alg", respelled(1, {1: -7}), faults.COSE_UNPROTECTED, "another algorithm outside the signature")
    bad("unprotected-private", respelled(1, {-70000: 0}), faults.COSE_UNPROTECTED, "anything at all outside the signature")
    bad("unprotected-text", respelled(1, {"x": 0}), faults.COSE_UNPROTECTED, "under a text key too")
    bad("unprotected-array", respelled(1, []), faults.COSE_UNPROTECTED, "an empty array is not an empty map")
    bad("unprotected-bytes", respelled(1, b""), faults.COSE_UNPROTECTED, "nor is an empty byte string")
    bad("unprotected-false", respelled(1, loose.literal("f4")), faults.COSE_UNPROTECTED, "nor is false")
    bad(
        "protected-empty",
        respelled(0, b""),
        faults.CBOR_TRUNCATED,
        "RFC 9052 allows a zero-length header; a header without an algorithm is of no use",
    )
    bad("protected-array", signed([1, -9]), faults.COSE_HEADER, "an array where the header map should be")
    bad("protected-trailing", respelled(0, loose.of(header).write() + b"\0"), faults.CBOR_TRAILING, "a byte after the header map")
    bad("alg-missing", signed({16: 293}), faults.COSE_ALGORITHM, "no algorithm")
    for number, what in (
        (-7, "ES256, the polymorphic name"),
        (-47, "ES256K"),
        (-51, "ESP384"),
        (-8, "EdDSA"),
        (5, "HS256 with the public key as secret"),
        (0, "none"),
    ):
        bad(f"alg-{abs(number)}", signed({1: number, 16: 293}), faults.COSE_ALGORITHM, what)
    bad("alg-text", signed({1: "ESP256", 16: 293}), faults.COSE_ALGORITHM, "the name in letters")
    bad("type-missing", signed({1: -9}), faults.COSE_TYPE, "a message without a type could stand for any other")
    bad("type-other", signed({1: -9, 16: 294}), faults.COSE_TYPE, "a code in the place of a credential")
    bad("type-text", signed({1: -9, 16: "application/sd-cwt"}), faults.COSE_TYPE, "the same type in letters")
    bad("type-status", signed({1: -9, 16: "application/statuslist+cwt"}), faults.COSE_TYPE, "a status list in the place of a credential")
    good = cast.parts_of(signed())[3].chunk
    bad("high-s", respelled(3, cast.high_s(good)), faults.SIGNATURE_HIGH_S, "the twin that every library verifies")
    bad("r-zero", respelled(3, bytes(32) + good[32:]), faults.SIGNATURE_RANGE, "r is 0")
    bad("s-order", respelled(3, good[:32] + ORDER.to_bytes(32, "big")), faults.SIGNATURE_RANGE, "s is the order")
    bad("other-key", cast.sign1(loose.of(header), loose.of(payload), cast.STRANGER), faults.ISSUER_SIGNATURE, "signed by another key")
    bad("payload-changed", respelled(2, loose.of({1: "nothing"}).write()), faults.ISSUER_SIGNATURE, "another payload under the same signature")
    bad("header-changed", respelled(0, loose.of({**header, 4: b""}).write()), faults.ISSUER_SIGNATURE, "another header under the same signature")
    protected, content = loose.of(header).write(), loose.of(payload).write()
    for name, structure, comment in (
        ("external-data", ["Signature1", protected, b"x", content], "signed together with data that does not travel"),
        ("context-signature", ["Signature", protected, b"", b"", content], "a signature of COSE_Sign in the place of COSE_Sign1"),
        ("context-mac", ["MAC0", protected, b"", content], "the structure of a MAC, signed"),
    ):
        bad(name, respelled(3, cast.ISSUER.sign(loose.of(structure).write())), faults.ISSUER_SIGNATURE, comment)
    return family


def _keys() -> Family:
    family = Family(name="keys", about="COSE_Key of a P-256 point, compressed.", spec="RFC 9052 7, RFC 9053 7.1.1, RFC 9679")
    for name, key in (("issuer", cast.ISSUER.public_key), ("holder", cast.HOLDER.public_key)):
        y = key.load().public_numbers().y
        thumbprint = hashlib.sha256(loose.of({1: 2, -1: 1, -2: key.x, -3: y.to_bytes(32, "big")}).write()).hexdigest()
        says = {"x": key.x.hex(), "y_is_odd": bool(y % 2), "thumbprint": thumbprint, "kid": thumbprint[:16]}
        family.good(
            name, "cose-key", loose.of(key.to_cbor()).write(), says, "the thumbprint is over the full y coordinate, the kid is its first 8 bytes"
        )
    good: dict[int | str, Any] = {**cast.HOLDER.public_key.to_cbor()}
    wrong: tuple[tuple[str, dict[int | str, Any], str], ...] = (
        ("kty-okp", {1: 1}, "an octet key pair"),
        ("kty-symmetric", {1: 4}, "a secret"),
        ("kty-true", {1: True}, "true where a number belongs"),
        ("curve-p384", {-1: 2}, "another curve"),
        ("curve-true", {-1: True}, "true is 1 in some languages; not here"),
        ("x-31", {-2: bytes(31)}, "a shortened coordinate"),
        ("x-33", {-2: bytes(33)}, "a lengthened coordinate"),
        ("x-text", {-2: "x" * 32}, "a coordinate in letters"),
        ("y-full", {-3: bytes(32)}, "the y coordinate itself: the key has one spelling, the compressed one"),
        ("y-number", {-3: 1}, "1 for true"),
        ("private-part", {-4: bytes(32)}, "a private key has no place in a message"),
        ("kid", {2: b"12345678"}, "nothing else in the key"),
        ("alg", {3: -9}, "nothing else in the key"),
        ("key-ops", {4: [2]}, "nothing else in the key"),
    )
    for name, changes, comment in wrong:
        family.bad(name, "cose-key", loose.of(good | changes).write(), faults.KEY_SHAPE, comment)
    for missing in (1, -1, -2, -3):
        short: dict[int | str, Any] = {label: value for label, value in good.items() if label != missing}
        family.bad(f"without-{missing}", "cose-key", loose.of(short).write(), faults.KEY_SHAPE, "every member is needed")
    family.bad("array", "cose-key", loose.of([2, 1]).write(), faults.KEY_SHAPE, "not a map")
    family.bad("off-curve", "cose-key", loose.of({**good, -2: OFF_CURVE}).write(), faults.KEY_POINT, "no point of the curve has this x")
    family.bad(
        "x-field-prime",
        "cose-key",
        loose.of({**good, -2: FIELD_PRIME.to_bytes(32, "big")}).write(),
        faults.KEY_POINT,
        "x is not below the field prime",
    )
    family.bad("x-all-ones", "cose-key", loose.of({**good, -2: b"\xff" * 32}).write(), faults.KEY_POINT, "x is far above the field prime")
    return family


def _claims() -> Family:
    family = Family(name="claims", about="What a credential may say, claim by claim.", spec="FORMATS 1 (SD-CWT)")
    hour = cast.HOUR
    for name, says, comment in (
        ("general", cast.statement(), "profile 1"),
        ("identity", cast.identity_statement(), "profile 2: masked name and last four characters"),
        (
            "chip",
            cast.statement(profile=Profile.CHIP, holder=cast.CHIP.public_key, exp=cast.NOW + 3650 * cast.DAY),
            "profile 3, which lies on the chip",
        ),
        ("delegate", cast.statement(profile=Profile.DELEGATE), "profile 4, for places that take no name"),
        ("delegate-identity", cast.identity_statement(profile=Profile.DELEGATE), "profile 4 with the masked name of the principal"),
        ("epoch", cast.statement(iat=0, exp=hour), "the first hour of 1970"),
        (
            "largest-index",
            cast.statement(status=StatusRef("sl:s0", (1 << 64) - 1)),
            "an index may be anything that fits; whether the list is that long is the list's answer",
        ),
        ("max-age-1", cast.statement(max_age=1), "one second"),
        ("max-age-3600", cast.statement(max_age=3600), "the longest that the format can say"),
        ("fare-0", cast.statement(fare=0), "the first fare class"),
        ("fare-7", cast.statement(fare=7), "the last fare class"),
        ("region-longest", cast.statement(iss="CN-SCX"), "an ISO 3166-2 code of six characters"),
        ("tail-digits", cast.identity_statement(tail="0000"), "a number that ends in a digit"),
        ("name-60", cast.identity_statement(name="***" + "长" * 19), "60 bytes of name"),
    ):
        family.good(name, "credential", Credential.issue(says, cast.ISSUER).raw, statement_to_json(says), comment, key=ISSUER_KEY)

    def bad(name: str, change: Callable[[Node], None], fault: Fault, comment: str, *, identity: bool = False) -> None:
        says = cast.identity_statement() if identity else cast.statement()
        tree = loose.read(Credential.issue(says, cast.ISSUER).raw)
        change(cast.inner(cast.parts_of(tree)[2]))
        cast.seal(tree, cast.ISSUER)
        family.bad(name, "credential", tree.write(), fault, comment, key=ISSUER_KEY)

    number: int | str
    value: object
    for number, label in ((1, "iss"), (2, "sub"), (4, "exp"), (6, "iat"), (8, "cnf"), (65535, "status"), (-65537, "card")):
        bad(f"without-{label}", loose.dropping(number), faults.CLAIMS_SET, "every claim is needed")
    for number, value, what in (
        (3, "general", "an audience, which is the code's to say"),
        (5, cast.NOW, "nbf, which iat says already"),
        (7, b"id", "a token id, which would link codes"),
        (-65540, 1, "the purpose of a key proof"),
        (-65541, 1, "an unknown private claim"),
        (-260, {}, "a health certificate"),
        ("extra", 1, "a claim under a text key"),
    ):
        bad(f"extra-claim-{number}", loose.putting(number, value), faults.CLAIMS_SET, what)
    bad("general-with-name", lambda claims: claims.put(-65538, "王*芳"), faults.CLAIMS_SET, "a general credential carries no name, masked or not")
    bad("general-with-tail", lambda claims: claims.put(-65539, "204X"), faults.CLAIMS_SET, "nor any part of the number")
    bad("identity-without-name", lambda claims: claims.drop(-65538), faults.CLAIMS_SET, "an identity credential says both", identity=True)
    bad("identity-without-tail", lambda claims: claims.drop(-65539), faults.CLAIMS_SET, "an identity credential says both", identity=True)
    for name, number, value, comment in (
        ("iss-lower-case", 1, "cn-cq", "a region is upper case"),
        ("iss-country", 1, "CN", "a country is not a region"),
        ("iss-newline", 1, "CN-CQ\n", "a line end at the end"),
        ("iss-full-width", 1, "ＣＮ-CQ", "full-width letters"),
        ("iss-bytes", 1, b"CN-CQ", "bytes for text"),
        ("sub-short", 2, "Tq3_x-9", "seven characters"),
        ("sub-long", 2, "Tq3_x-9AB", "nine characters"),
        ("sub-alphabet", 2, "Tq3+x/9A", "the other base64"),
        ("sub-bytes", 2, b"Tq3_x-9A", "bytes for text"),
        ("exp-not-on-the-hour", 4, cast.NOW + 1, "a second that would tell when a resident was renewed"),
        ("exp-at-iat", 4, cast.NOW - hour, "a life of nothing"),
        ("exp-text", 4, "1795248000", "a time in letters"),
        ("iat-not-on-the-hour", 6, cast.NOW - 1, "a second that would tell when a resident was renewed"),
        ("iat-negative", 6, -hour, "before 1970"),
        ("iat-true", 6, True, "true is 1 in some languages"),
        ("iat-after-exp", 6, cast.NOW + 30 * cast.DAY, "born after its end"),
        ("cnf-empty", 8, {}, "no holder key"),
        ("cnf-kid", 8, {3: b"12345678"}, "a key named instead of shown"),
        ("cnf-two", 8, {1: cast.HOLDER.public_key.to_cbor(), 3: b"12345678"}, "a key shown and another named"),
        ("cnf-array", 8, [cast.HOLDER.public_key.to_cbor()], "an array for a map"),
        ("card-short", -65537, [cast.CHIP_TAG, 30, 1], "three of the four"),
        ("card-long", -65537, [cast.CHIP_TAG, 30, 1, 2, 0], "a fifth of the four"),
        ("card-map", -65537, {0: cast.CHIP_TAG}, "a map for an array"),
        ("chip-tag-7", -65537, [bytes(7), 30, 1, 2], "a shortened tag"),
        ("chip-tag-9", -65537, [bytes(9), 30, 1, 2], "a lengthened tag"),
        ("chip-tag-text", -65537, ["12345678", 30, 1, 2], "a tag in letters"),
        ("max-age-0", -65537, [cast.CHIP_TAG, 0, 1, 2], "codes that are never alive"),
        ("max-age-3601", -65537, [cast.CHIP_TAG, 3601, 1, 2], "longer than the format can say"),
        ("max-age-negative", -65537, [cast.CHIP_TAG, -30, 1, 2], "a negative life"),
        ("max-age-true", -65537, [cast.CHIP_TAG, True, 1, 2], "true is 1 in some languages"),
        ("profile-0", -65537, [cast.CHIP_TAG, 30, 0, 2], "no such profile"),
        ("profile-5", -65537, [cast.CHIP_TAG, 30, 5, 2], "no such profile yet"),
        ("profile-true", -65537, [cast.CHIP_TAG, 30, True, 2], "true is 1 in some languages"),
        ("fare-8", -65537, [cast.CHIP_TAG, 30, 1, 8], "there are eight classes, from 0"),
        ("fare-negative", -65537, [cast.CHIP_TAG, 30, 1, -1], "a negative class"),
        ("fare-false", -65537, [cast.CHIP_TAG, 30, 1, False], "false is 0 in some languages"),
        ("status-uri-http", 65535, {"status_list": {"idx": 1, "uri": "https://example.org/1"}}, "lists are named, not located"),
        ("status-uri-upper-case", 65535, {"status_list": {"idx": 1, "uri": "sl:C4K2"}}, "one spelling of a list"),
        ("status-uri-leading-zero", 65535, {"status_list": {"idx": 1, "uri": "sl:c04k"}}, "one spelling of a shard number"),
        ("status-uri-long", 65535, {"status_list": {"idx": 1, "uri": "sl:c12345"}}, "five digits"),
        ("status-idx-negative", 65535, {"status_list": {"idx": -1, "uri": "sl:c4k2"}}, "before the first entry"),
        ("status-idx-true", 65535, {"status_list": {"idx": True, "uri": "sl:c4k2"}}, "true is 1 in some languages"),
        ("status-idx-text", 65535, {"status_list": {"idx": "1", "uri": "sl:c4k2"}}, "an index in letters"),
    ):
        bad(name, loose.putting(number, value), faults.CLAIM_VALUE, comment)
    for name, value, comment in (
        ("status-other-mechanism", {"status_assertion": {}}, "another way of saying status"),
        ("status-two-mechanisms", {"status_list": {"idx": 1, "uri": "sl:c4k2"}, "x": 0}, "a second way beside the first"),
        ("status-empty", {}, "no status at all"),
        ("status-array", ["status_list"], "an array for a map"),
        ("status-extra", {"status_list": {"idx": 1, "uri": "sl:c4k2", "x": 0}}, "a third word in the entry"),
        ("status-without-uri", {"status_list": {"idx": 1}}, "an index into nothing"),
    ):
        bad(name, loose.putting(65535, value), faults.CLAIMS_SET, comment)
    for name, value, comment in (
        ("name-not-masked", "王小芳", "a full name is refused by its shape: a masked one has a star"),
        ("name-61", "*" * 61, "61 bytes"),
        ("name-line-end", "王*芳\n", "a control character on a staff screen"),
        ("name-bidi", "王*芳\u202e", "an override of the writing direction on a staff screen"),
        ("name-bytes", b"*", "bytes for text"),
    ):
        bad(name, loose.putting(-65538, value), faults.CLAIM_VALUE, comment, identity=True)
    for name, value, comment in (
        ("tail-lower-case", "204x", "the check character is a capital X"),
        ("tail-3", "04X", "three characters"),
        ("tail-full-width", "204Ｘ", "a full-width X"),
        ("tail-letters", "A04X", "a letter where a digit belongs"),
        ("tail-superscript", "20²4", "a digit that is none"),
        ("tail-number", 2041, "a number for text"),
    ):
        bad(name, loose.putting(-65539, value), faults.CLAIM_VALUE, comment, identity=True)
    bad(
        "holder-key-shape",
        lambda claims: claims.put(8, {1: {1: 2, -1: 1, -2: bytes(32), -3: bytes(32)}}),
        faults.KEY_SHAPE,
        "a holder key with its y coordinate in full",
    )

    def stranger(header: dict[object, object], fault: Fault, name: str, comment: str) -> None:
        claims = loose.read(cast.credential().signed.payload)
        family.bad(name, "credential", cast.sign1(loose.of(header), claims, cast.ISSUER).write(), fault, comment, key=ISSUER_KEY)

    kid = cast.ISSUER.public_key.kid()
    stranger({1: -9, 16: 293}, faults.COSE_HEADER, "without-kid", "a credential names its issuer's key")
    stranger({1: -9, 4: kid[:7], 16: 293}, faults.COSE_HEADER, "kid-7", "a name of seven bytes")
    stranger({1: -9, 4: kid.hex()[:8], 16: 293}, faults.COSE_HEADER, "kid-text", "a name in letters")
    stranger({1: -9, 2: [99], 4: kid, 16: 293, 99: 0}, faults.COSE_HEADER, "critical-header", "a header marked critical that nobody knows")
    stranger({1: -9, 4: kid, 16: 293, 170: -16}, faults.COSE_HEADER, "sd-alg", "no selective disclosure: everything in a credential is said")
    stranger({1: -9, 4: kid, 15: {1: "CN-CQ"}, 16: 293}, faults.COSE_HEADER, "claims-in-header", "claims repeated in the header could disagree")
    family.bad(
        "other-issuer",
        "credential",
        Credential.issue(cast.statement(), cast.ISSUER_SC).raw,
        faults.ISSUER_SIGNATURE,
        "signed by the other region's key",
        key=ISSUER_KEY,
    )
    tree = cast.sign1(loose.of({1: -9, 4: kid, 16: 293}), loose.of([1]), cast.ISSUER)
    family.bad("claims-array", "credential", tree.write(), faults.CLAIMS_SET, "an array where the claims should be", key=ISSUER_KEY)
    return family
