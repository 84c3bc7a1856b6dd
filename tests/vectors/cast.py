"""The fixed cast of vectors and tests: throw-away keys, two fictional residents, and builders that sign whatever they are given.

The scalars are public on purpose. Every signature below is right for its bytes, so that what a case shows wrong is the only thing wrong with it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from codes import base45
from codes.chipproof import ChipPurpose, ChipReport, ChipState
from codes.claims import Audience, Profile, StatusRef, StatusType
from codes.credential import Credential, Statement
from codes.keys import ORDER, SoftwareSigner
from codes.presentation import PREFIX, Presentation
from codes.scenes import Freshness, SceneClass, SceneDocument, SceneRules, Staleness
from codes.status import StatusList, StatusListToken
from codes.trust import Bounds, IssuerKey, StatusAuthority, StatusKey
from tests.vectors import loose

if TYPE_CHECKING:
    from tests.vectors.loose import Node

NOW = 1795248000
"""2026-11-21T08:00:00Z, the instant the vectors live at."""
HOUR, DAY = 3600, 86400


def signer(role: str) -> SoftwareSigner:
    """The key of a role: the same every time, and nobody's."""
    return SoftwareSigner.from_scalar(int.from_bytes(hashlib.sha512(f"throw-away key: {role}".encode()).digest()) % (ORDER - 1) + 1)


ISSUER, ISSUER_SC, CHIP_ISSUER = signer("issuer CN-CQ"), signer("issuer CN-SC"), signer("chip issuer CN-CQ")
HOLDER, STRANGER, CHIP, PUBLISHER = signer("holder"), signer("another phone"), signer("chip"), signer("status publisher")

SUB = "Tq3_x-9A"
CHIP_TAG = bytes.fromhex("5ec0de5ec0de0001")
CNONCE = bytes.fromhex("00112233445566778899aabbccddeeff")


def statement(**changes: Any) -> Statement:
    """What the general credential of a fictional resident of Chongqing says, with changes."""
    says = Statement(
        iss="CN-CQ",
        sub=SUB,
        iat=NOW - HOUR,
        exp=NOW + 7 * DAY,
        holder=HOLDER.public_key,
        status=StatusRef("sl:c4k2", 724_917),
        chip_tag=CHIP_TAG,
        max_age=30,
        profile=Profile.GENERAL,
        fare=2,
    )
    return says._replace(**changes)


def identity_statement(**changes: Any) -> Statement:
    """The same resident's identity credential: masked name and last four characters of the number."""
    fields = {"profile": Profile.IDENTITY, "exp": NOW + 3 * DAY, "sub": "idQ8_-2b", "status": StatusRef("sl:c9", 77), "name": "王*芳", "tail": "204X"}
    return statement(**fields | changes)


def credential(**changes: Any) -> Credential:
    """The general credential, signed by the issuer."""
    return Credential.issue(statement(**changes), ISSUER)


def presentation(audience: Audience = Audience.GENERAL, *, iat: int = NOW, cnonce: bytes | None = None, **changes: Any) -> Presentation:
    """A code made now from the general credential."""
    return Presentation.make(credential(**changes), HOLDER, audience=audience, iat=iat, cnonce=cnonce)


def sign1(protected: Node, payload: Node, by: SoftwareSigner) -> Node:
    """A COSE_Sign1 tree whose signature is right for whatever its parts are written as."""
    tree = loose.tag(18, [loose.wrap(protected), {}, loose.wrap(payload), bytes(64)])
    seal(tree, by)
    return tree


def seal(tree: Node, by: SoftwareSigner) -> None:
    """Sign a COSE_Sign1 tree again, over its parts as they are written now (RFC 9052 section 4.4)."""
    protected, _, payload, signature = parts_of(tree)
    covered = loose.of(["Signature1", content(protected), b"", content(payload)]).write()
    signature.chunk = by.sign(covered)


def parts_of(tree: Node) -> list[Node]:
    """Protected header, unprotected header, payload and signature of a COSE_Sign1 tree."""
    items = (tree.items or [])[0].items or []
    return list(items)


def content(node: Node) -> bytes:
    """What a byte string holds."""
    return node.chunk if node.items is None else b"".join(item.write() for item in node.items)


def inner(node: Node) -> Node:
    """The item inside a byte string, a tag or an array of one."""
    return (node.items or [])[0]


@dataclass(slots=True, kw_only=True)
class CodeTree:
    """A whole code as a tree of items that can be respelled anywhere and signed again by its issuer and its holder."""

    root: Node

    @classmethod
    def of(cls, code: Presentation) -> CodeTree:
        """The tree of a code."""
        return cls(root=loose.read(code.raw))

    @property
    def header(self) -> Node:
        """The code's protected header map."""
        return inner(parts_of(self.root)[0])

    @property
    def claims(self) -> Node:
        """The code's claims."""
        return inner(parts_of(self.root)[2])

    @property
    def credential(self) -> Node:
        """The credential's COSE_Sign1."""
        return self.header.get(13)

    @property
    def credential_header(self) -> Node:
        """The credential's protected header map."""
        return inner(parts_of(self.credential)[0])

    @property
    def credential_claims(self) -> Node:
        """The credential's claims."""
        return inner(parts_of(self.credential)[2])

    def sealed(self) -> CodeTree:
        """Signed again, inside first."""
        seal(self.credential, ISSUER)
        return self.resealed()

    def resealed(self) -> CodeTree:
        """Signed again by the holder alone: what a phone can do with a credential it was given."""
        seal(self.root, HOLDER)
        return self

    def text(self) -> str:
        """The code's text."""
        return as_text(self.root.write())


def as_text(kbt: bytes) -> str:
    """The text of any bytes in the place of a code."""
    return PREFIX + base45.encode(kbt)


def high_s(signature: bytes) -> bytes:
    """The malleable twin of a signature."""
    return signature[:32] + (ORDER - int.from_bytes(signature[32:])).to_bytes(32, "big")


def status_list() -> StatusList:
    """A shard of 64 entries with one of each kind."""
    return StatusList.of_size(64).with_values([(1, StatusType.INVALID), (2, StatusType.SUSPENDED), (3, StatusType.FROZEN), (63, StatusType.INVALID)])


def status_token() -> StatusListToken:
    """Its published form."""
    return StatusListToken.issue("sl:c4k2", status_list(), PUBLISHER, iat=NOW, exp=NOW + DAY, ttl=HOUR)


def issuer_keys() -> tuple[IssuerKey, ...]:
    """The issuer keys of Chongqing: one for phones, one for chips."""
    return (
        IssuerKey(
            region="CN-CQ",
            key=ISSUER.public_key,
            profiles={
                Profile.GENERAL: Bounds(longest_life=8 * DAY, longest_max_age=60),
                Profile.IDENTITY: Bounds(longest_life=4 * DAY, longest_max_age=60),
                Profile.DELEGATE: Bounds(longest_life=8 * DAY, longest_max_age=60),
            },
            not_before=NOW - 30 * DAY,
            not_after=NOW + 335 * DAY,
        ),
        IssuerKey(
            region="CN-CQ",
            key=CHIP_ISSUER.public_key,
            profiles={Profile.CHIP: Bounds(longest_life=3653 * DAY, longest_max_age=60)},
            not_before=NOW - 30 * DAY,
            not_after=NOW + 3653 * DAY,
        ),
    )


def status_authority() -> StatusAuthority:
    """Who publishes the status of Chongqing."""
    key = StatusKey(key=PUBLISHER.public_key, not_before=NOW - 30 * DAY, not_after=NOW + 335 * DAY)
    spaces = {Profile.GENERAL: (0, 999_999), Profile.IDENTITY: (1_000_000, 1_299_999), Profile.CHIP: (1_300_000, 1_399_999)}
    return StatusAuthority(region="CN-CQ", letter="c", epoch=1, keys=(key,), spaces=spaces)


def metro(**changes: Any) -> SceneRules:
    """The scene of a metro gate, with changes."""
    rules = SceneRules(
        name="metro",
        region="CN-CQ",
        title_zh="轨道交通",
        title_en="Metro",
        scene_class=SceneClass.C,
        audience=Audience.GENERAL,
        freshness=Freshness.WINDOW,
        future=10,
        past=30,
        max_age=30,
        passback=70,
        recognises=frozenset({"CN-CQ", "CN-SC"}),
        delegate=True,
        chip=False,
        fares={0: "全价 full", 1: "学生 student", 2: "老年 senior"},
        staleness=Staleness(fresh=21_600, aging=86_400, allowed=259_200, check=259_200),
    )
    return replace(rules, **changes)


def hospital() -> SceneRules:
    """The scene of a hospital desk: no fares, an answer to the terminal's challenge."""
    return metro(
        name="hospital",
        title_zh="医院窗口",
        title_en="Hospital desk",
        scene_class=SceneClass.B,
        audience=Audience.IDENTITY,
        freshness=Freshness.CHALLENGE,
        chip=True,
        fares=None,
        staleness=Staleness(fresh=3600, aging=14_400, allowed=14_400, check=86_400),
    )


def scenes() -> SceneDocument:
    """Both."""
    return SceneDocument(region="CN-CQ", scenes={"metro": metro(), "hospital": hospital()})


CARD_ID = bytes.fromhex("156500000000000000c0ffee00000001")
CHALLENGE = bytes(range(32))


def chip_report(**changes: Any) -> ChipReport:
    """What the chip says of itself when a phone is bound."""
    report = ChipReport(
        purpose=ChipPurpose.BIND,
        card_id=CARD_ID,
        counter=41,
        seq=3,
        state=ChipState.ACTIVE,
        digest=bytes(8),
        chip_random=bytes.fromhex("a1b2c3d4e5f60718"),
    )
    return replace(report, **changes)


def chip_answer(**changes: Any) -> bytes:
    """The chip's signed answer to the challenge."""
    report = chip_report(**changes)
    return report.body() + CHIP.sign(report.signed_bytes(CHALLENGE))
