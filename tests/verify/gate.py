"""One gate in memory: an issuer, a phone, a chip, lists and scene rules that a test can bend, and the verifier over them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from codes import Credential, Presentation, SoftwareSigner, Statement, StatusList, base45
from codes.chipproof import ChipPurpose, ChipReport, ChipState
from codes.claims import Audience, Profile, StatusRef, StatusType
from codes.errors import StateError
from codes.scenes import Freshness, SceneClass, SceneDocument, SceneRules, Staleness, encode_scenes
from codes.trust import Bounds, IssuerKey, StatusAuthority, StatusKey
from verify import faults
from verify.clock import ClockFloor
from verify.ports import Shard
from verify.trust import TrustView
from verify.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NOW = 1_795_312_800 + 900
"""A quarter past an hour in November 2026."""
HOUR = 3600
DAY = 86400
SIZE = 1024

ISSUER = SoftwareSigner.from_scalar(0xC0FFEE)
CHIP_ISSUER = SoftwareSigner.from_scalar(0xC41F)
STRANGER = SoftwareSigner.from_scalar(0xBAD)
PHONE = SoftwareSigner.from_scalar(0xF0)
STATUS = SoftwareSigner.from_scalar(0x57A7)

BOUNDS = Bounds(longest_life=8 * DAY, longest_max_age=60)
SPACES = {Profile.CHIP: (0, 99), Profile.GENERAL: (100, 199), Profile.IDENTITY: (200, 299), Profile.DELEGATE: (300, 399)}
LIST_OF = {Profile.CHIP: "sl:c1", Profile.GENERAL: "sl:c2t", Profile.IDENTITY: "sl:c5l", Profile.DELEGATE: "sl:c8d"}

METRO = SceneRules(
    name="metro",
    region="CN-CQ",
    title_zh="地铁",
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
    chip=True,
    fares={0: "成人", 3: "老年"},
    staleness=Staleness(fresh=6 * HOUR, aging=DAY, allowed=3 * DAY, check=3 * DAY),
)
HOSPITAL = replace(
    METRO,
    name="hospital",
    scene_class=SceneClass.B,
    audience=Audience.IDENTITY,
    freshness=Freshness.CHALLENGE,
    fares=None,
    staleness=Staleness(fresh=HOUR, aging=4 * HOUR, allowed=4 * HOUR, check=DAY),
)


class Lists:
    """A `StatusSource` in memory."""

    def __init__(self, *, iat: int = NOW - 60, stopped: Iterable[tuple[Profile, int, StatusType]] = ()) -> None:
        self.shards: dict[str, Shard] = {}
        self.demands: dict[str, int] = {}
        for profile, uri in LIST_OF.items():
            statuses = StatusList.of_size(SIZE).with_values((idx, status) for of, idx, status in stopped if of is profile)
            self.shards[uri] = Shard(region="CN-CQ", profile=profile, iat=iat, statuses=statuses)

    def shard(self, uri: str) -> Shard | None:
        return self.shards.get(uri)

    def head(self, region: str) -> int | None:
        return max((shard.iat for shard in self.shards.values() if shard.region == region), default=None)

    def demand(self, region: str) -> int:
        return self.demands.get(region, 0)


class Passages:
    """A `ReplayMemory` in memory that never forgets."""

    def __init__(self) -> None:
        self.until: dict[tuple[str, str], int] = {}
        self.iat: dict[tuple[str, str], int] = {}
        self.future: list[int] = []

    def admit(self, iss: str, sub: str, *, iat: int, now: int, until: int, future: int) -> None:
        self.future.append(future)
        if now <= self.until.get((iss, sub), 0) or iat <= self.iat.get((iss, sub), 0):
            raise StateError(faults.REPLAYED)
        self.until[iss, sub], self.iat[iss, sub] = until, iat


def says(profile: Profile = Profile.GENERAL, **changes: Any) -> Statement:
    """A statement about PHONE that every rule of the gate allows, with `changes`."""
    hour = NOW // HOUR * HOUR
    identity = {"name": "王*芳", "tail": "002X"} if profile is Profile.IDENTITY else {}
    fields: dict[str, Any] = {
        "iss": "CN-CQ",
        "sub": "abcdEF-_",
        "iat": hour - HOUR,
        "exp": hour + 6 * DAY,
        "holder": PHONE.public_key,
        "status": StatusRef(LIST_OF[profile], 7),
        "chip_tag": b"chip-tag",
        "max_age": 30,
        "profile": profile,
        "fare": 0,
    }
    return Statement(**(fields | identity | changes))


def issue(statement: Statement, signer: SoftwareSigner | None = None) -> Credential:
    """The credential of a statement, by the issuer key for its profile."""
    return Credential.issue(statement, signer or (CHIP_ISSUER if statement.profile is Profile.CHIP else ISSUER))


def show(credential: Credential | None = None, *, iat: int = NOW, audience: Audience = Audience.GENERAL, cnonce: bytes | None = None) -> str:
    """The code text that PHONE shows."""
    return Presentation.make(credential or issue(says()), PHONE, audience=audience, iat=iat, cnonce=cnonce).to_text()


def answer(
    challenge: bytes, *, signer: SoftwareSigner = PHONE, state: ChipState = ChipState.ACTIVE, purpose: ChipPurpose = ChipPurpose.PRESENCE
) -> bytes:
    """What a chip with `signer`'s key answers."""
    report = ChipReport(purpose=purpose, card_id=bytes(16), counter=1, seq=4, state=state, digest=bytes(8), chip_random=b"chiprand")
    return report.body() + signer.sign(report.signed_bytes(challenge))


def trust(**changes: Any) -> TrustView:
    """Trust in one region's issuer, chip issuer and status key."""
    not_before, not_after = NOW - 30 * DAY, NOW + 300 * DAY
    phone = dict.fromkeys((Profile.GENERAL, Profile.IDENTITY, Profile.DELEGATE), BOUNDS)
    issuers = [
        IssuerKey(region="CN-CQ", key=ISSUER.public_key, profiles=phone, not_before=not_before, not_after=not_after),
        IssuerKey(region="CN-CQ", key=CHIP_ISSUER.public_key, profiles={Profile.CHIP: BOUNDS}, not_before=not_before, not_after=not_after),
    ]
    key = StatusKey(key=STATUS.public_key, not_before=not_before, not_after=not_after)
    authority = StatusAuthority(region="CN-CQ", letter="c", epoch=1, keys=(key,), spaces=SPACES)
    documents: dict[str, Any] = {"version": 1, "expires": NOW + DAY, "issuers": issuers, "authorities": [authority], "scenes": []}
    return TrustView.of(**(documents | changes))


@dataclass(kw_only=True)
class Gate:
    """A terminal: `Gate().judge(text)`; every part can be replaced."""

    scene: SceneRules = METRO
    trust: TrustView = field(default_factory=trust)
    status: Lists = field(default_factory=Lists)
    replay: Passages = field(default_factory=Passages)
    floor: ClockFloor = field(default_factory=lambda: ClockFloor(overall=NOW - DAY))

    def __post_init__(self) -> None:
        encode_scenes(SceneDocument(region=self.scene.region, scenes={self.scene.name: self.scene}))  # rules that no region could sign prove nothing
        self.verifier = Verifier(trust=self.trust, scene=self.scene, status=self.status, replay=self.replay, floor=self.floor)

    def judge(self, text: str, *, at: int = NOW, challenge: bytes | None = None) -> dict[str, Any]:
        """The verdict as a terminal prints it."""
        return self.verifier.verify(text, at=instant(at), challenge=challenge).to_json()


def instant(seconds: int) -> datetime:
    """An aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)


CHALLENGE = bytes(range(16))
EXACT = NOW // HOUR * HOUR
CREDENTIAL = issue(says())


def bent(text: str, change: Callable[[bytes], bytes]) -> str:
    """The text with its decoded bytes changed."""
    return "SC1:" + base45.encode(change(base45.decode(text[4:])))


def ending(verdict: dict[str, Any]) -> tuple[str | None, int | None, str | None]:
    """Reason, step and exact fault of a verdict."""
    return verdict["reason"], verdict["step"], verdict.get("code")
