"""Where the pack's city is in time, and what its places ask for: scene rules, key bounds and list spaces of the two regions.

Six everyday scenes, plus a pharmacy counter (class A: money) and a settlement desk that always asks online, so that every staleness budget and every
kind of freshness stands in some case.
"""

from __future__ import annotations

from codes.claims import HOUR, Audience, Profile
from codes.scenes import Freshness, SceneClass, SceneDocument, SceneRules, Staleness
from codes.trust import Bounds

NOW = 1795248000
"""2026-11-21T08:00:00Z: the instant the pack is made for."""
DAY = 86400
PUBLISHED = NOW - 2 * HOUR
"""When the trust repository was signed: the overall clock floor."""
LISTED = NOW - 120
"""When the status lists were signed: the clock floor of each region."""
TRUST_LIFE = 7 * DAY
TRUST_ENDS = PUBLISHED + TRUST_LIFE
TOLERANCE = 60
"""How far below its floor a clock may be."""

CQ, SC = "CN-CQ", "CN-SC"
LETTERS = {CQ: "c", SC: "s"}

GENERAL_LIFE = 7 * DAY
IDENTITY_LIFE = 3 * DAY
MAX_AGE = 30
LONGEST_MAX_AGE = 60
BOUNDS = {
    Profile.GENERAL: Bounds(longest_life=GENERAL_LIFE + HOUR, longest_max_age=LONGEST_MAX_AGE),
    Profile.IDENTITY: Bounds(longest_life=IDENTITY_LIFE + HOUR, longest_max_age=LONGEST_MAX_AGE),
    Profile.DELEGATE: Bounds(longest_life=IDENTITY_LIFE + HOUR, longest_max_age=LONGEST_MAX_AGE),
}
"""What a phone key may sign: the life that FORMATS names, and the hour that rounding may add."""
CHIP_BOUNDS = {Profile.CHIP: Bounds(longest_life=10 * 366 * DAY, longest_max_age=LONGEST_MAX_AGE)}

SPACES = {Profile.GENERAL: (0, 99_999), Profile.IDENTITY: (100_000, 199_999), Profile.CHIP: (200_000, 299_999), Profile.DELEGATE: (300_000, 399_999)}
"""Shard numbers of each profile, the same in both regions."""
SHARD_OF = {Profile.GENERAL: 5906, Profile.IDENTITY: 105_906, Profile.CHIP: 205_906, Profile.DELEGATE: 305_906}
"""The one shard of each profile that the pack publishes; 5906 is "4k2"."""
SHARD_SIZE = {Profile.GENERAL: 65_536, Profile.IDENTITY: 16_384, Profile.CHIP: 16_384, Profile.DELEGATE: 4_096}
UNPUBLISHED_SHARD = 5907

FARES = {0: "full", 1: "senior", 2: "student", 3: "free"}
UNKNOWN_FARE = 7

_STALENESS = {
    SceneClass.A: Staleness(fresh=300, aging=900, allowed=900, check=3600),
    SceneClass.B: Staleness(fresh=3600, aging=14_400, allowed=14_400, check=86_400),
    SceneClass.C: Staleness(fresh=21_600, aging=86_400, allowed=259_200, check=259_200),
    SceneClass.D: Staleness(fresh=86_400, aging=259_200, allowed=604_800, check=604_800),
}
UNREADY = "unready"
"""A terminal that was set up with the root and never given anything else."""


def _scene(
    name: str,
    region: str,
    title: tuple[str, str],
    scene_class: SceneClass,
    *,
    freshness: Freshness = Freshness.WINDOW,
    recognises: tuple[str, ...] = (CQ, SC),
    delegate: bool = False,
    fares: dict[int, str] | None = None,
) -> SceneRules:
    return SceneRules(
        name=name,
        region=region,
        title_zh=title[0],
        title_en=title[1],
        scene_class=scene_class,
        audience=Audience.GENERAL if freshness is Freshness.WINDOW else Audience.IDENTITY,
        freshness=freshness,
        future=10,
        past=30,
        max_age=MAX_AGE,
        passback=70,
        recognises=frozenset(recognises),
        delegate=delegate,
        chip=scene_class in {SceneClass.A, SceneClass.B},
        fares=fares,
        staleness=_STALENESS[scene_class],
    )


SCENES = (
    _scene("metro", CQ, ("轨道交通闸机", "Metro gate"), SceneClass.C, fares=FARES),
    _scene("hospital", CQ, ("医院挂号窗口", "Hospital registration"), SceneClass.B, freshness=Freshness.CHALLENGE, delegate=True),
    _scene("hall", CQ, ("政务服务大厅", "Service hall"), SceneClass.B, freshness=Freshness.CHALLENGE),
    _scene("pharmacy", CQ, ("定点药店收银台", "Pharmacy counter"), SceneClass.A, freshness=Freshness.CHALLENGE),
    _scene("settlement", CQ, ("待遇结算窗口", "Benefit settlement desk"), SceneClass.A, freshness=Freshness.ONLINE),
    _scene("library", SC, ("公共图书馆", "Public library"), SceneClass.D, delegate=True),
    _scene("bus", SC, ("公交车载机", "Bus reader"), SceneClass.C, fares={0: "full", 1: "senior"}),
    _scene("park", SC, ("公园入口", "Park entrance"), SceneClass.D, recognises=(SC,)),
)
SCENE_NAMES = tuple(scene.name for scene in SCENES)


def scene_document(region: str) -> SceneDocument:
    """The scenes that a region defines."""
    return SceneDocument(region=region, scenes={scene.name: scene for scene in SCENES if scene.region == region})
