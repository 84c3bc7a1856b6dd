"""Vectors of whole codes: shapes, claims and signatures. The strictness of their spelling has its own families."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes import faults
from codes.claims import Audience, Profile
from codes.credential import Credential
from codes.keyproof import KeyProof, ProofPurpose
from codes.presentation import Presentation
from tests.vectors import cast, loose
from tests.vectors.case import Family
from tests.vectors.cast import CodeTree
from tests.vectors.family_signed import ISSUER_KEY, OFF_CURVE
from tests.vectors.replay import code_to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.errors import Fault
    from tests.vectors.loose import Node


def families() -> list[Family]:
    """Codes."""
    family = Family(name="presentation", about="What a code may be.", spec="FORMATS 1 (KBT)")
    _good(family)
    _not_a_code(family)
    _claims(family)
    _headers(family)
    _signatures(family)
    return [family]


def _good(family: Family) -> None:
    identity = Credential.issue(cast.identity_statement(), cast.ISSUER)
    for name, code, comment in (
        ("general", cast.presentation(), "profile 1, at a gate"),
        (
            "identity",
            Presentation.make(identity, cast.HOLDER, audience=Audience.IDENTITY, iat=cast.NOW, cnonce=cast.CNONCE),
            "profile 2, answering a challenge",
        ),
        ("delegate", cast.presentation(profile=Profile.DELEGATE), "a relative shows it"),
        ("challenge-8", cast.presentation(cnonce=bytes(8)), "the shortest challenge"),
        ("challenge-32", cast.presentation(cnonce=bytes(32)), "the longest challenge"),
        ("iat-0", cast.presentation(iat=0), "a phone whose clock was reset"),
        ("iat-largest", cast.presentation(iat=(1 << 64) - 1), "a phone whose clock is broken: well-formed, and refused by its time"),
        ("audience-of-another-profile", cast.presentation(Audience.IDENTITY), "whether the audience fits the credential is the terminal's question"),
    ):
        says = code_to_json(code)
        family.good(name, "code", code.to_text(), says, comment, key=ISSUER_KEY)


def _not_a_code(family: Family) -> None:
    text = cast.presentation().to_text()
    for name, scanned, fault, comment in (
        ("empty", "", faults.CODE_PREFIX, "nothing was scanned"),
        ("prefix-alone", "SC1:", faults.CBOR_TRUNCATED, "a code of nothing"),
        ("prefix-lower-case", text.replace("SC1:", "sc1:"), faults.CODE_PREFIX, "the prefix is upper case"),
        ("prefix-next", text.replace("SC1:", "SC2:"), faults.CODE_PREFIX, "a format that does not exist yet"),
        ("prefix-health", text.replace("SC1:", "HC1:"), faults.CODE_PREFIX, "somebody else's certificate"),
        ("prefix-twice", "SC1:" + text, faults.BASE45_OVERFLOW, "the second prefix is Base45 like the rest, and decodes to rubbish"),
        ("space-before", " " + text, faults.CODE_PREFIX, "one text is the code"),
        ("byte-order-mark", "\ufeff" + text, faults.CODE_PREFIX, "an invisible character before it"),
        ("url", "https://example.org/" + text, faults.CODE_PREFIX, "a link is never opened"),
        ("full-width", text.replace("S", "Ｓ", 1), faults.CODE_PREFIX, "looks the same, is not"),
        ("card-number", "15650000000000001", faults.CODE_PREFIX, "another number of the card"),
        ("newline-after", text + "\n", faults.BASE45_ALPHABET, "a line end is not part of a code"),
        ("space-after", text + " ", faults.BASE45_OVERFLOW, "nor is a space, though it is in the alphabet"),
        ("lower-case", "SC1:" + text[4:].lower(), faults.BASE45_ALPHABET, "a code in lower case"),
        ("chinese", "SC1:川渝一家", faults.BASE45_LENGTH, "four characters"),
        ("chinese-3", "SC1:川渝川", faults.BASE45_ALPHABET, "three characters, none of them allowed"),
        ("cut-in-half", text[: len(text) // 2 // 3 * 3 + 1], faults.CBOR_TRUNCATED, "half a code"),
        ("length-1200", "SC1:" + "0" * 1196, faults.CBOR_TRAILING, "as long as a code may be, and read"),
        ("length-1201", "SC1:" + "0" * 1197, faults.CODE_LENGTH, "one character longer"),
    ):
        family.bad(name, "code", scanned, fault, comment, key=ISSUER_KEY)
    family.bad("length-1200000", "code", "SC1:0000", faults.CODE_LENGTH, "a line of a million characters", key=ISSUER_KEY, times=150_000)
    token = cast.status_token()
    proof = KeyProof.make(cast.HOLDER, region="CN-CQ", purpose=ProofPurpose.HOLDER, nonce=bytes(16), iat=cast.NOW)
    for name, message, fault, comment in (
        ("credential-as-code", cast.credential().raw, faults.COSE_TYPE, "a credential without its holder's signature is not a code"),
        ("status-token-as-code", token.raw, faults.COSE_TYPE, "a status list in the place of a code"),
        ("key-proof-as-code", proof, faults.COSE_TYPE, "a key proof in the place of a code"),
        ("chip-answer-as-code", cast.chip_answer(), faults.CBOR_TRAILING, "a chip's answer in the place of a code"),
        ("zeros", bytes(319), faults.CBOR_TRAILING, "as long as a code, and nothing"),
        ("ones", b"\xff" * 319, faults.CBOR_INDEFINITE, "as long as a code, and nothing"),
    ):
        family.bad(name, "code", cast.as_text(message), fault, comment, key=ISSUER_KEY)


def _respell(family: Family, name: str, change: Callable[[CodeTree], object], fault: Fault, comment: str) -> None:
    tree = CodeTree.of(cast.presentation())
    change(tree)
    family.bad(name, "code", tree.sealed().text(), fault, comment, key=ISSUER_KEY)


def _claims(family: Family) -> None:
    def bad(name: str, change: Callable[[Node], object], fault: Fault, comment: str) -> None:
        _respell(family, name, lambda tree: change(tree.claims), fault, comment)

    bad("without-audience", lambda claims: claims.drop(3), faults.CLAIMS_SET, "a code for anywhere")
    bad("without-iat", lambda claims: claims.drop(6), faults.CLAIMS_SET, "a code for ever")
    value: object
    for number, value in ((1, "CN-CQ"), (2, cast.SUB), (4, cast.NOW + 60), (5, cast.NOW), (7, b"id"), (8, {}), (-65541, 0), ("x", 0)):
        bad(
            f"extra-claim-{number}",
            loose.putting(number, value),
            faults.CLAIMS_SET,
            "a claim that a code does not have",
        )
    for name, number, value, comment in (
        ("audience-unknown", 3, "metro", "a class of audience, not a place"),
        ("audience-upper-case", 3, "GENERAL", "one spelling"),
        ("audience-array", 3, ["general"], "one audience"),
        ("audience-bytes", 3, b"general", "bytes for text"),
        ("audience-empty", 3, "", "nobody"),
        ("iat-negative", 6, -1, "before 1970"),
        ("iat-text", 6, "1795248000", "a time in letters"),
        ("iat-true", 6, True, "true is 1 in some languages"),
        ("challenge-7", 39, bytes(7), "too short to be unguessable"),
        ("challenge-33", 39, bytes(33), "longer than any challenge"),
        ("challenge-text", 39, "00112233", "a challenge in letters"),
        ("challenge-empty", 39, b"", "no challenge, said aloud"),
        ("challenge-array", 39, [bytes(8), bytes(8)], "two challenges"),
    ):
        bad(name, loose.putting(number, value), faults.CLAIM_VALUE, comment)
    _respell(
        family,
        "claims-array",
        lambda tree: cast.parts_of(tree.root)[2].__setattr__("items", [loose.of([3, 6])]),
        faults.CLAIMS_SET,
        "an array for the claims",
    )
    tree = CodeTree.of(cast.presentation())
    tree.credential_claims.put(-65537, [cast.CHIP_TAG, 30, 3, 2])
    family.bad(
        "chip-credential",
        "code",
        tree.sealed().text(),
        faults.CHIP_IN_CODE,
        "a chip presents itself by its own authentication, never in a code",
        key=ISSUER_KEY,
    )


def critical(tree: CodeTree) -> None:
    """Mark a header critical that nobody knows."""
    tree.header.put(2, [99])
    tree.header.put(99, 0)


def _headers(family: Family) -> None:
    def bad(name: str, change: Callable[[CodeTree], object], fault: Fault, comment: str) -> None:
        _respell(family, name, change, fault, comment)

    bad(
        "kid",
        lambda tree: tree.header.put(4, b"12345678"),
        faults.COSE_HEADER,
        "the holder's key is in the credential; a key id beside it could disagree",
    )
    bad("critical", critical, faults.COSE_HEADER, "a header marked critical that nobody knows")
    bad("extra-text-header", lambda tree: tree.header.put("x", 0), faults.COSE_HEADER, "a header under a text key")
    bad(
        "holder-key-in-header",
        lambda tree: tree.header.put(-1, cast.STRANGER.public_key.to_cbor()),
        faults.COSE_HEADER,
        "a key of the presenter's choosing",
    )
    bad("type-credential", lambda tree: tree.header.put(16, 293), faults.COSE_TYPE, "a code that calls itself a credential")
    bad("credential-type-code", lambda tree: tree.credential_header.put(16, 294), faults.COSE_TYPE, "a credential that calls itself a code")
    bad("alg-es256", lambda tree: tree.header.put(1, -7), faults.COSE_ALGORITHM, "ES256, the polymorphic name")
    bad("credential-alg-es256", lambda tree: tree.credential_header.put(1, -7), faults.COSE_ALGORITHM, "ES256, the polymorphic name")
    bad(
        "credential-kid-unprotected",
        lambda tree: cast.parts_of(tree.credential)[1].put(4, b"12345678"),
        faults.COSE_UNPROTECTED,
        "the key id of the victim outside the signature",
    )
    code = cast.presentation()
    claims = loose.read(code.signed.payload)
    for name, value, fault, comment in (
        ("wrapped-credential", code.credential.raw, faults.COSE_SHAPE, "the credential in a byte string"),
        ("untagged-credential", cast.inner(loose.read(code.credential.raw)), faults.COSE_SHAPE, "the credential without its tag"),
        ("two-credentials", [loose.read(code.credential.raw)] * 2, faults.COSE_SHAPE, "two credentials"),
        ("claims-for-credential", loose.read(code.credential.signed.payload), faults.COSE_SHAPE, "what an issuer would say, unsigned"),
    ):
        tree = cast.sign1(loose.of({1: -9, 13: value, 16: 294}), claims, cast.HOLDER)
        family.bad(name, "code", cast.as_text(tree.write()), fault, comment, key=ISSUER_KEY)
    tree = cast.sign1(loose.of({1: -9, 16: 294}), claims, cast.HOLDER)
    family.bad("without-credential", "code", cast.as_text(tree.write()), faults.COSE_HEADER, "a code without a credential", key=ISSUER_KEY)
    tree = cast.sign1(loose.of({1: -9, 4: b"12345678", 16: 294}), claims, cast.HOLDER)
    family.bad(
        "kid-for-credential", "code", cast.as_text(tree.write()), faults.COSE_HEADER, "a key named instead of a credential shown", key=ISSUER_KEY
    )


def _signatures(family: Family) -> None:
    def bad(name: str, tree: CodeTree, fault: Fault, comment: str) -> None:
        family.bad(name, "code", tree.text(), fault, comment, key=ISSUER_KEY)

    def tree() -> CodeTree:
        return CodeTree.of(cast.presentation())

    other = tree()
    cast.seal(other.root, cast.STRANGER)
    bad("another-phone", other, faults.HOLDER_SIGNATURE, "a victim's credential, shown by another phone")
    later = tree()
    later.claims.put(6, cast.NOW + 3600)
    bad("time-changed", later, faults.HOLDER_SIGNATURE, "a code moved to another time")
    wider = tree()
    wider.claims.put(3, "identity")
    bad("audience-changed", wider, faults.HOLDER_SIGNATURE, "a code moved to another audience")
    swapped = tree()
    swapped.header.put(13, loose.read(cast.credential(sub="other__1").raw))
    bad("credential-swapped", swapped, faults.HOLDER_SIGNATURE, "a code moved to another credential of the same phone")
    cheaper = tree()
    cheaper.credential_claims.put(-65537, [cast.CHIP_TAG, 30, 1, 7])
    bad("fare-changed", cheaper.resealed(), faults.ISSUER_SIGNATURE, "the holder signs what the issuer did not")
    rekeyed = tree()
    rekeyed.credential_claims.put(8, {1: cast.STRANGER.public_key.to_cbor()})
    cast.seal(rekeyed.root, cast.STRANGER)
    bad("holder-key-replaced", rekeyed, faults.ISSUER_SIGNATURE, "a stranger's key put into a victim's credential")
    forged = tree()
    cast.seal(forged.credential, cast.STRANGER)
    bad("issuer-forged", forged.resealed(), faults.ISSUER_SIGNATURE, "a credential of nobody's, with the right key id")
    blank = tree()
    cast.parts_of(blank.root)[3].chunk = bytes(64)
    bad("signature-blank", blank, faults.SIGNATURE_RANGE, "a signature of zeros is not no signature")
    stripped = tree()
    cast.parts_of(stripped.root)[3].chunk = b""
    bad("signature-stripped", stripped, faults.HOLDER_SIGNATURE, "a signature taken away: absent is forged, never unsigned")
    crossed = tree()
    first, second = cast.parts_of(crossed.root)[3], cast.parts_of(crossed.credential)[3]
    first.chunk, second.chunk = second.chunk, first.chunk
    bad("signatures-exchanged", crossed, faults.ISSUER_SIGNATURE, "each signature in the other's place")
    off = tree()
    off.credential_claims.put(8, {1: {1: 2, -1: 1, -2: OFF_CURVE, -3: False}})
    bad("off-curve-holder", off.sealed(), faults.KEY_POINT, "a holder key that is no point, signed by an issuer that did not look")
