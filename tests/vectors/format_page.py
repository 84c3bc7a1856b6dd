"""The generated parts of codes/FORMAT.md: one whole code with every byte explained, and the table of sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes import qr
from codes.chipproof import ChipState
from codes.claims import Audience, StatusRef
from codes.credential import Credential
from codes.presentation import Presentation
from codes.scripts import ChipFlag, ChipStatus, Script, ScriptKeys, ScriptReceipt
from tests.vectors import cast, family_blocklists, format_chain
from tests.vectors.listing import listing

if TYPE_CHECKING:
    from codes.credential import Statement

MEANING: dict[str, str] = {
    "": "the code: a COSE_Sign1 (tag 18)",
    "/0": "its four parts",
    "/0/0": "1 protected header, signed",
    "/0/0/0": "three parameters",
    "/0/0/0/1": "algorithm: ESP256 (-9)",
    "/0/0/0/13": "kcwt, the credential: a COSE_Sign1 of its own (tag 18)",
    "/0/0/0/13/0": "its four parts",
    "/0/0/0/13/0/0": "1 protected header, signed by the issuer",
    "/0/0/0/13/0/0/0": "three parameters",
    "/0/0/0/13/0/0/0/1": "algorithm: ESP256 (-9)",
    "/0/0/0/13/0/0/0/4": "kid: the issuer key's name, eight bytes",
    "/0/0/0/13/0/0/0/16": "typ: SD-CWT (293)",
    "/0/0/0/13/0/1": "2 unprotected header: always empty",
    "/0/0/0/13/0/2": "3 payload, signed by the issuer",
    "/0/0/0/13/0/2/0": "seven claims",
    "/0/0/0/13/0/2/0/1": "iss: CN-CQ, Chongqing",
    "/0/0/0/13/0/2/0/2": "sub: Tq3_x-9A, this credential's own name",
    "/0/0/0/13/0/2/0/4": "exp: 2026-11-28T08:00:00Z",
    "/0/0/0/13/0/2/0/6": "iat: 2026-11-21T07:00:00Z",
    "/0/0/0/13/0/2/0/8": "cnf: who may present it",
    "/0/0/0/13/0/2/0/8/1": "the holder key, a COSE_Key",
    "/0/0/0/13/0/2/0/8/1/1": "kty: EC2 (2)",
    "/0/0/0/13/0/2/0/8/1/-1": "crv: P-256 (1)",
    "/0/0/0/13/0/2/0/8/1/-2": "x coordinate, 32 bytes",
    "/0/0/0/13/0/2/0/8/1/-3": "whether y is odd",
    "/0/0/0/13/0/2/0/65535": "status: where it can be stopped",
    "/0/0/0/13/0/2/0/65535/status_list": "one entry of one list",
    "/0/0/0/13/0/2/0/65535/status_list/idx": "index 724917",
    "/0/0/0/13/0/2/0/65535/status_list/uri": "list sl:c4k2",
    "/0/0/0/13/0/2/0/-65537": "card: four values",
    "/0/0/0/13/0/2/0/-65537/0": "chip_tag: which chip, known to the issuer alone",
    "/0/0/0/13/0/2/0/-65537/1": "max_age: a code lives 30 s",
    "/0/0/0/13/0/2/0/-65537/2": "profile: general (1)",
    "/0/0/0/13/0/2/0/-65537/3": "fare class 2",
    "/0/0/0/13/0/3": "4 the issuer's signature: r, s",
    "/0/0/0/16": "typ: Key Binding Token (294)",
    "/0/1": "2 unprotected header: always empty",
    "/0/2": "3 payload, signed by the holder",
    "/0/2/0": "two claims",
    "/0/2/0/3": "aud: general",
    "/0/2/0/6": "iat: 2026-11-21T08:00:00Z by the phone's clock",
    "/0/3": "4 the holder's signature: r, s",
}


def renewed(page: str) -> str:
    """The page with its generated parts made again."""
    for name, text in (
        ("example", example()),
        ("sizes", sizes()),
        ("scripts", scripts()),
        ("block-list", block_list()),
        ("delta", format_chain.delta()),
        ("chain-sizes", format_chain.sizes()),
    ):
        before, begin, rest = page.partition(f"<!-- generated: {name} -->\n")
        _, end, after = rest.partition(f"<!-- end of generated: {name} -->")
        if not begin or not end:
            msg = f"codes/FORMAT.md has no place for the generated {name}"
            raise ValueError(msg)
        page = before + begin + text + end + after
    return page


def example() -> str:
    """One profile-1 code: its text, then its bytes with their meaning."""
    code = cast.presentation()
    text = code.to_text()
    lines = [
        "```text",
        *(text[at : at + 100] for at in range(0, len(text), 100)),
        "```",
        "",
        f"{len(text)} characters for {len(code.raw)} bytes:",
        "",
        "```text",
        *listing(code.raw, MEANING),
    ]
    return "\n".join([*lines, "```", ""])


def largest_general() -> Presentation:
    """The largest profile-1 code: the last index of the largest shard, a list name of eight characters."""
    says = cast.statement(status=StatusRef("sl:czzzz", (1 << 20) - 1), fare=7)
    return Presentation.make(Credential.issue(says, cast.ISSUER), cast.HOLDER, audience=Audience.GENERAL, iat=cast.NOW)


def sizes() -> str:
    """Bytes, characters and symbol of typical and of largest codes."""
    identity = cast.identity_statement()
    longest = cast.identity_statement(name="长" * 19 + "***", status=StatusRef("sl:czzzz", (1 << 20) - 1))
    rows = (
        ("profile 1, general", cast.presentation()),
        ("profile 1, largest", largest_general()),
        ("profile 1 with a challenge of 16 bytes", cast.presentation(cnonce=bytes(16))),
        ("profile 2, name of three characters", present(identity, None)),
        ("profile 2 with a challenge of 16 bytes", present(identity, bytes(16))),
        ("profile 2, longest name, challenge of 32 bytes", present(longest, bytes(32))),
    )
    lines = ["| code | bytes | characters | symbol at M | symbol at L |", "|---|--:|--:|---|---|"]
    for name, code in rows:
        text = code.to_text()
        lines.append(f"| {name} | {len(code.raw)} | {len(text)} | V{qr.version(text)} | V{qr.version(text, level='L')} |")
    return "\n".join([*lines, ""])


def present(says: Statement, cnonce: bytes | None) -> Presentation:
    """An identity code."""
    return Presentation.make(Credential.issue(says, cast.ISSUER), cast.HOLDER, audience=Audience.IDENTITY, iat=cast.NOW, cnonce=cnonce)


def scripts() -> str:
    """A script, its receipt and the status after it, field by field."""
    keys = ScriptKeys.derive(bytes(range(0x40, 0x50)), card_id=cast.CARD_ID)
    nonce = bytes.fromhex("0102030405060708")
    script = Script(seq=4, state=ChipState.SUSPENDED, live=False, nonce=nonce)
    digest = script.digest()[:8]
    receipt = ScriptReceipt(seq=4, state=ChipState.SUSPENDED, digest=digest).seal(keys, card_id=cast.CARD_ID, nonce=nonce)
    status = ChipStatus(seq=4, state=ChipState.SUSPENDED, digest=digest, counter=41, flags=ChipFlag.PIN_BLOCKED)
    told = script.seal(keys, card_id=cast.CARD_ID, challenge=None)
    lines = ["```text"]
    for title, raw, fields in (
        (
            "script",
            told,
            ((5, "suspend or freeze, 22 bytes"), (4, "seq 4"), (1, "suspended"), (1, "made beforehand"), (8, "nonce"), (8, "MAC"), (1, "Le")),
        ),
        ("receipt", receipt, ((4, "seq 4"), (1, "suspended"), (8, "digest"), (8, "MAC"))),
        (
            "status",
            status.seal(keys, card_id=cast.CARD_ID, nonce=nonce),
            ((4, "seq 4"), (1, "suspended"), (8, "digest"), (4, "41 authentications"), (1, "PIN blocked"), (8, "MAC")),
        ),
    ):
        lines.append(title)
        at = 0
        for size, meaning in fields:
            lines.append(f"{at:3}  {raw[at : at + size].hex(' '):24} {meaning}")
            at += size
        if at != len(raw):
            msg = f"the annotated {title} leaves out bytes"
            raise ValueError(msg)
    return "\n".join([*lines, "```", ""])


BLOCK_MEANING: dict[str, str] = {
    "": "the list: a COSE_Sign1 (tag 18)",
    "/0": "its four parts",
    "/0/0": "1 protected header, signed by the region's status key",
    "/0/0/0": "three parameters",
    "/0/0/0/1": "algorithm: ESP256 (-9)",
    "/0/0/0/4": "kid: the status key's name, eight bytes",
    "/0/0/0/16": "typ: ecard-chip-blocks",
    "/0/1": "2 unprotected header: always empty",
    "/0/2": "3 payload, signed",
    "/0/2/0": "four claims",
    "/0/2/0/1": "iss: CN-CQ, Chongqing",
    "/0/2/0/4": "exp: a week after it was made",
    "/0/2/0/6": "iat: 2026-11-21T08:00:00Z",
    "/0/2/0/-65560": "blocks: two values",
    "/0/2/0/-65560/0": "salt",
    "/0/2/0/-65560/1": "one entry: blinded id, 16 bytes; script, 28 bytes",
    "/0/3": "4 the signature: r, s",
}


def block_list() -> str:
    """A list with one chip, its bytes with their meaning."""
    return "\n".join(["```text", *listing(family_blocklists.example().raw, BLOCK_MEANING), "```", ""])
