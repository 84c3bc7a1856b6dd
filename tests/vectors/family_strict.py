"""The strictness lines of FORMATS section 1, one family each: whole codes that say the right thing in the wrong spelling.

Issuer and holder have signed every one of these spellings, so nothing but strictness refuses them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes import base45, faults
from tests.vectors import cast, loose
from tests.vectors.case import Family
from tests.vectors.cast import CodeTree
from tests.vectors.family_signed import ISSUER_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codes.errors import Fault
    from tests.vectors.loose import Node

LINE = "FORMATS 1 Strictness"


def families() -> list[Family]:
    """One family per line of the section."""
    return [_definite(), _shortest(), _keys(), _tags_and_floats(), _trailing(), _depth(), _unprotected(), _allow_lists(), _base45(), _one_text()]


def places(tree: CodeTree) -> Iterator[tuple[str, Node]]:
    """Every kind of place in a code where an item can be respelled, by name."""
    for owner, root in (("code", tree.root), ("credential", tree.credential)):
        array = cast.inner(root)
        protected, unprotected, payload, signature = array.items or []
        yield f"{owner}-tag", root
        yield f"{owner}-array", array
        yield f"{owner}-protected", protected
        yield f"{owner}-header", cast.inner(protected)
        yield f"{owner}-unprotected", unprotected
        yield f"{owner}-payload", payload
        yield f"{owner}-claims", cast.inner(payload)
        yield f"{owner}-signature", signature
    yield "audience", tree.claims.get(3)
    yield "time", tree.claims.get(6)
    claims = tree.credential_claims
    yield "kid", tree.credential_header.get(4)
    yield "region", claims.get(1)
    yield "cnf", claims.get(8)
    yield "holder-key", claims.get(8).get(1)
    yield "holder-x", claims.get(8).get(1).get(-2)
    yield "status", claims.get(65535)
    yield "status-entry", claims.get(65535).get("status_list")
    yield "status-index", claims.get(65535).get("status_list").get("idx")
    yield "card", claims.get(-65537)
    yield "fare", (claims.get(-65537).items or [])[3]


def place(tree: CodeTree, name: str) -> Node:
    """The item of this name."""
    return dict(places(tree))[name]


def names(*majors: int) -> list[str]:
    """Names of the places whose item is of one of these major types."""
    return [name for name, node in places(CodeTree.of(cast.presentation())) if node.major in majors]


def respell(family: Family, case: str, name: str, change: Callable[[Node], object], fault: Fault, comment: str) -> None:  # noqa: PLR0917 - a row of a table
    """Add a code in which the item `name` was changed and everything signed again."""
    tree = CodeTree.of(cast.presentation())
    change(place(tree, name))
    family.bad(f"{case}-{name}", "code", tree.sealed().text(), fault, comment, key=ISSUER_KEY)


def _set(**fields: object) -> Callable[[Node], None]:
    def change(node: Node) -> None:
        for field, value in fields.items():
            setattr(node, field, value)

    return change


def _definite() -> Family:
    family = Family(name="strict-definite-lengths", about="definite lengths only", spec=LINE)
    for name in names(loose.BYTES, loose.TEXT, loose.ARRAY, loose.MAP):
        respell(family, "indefinite", name, _set(indefinite=True), faults.CBOR_INDEFINITE, "the same item with an indefinite length")
    return family


def _shortest() -> Family:
    family = Family(name="strict-shortest", about="shortest integers and lengths", spec=LINE)
    for name, node in places(CodeTree.of(cast.presentation())):
        written = node.write()
        wider = [width for width in (1, 2, 4, 8) if len(loose.head(0, 0, width)) > head_length(written)]
        for width in sorted({wider[0], wider[-1]}):
            respell(
                family, f"{width}-bytes", name, _set(width=width), faults.CBOR_NOT_SHORTEST, f"the head's number in {width} bytes, which needs fewer"
            )
    return family


def head_length(item: bytes) -> int:
    """Bytes of an item's head."""
    return 1 + {24: 1, 25: 2, 26: 4, 27: 8}.get(item[0] & 31, 0)


def _keys() -> Family:
    family = Family(name="strict-keys", about="keys sorted bytewise, unique, integers (text only inside status_list)", spec=LINE)
    maps = [name for name in names(loose.MAP) if not name.endswith("unprotected")]

    def swap(node: Node) -> None:
        items = node.items or []
        node.items = [*items[2:4], *items[0:2], *items[4:]]

    def repeat(node: Node) -> None:
        items = node.items or []
        node.items = [*items, *items[-2:]]

    for name in maps:
        several = len(place(CodeTree.of(cast.presentation()), name).items or []) > 2
        if several:
            respell(family, "unsorted", name, swap, faults.CBOR_KEY_ORDER, "the first two members exchanged")
        respell(family, "repeated", name, repeat, faults.CBOR_DUPLICATE_KEY, "the last member written twice")
        for what, key in (("true", "f5"), ("float", "f93c00"), ("bytes", "4101")):

            def add(node: Node, key: str = key) -> None:
                node.items = [*(node.items or []), loose.literal(key), loose.of(0)]

            respell(family, f"key-{what}", name, add, faults.CBOR_KEY_TYPE, "a key that is neither integer nor text")
    text_key = {
        "code-header": faults.COSE_HEADER,
        "code-claims": faults.CLAIMS_SET,
        "credential-header": faults.COSE_HEADER,
        "credential-claims": faults.CLAIMS_SET,
    }
    text_key |= {"cnf": faults.CLAIM_VALUE, "holder-key": faults.KEY_SHAPE, "status": faults.CLAIMS_SET, "status-entry": faults.CLAIMS_SET}
    for name, fault in text_key.items():
        respell(family, "key-text", name, lambda node: node.put("zzz", 0), fault, "a text key that no definition names")
    return family


def _tags_and_floats() -> Family:
    family = Family(name="strict-tags-and-floats", about="no floats, no tags but 18", spec=LINE)

    def instead(spelling: str) -> Callable[[Node], None]:
        return _set(raw=bytes.fromhex(spelling))

    def tagged(number: int) -> Callable[[Node], None]:
        def change(node: Node) -> None:
            node.raw = loose.head(loose.TAG, number) + node.write()

        return change

    for name in ("time", "fare", "status-index"):
        respell(family, "half-float", name, instead("f90000"), faults.CBOR_SIMPLE, "a number as a half float")
        respell(family, "double-float", name, instead("fb41dac00000000000"), faults.CBOR_SIMPLE, "a number as a double")
        respell(family, "bignum", name, instead("c24101"), faults.CBOR_TAG, "a number as a bignum")
        respell(family, "null", name, instead("f6"), faults.CBOR_SIMPLE, "a null")
    respell(family, "epoch-tag", "time", tagged(1), faults.CBOR_TAG, "a time under its tag")
    respell(family, "uri-tag", "region", tagged(32), faults.CBOR_TAG, "a text under a tag")
    for name in ("code-tag", "credential-tag"):
        respell(family, "tag-17", name, _set(argument=17), faults.CBOR_TAG, "a COSE_Mac0")
        respell(family, "tag-98", name, _set(argument=98), faults.CBOR_TAG, "a COSE_Sign")
        family_name = {"code-tag": "code", "credential-tag": "credential"}[name]
        tree = CodeTree.of(cast.presentation())
        if family_name == "code":
            tree.sealed()
            root = loose.tag(61, tree.root).write()
        else:
            tree.header.put(13, loose.tag(61, tree.credential))
            cast.seal(tree.root, cast.HOLDER)
            root = tree.root.write()
        family.bad(f"cwt-tag-{family_name}", "code", cast.as_text(root), faults.CBOR_TAG, "the CWT tag 61 around it", key=ISSUER_KEY)
    for name in ("code-header", "code-claims", "credential-claims", "kid", "holder-x"):
        respell(family, "encoded-cbor-tag", name, tagged(24), faults.CBOR_TAG, "tag 24 before an item")
    return family


def _trailing() -> Family:
    family = Family(name="strict-trailing", about="no trailing bytes", spec=LINE)
    kbt = cast.presentation().raw
    for extra in (b"\0", b"\xf6", b"\xff", kbt[:64], kbt):
        family.bad(
            f"code-{len(extra)}-{extra[0]:02x}",
            "code",
            cast.as_text(kbt + extra),
            faults.CBOR_TRAILING,
            f"{len(extra)} bytes after the code",
            key=ISSUER_KEY,
        )
    for name in ("code-protected", "code-payload", "credential-protected", "credential-payload"):
        for extra in (b"\0", b"\xa0"):

            def append(node: Node, extra: bytes = extra) -> None:
                node.chunk, node.items = cast.content(node) + extra, None

            tree = CodeTree.of(cast.presentation())
            node, credential = place(tree, name), tree.credential
            append(node)
            if name != "code-protected":
                cast.seal(credential, cast.ISSUER)
            cast.seal(tree.root, cast.HOLDER)
            family.bad(
                f"{name}-{extra.hex()}", "code", tree.text(), faults.CBOR_TRAILING, "a byte after the item inside a byte string", key=ISSUER_KEY
            )
    return family


def _depth() -> Family:
    family = Family(name="strict-depth", about="depth <= 8", spec=LINE)
    deep = loose.of([[[[[[[[[0]]]]]]]]])
    for name in ("audience", "time", "region", "status-index", "fare", "holder-x"):
        respell(family, "nine-arrays", name, lambda node: _become(node, deep), faults.CBOR_DEPTH, "nine arrays where a value should be")
    for name, depth in (("tags", b"\xd2" * 400), ("arrays", b"\x81" * 400), ("maps", b"\xa1\x00" * 200)):
        family.bad(f"only-{name}", "code", cast.as_text(depth + b"\x00"), faults.CBOR_DEPTH, "nothing but levels", key=ISSUER_KEY)
    return family


def _become(node: Node, other: Node) -> None:
    node.major, node.argument, node.chunk, node.items = other.major, other.argument, other.chunk, other.items


def _unprotected() -> Family:
    family = Family(name="strict-unprotected", about="unprotected maps empty (a0)", spec=LINE)
    for name in ("code-unprotected", "credential-unprotected"):
        for what, key, value in (
            ("kid", 4, b"12345678"),
            ("alg", 1, -9),
            ("type", 16, 294),
            ("disclosures", 17, []),
            ("countersignature", 11, bytes(64)),
            ("private", -70000, "hello"),
            ("text", "note", "hello"),
        ):

            def put(node: Node, key: object = key, value: object = value) -> None:
                node.put(key, value)

            respell(family, what, name, put, faults.COSE_UNPROTECTED, "a parameter that no signature covers")
        respell(family, "array", name, _set(major=loose.ARRAY), faults.COSE_UNPROTECTED, "an empty array in its place")
        respell(family, "wrapped", name, _set(raw=b"\x41\xa0"), faults.COSE_UNPROTECTED, "an empty map in a byte string")
        respell(family, "indefinite-empty", name, _set(indefinite=True), faults.CBOR_INDEFINITE, "an empty map until further notice")
    return family


def _allow_lists() -> Family:
    family = Family(name="strict-allow-lists", about="header and claim allow-lists, unknown critical or unknown private claims refused", spec=LINE)
    for name, fault in (
        ("code-header", faults.COSE_HEADER),
        ("credential-header", faults.COSE_HEADER),
        ("code-claims", faults.CLAIMS_SET),
        ("credential-claims", faults.CLAIMS_SET),
    ):
        for what, key, value in (
            ("critical", 2, [1]) if name.endswith("header") else ("not-before", 5, 0),
            ("content-type", 3, "x") if name.endswith("header") else ("expiry", 38, 0),
            ("partial-iv", 6, b"") if name.endswith("header") else ("scope", 9, "all"),
            ("private", -65600, 1),
            ("private-text", "x-note", "hello"),
            ("largest", (1 << 64) - 1, 0),
            ("smallest", -(1 << 64), 0),
        ):

            def put(node: Node, key: object = key, value: object = value) -> None:
                node.put(key, value)

            respell(family, what, name, put, fault, "a word that the definition does not have")
    return family


def _base45() -> Family:
    family = Family(name="strict-base45", about="Base45: alphabet, triplet <= 65535, pair <= 255, length mod 3 != 1", spec=LINE)
    code = next(code for iat in range(cast.NOW, cast.NOW + 10) if len((code := cast.presentation(sub="Base45_A", cnonce=bytes(8 + iat % 2))).raw) % 2)
    text = code.to_text()
    head, body = text[:4], text[4:]
    pair, triplet = body[-2:], body[-5:-2]
    value = sum(base45.ALPHABET.index(letter) * 45**power for power, letter in enumerate(pair))

    def spell(number: int, size: int) -> str:
        return "".join(base45.ALPHABET[number // 45**power % 45] for power in range(size))

    whole = sum(base45.ALPHABET.index(letter) * 45**power for power, letter in enumerate(triplet))
    for name, scanned, fault, comment in (
        ("pair-plus-256", head + body[:-2] + spell(value + 256, 2), faults.BASE45_OVERFLOW, "the last byte written as itself plus 256"),
        ("pair-as-triplet", head + body[:-2] + spell(value, 3), faults.CBOR_TRAILING, "the last byte written as two: a zero too many"),
        ("triplet-too-large", head + body[:-5] + spell(min(whole + 65536, 91124), 3) + pair, faults.BASE45_OVERFLOW, "a group larger than two bytes"),
        ("one-more", head + body + "00", faults.BASE45_LENGTH, "a length that is one more than a multiple of three"),
        ("two-fewer", head + body[:-1], faults.BASE45_LENGTH, "a character lost"),
        ("lower-case-letter", head + lower_one(body), faults.BASE45_ALPHABET, "one letter in lower case"),
        ("tab", head + body[:30] + "\t" + body[31:], faults.BASE45_ALPHABET, "a tab for a character"),
        ("plus-as-comma", head + body[:30] + "," + body[31:], faults.BASE45_ALPHABET, "a comma for a character"),
    ):
        family.bad(name, "code", scanned, fault, comment, key=ISSUER_KEY)
    return family


def lower_one(text: str) -> str:
    """The text with its first letter in lower case."""
    at = next(at for at, letter in enumerate(text) if letter.isalpha())
    return text[:at] + text[at].lower() + text[at + 1 :]


def _one_text() -> Family:
    family = Family(
        name="strict-one-text", about="exactly one text has the meaning: accepted implies byte-identical to what the signer made", spec=LINE
    )
    code = cast.presentation()
    text = code.to_text()
    for name, node in (("holder", "code-signature"), ("issuer", "credential-signature")):
        tree = CodeTree.of(code)
        place(tree, node).chunk = cast.high_s(place(tree, node).chunk)
        if name == "issuer":
            tree.resealed()
        family.bad(f"high-s-{name}", "code", tree.text(), faults.SIGNATURE_HIGH_S, "the malleable twin of the signature", key=ISSUER_KEY)
    for name, scanned, fault in (
        ("lower-case-prefix", text.replace("SC1", "sc1"), faults.CODE_PREFIX),
        ("space-in-front", " " + text, faults.CODE_PREFIX),
        ("three-spaces-behind", text + "   ", faults.BASE45_OVERFLOW),
        ("zero-padding", text + "000", faults.CBOR_TRAILING),
        ("line-end", text + "\r\n", faults.BASE45_LENGTH),
        ("nul-behind", text + "\0\0\0", faults.BASE45_ALPHABET),
        ("soft-hyphen", text[:40] + "\u00ad" + text[40:], faults.BASE45_ALPHABET),
        ("kelvin-sign", text.replace("K", "\u212a"), faults.BASE45_ALPHABET),
    ):
        family.bad(name, "code", scanned, fault, "a text that somebody might read as the same", key=ISSUER_KEY)
    raw = CodeTree.of(code)
    claims = place(raw, "code-payload")
    claims.chunk, claims.items = claims.write(), None
    family.bad("double-wrapped", "code", raw.sealed().text(), faults.CLAIMS_SET, "the claims wrapped twice", key=ISSUER_KEY)
    return family
