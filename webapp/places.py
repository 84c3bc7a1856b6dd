"""The places of the two regions, as each of them signs its own: which scenes there are, and what each asks for. A new office begins with them.

Chongqing (CN-CQ) has the metro, a hospital and a service hall; Sichuan (CN-SC) has a library, the bus and a park. Each scene recognises both regions,
except the park, which is Sichuan's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.claims import Audience, Profile
from codes.scenes import Freshness, SceneClass, SceneDocument, SceneRules, Staleness
from codes.trust import Bounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.claims import Region

CQ, SC = "CN-CQ", "CN-SC"
LETTERS: Mapping[Region, str] = {CQ: "c", SC: "s"}
DIVISIONS: Mapping[Region, str] = {CQ: "500000", SC: "510000"}
REGION_NAMES: Mapping[Region, tuple[str, str]] = {CQ: ("重庆", "Chongqing"), SC: ("四川", "Sichuan")}

_DAY = 86400
_MAX_AGE = 30
PHONE_BOUNDS: Mapping[Profile, Bounds] = {
    Profile.GENERAL: Bounds(longest_life=7 * _DAY, longest_max_age=_MAX_AGE),
    Profile.IDENTITY: Bounds(longest_life=3 * _DAY, longest_max_age=_MAX_AGE),
}
CHIP_BOUNDS: Mapping[Profile, Bounds] = {Profile.CHIP: Bounds(longest_life=3660 * _DAY, longest_max_age=_MAX_AGE)}
SPACES: Mapping[Profile, tuple[int, int]] = {Profile.GENERAL: (0, 99_999), Profile.IDENTITY: (100_000, 199_999), Profile.CHIP: (200_000, 299_999)}

_STALENESS = {
    SceneClass.B: Staleness(fresh=3600, aging=14_400, allowed=14_400, check=86_400),
    SceneClass.C: Staleness(fresh=21_600, aging=86_400, allowed=259_200, check=259_200),
    SceneClass.D: Staleness(fresh=86_400, aging=259_200, allowed=604_800, check=604_800),
}


def _scene(
    name: str,
    region: Region,
    title: tuple[str, str],
    scene_class: SceneClass,
    *,
    chip: bool,
    recognises: tuple[Region, ...] = (CQ, SC),
    fares: dict[int, str] | None = None,
) -> SceneRules:
    asks = scene_class is SceneClass.B
    return SceneRules(
        name=name,
        region=region,
        title_zh=title[0],
        title_en=title[1],
        scene_class=scene_class,
        audience=Audience.IDENTITY if asks else Audience.GENERAL,
        freshness=Freshness.CHALLENGE if asks else Freshness.WINDOW,
        future=10,
        past=30,
        max_age=_MAX_AGE,
        passback=70,
        recognises=frozenset(recognises),
        delegate=False,
        chip=chip,
        fares=fares,
        staleness=_STALENESS[scene_class],
    )


SCENES: Mapping[str, SceneRules] = {
    rules.name: rules
    for rules in (
        _scene("metro", CQ, ("轨道交通闸机", "Metro gate"), SceneClass.C, chip=False, fares={0: "全价", 1: "老年", 2: "学生", 3: "免费"}),
        _scene("hospital", CQ, ("医院挂号窗口", "Hospital desk"), SceneClass.B, chip=True),
        _scene("hall", CQ, ("政务服务大厅", "Service hall"), SceneClass.B, chip=True),
        _scene("library", SC, ("公共图书馆", "Public library"), SceneClass.D, chip=True),
        _scene("bus", SC, ("公交车载机", "Bus reader"), SceneClass.C, chip=False, fares={0: "全价", 1: "老年"}),
        _scene("park", SC, ("公园入口", "Park entrance"), SceneClass.D, chip=False, recognises=(SC,)),
    )
}


def scene_document(region: Region) -> SceneDocument:
    """The scenes that a region defines."""
    return SceneDocument(region=region, scenes={name: rules for name, rules in SCENES.items() if rules.region == region})
