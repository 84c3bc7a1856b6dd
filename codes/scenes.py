"""Scene rules: what a kind of place accepts, signed by its region as `<region>/scenes.json` (FORMATS sections 2 and 4, STATUS section 5.6).

Freshness is a property of the scene, not of the code: metro gates live with a time window, a hospital desk asks for an answer to its own challenge.
All durations are whole seconds. Rules that contradict themselves do not exist: reading refuses them and names both values.
"""

from __future__ import annotations

import enum
import itertools
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codes import faults
from codes.claims import REGION_PATTERN, Audience
from codes.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
MAX_BYTES = 1 << 18
LONGEST = 10 * 365 * 86400
"""Seconds that any duration may have."""
NAME_PATTERN = re.compile(r"[a-z][a-z0-9-]{0,31}")


class SceneClass(enum.StrEnum):
    """What a wrong yes would cost: A money or benefit, B identity in a public service, C fare, D low."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Freshness(enum.StrEnum):
    """How a scene knows that a code is made now: by its time (classes C and D only), by the terminal's challenge, or by asking online."""

    WINDOW = "window"
    CHALLENGE = "challenge"
    ONLINE = "online"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staleness:
    """Budgets for the age of a good answer.

    Up to `fresh` nothing is said, up to `aging` it is noted, up to `allowed` it passes with a warning, up to `check` the code must be checked online,
    beyond that the terminal does not judge.
    """

    fresh: int
    aging: int
    allowed: int
    check: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneRules:
    """The rules of one scene in one region."""

    name: str
    region: str
    title_zh: str
    title_en: str
    scene_class: SceneClass
    audience: Audience
    freshness: Freshness
    future: int
    past: int
    max_age: int
    passback: int
    recognises: frozenset[str]
    """Issuing regions accepted here."""
    delegate: bool
    """Whether a relative may present for the holder."""
    chip: bool
    """Whether an inserted chip is judged here."""
    fares: Mapping[int, str] | None
    """Meaning of each accepted fare class; None where the scene has no fares and learns none."""
    staleness: Staleness


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneDocument:
    """All scenes of one region."""

    region: str
    scenes: Mapping[str, SceneRules]


def encode_scenes(document: SceneDocument) -> bytes:
    """The bytes of `<region>/scenes.json`, read back before they are returned."""
    scenes = {name: _to_json(rules) for name, rules in sorted(document.scenes.items())}
    text = json.dumps({"version": VERSION, "region": document.region, "scenes": scenes}, ensure_ascii=False, indent=1, sort_keys=True)
    data = text.encode()
    decode_scenes(data)
    return data


def _to_json(rules: SceneRules) -> dict[str, Any]:
    return {
        "title": {"zh": rules.title_zh, "en": rules.title_en},
        "class": str(rules.scene_class),
        "audience": str(rules.audience),
        "freshness": str(rules.freshness),
        "future_s": rules.future,
        "past_s": rules.past,
        "max_age_s": rules.max_age,
        "passback_s": rules.passback,
        "recognises": sorted(rules.recognises),
        "delegate": rules.delegate,
        "chip": rules.chip,
        "fares": None if rules.fares is None else {str(fare): meaning for fare, meaning in sorted(rules.fares.items())},
        "staleness": {
            "fresh_s": rules.staleness.fresh,
            "aging_s": rules.staleness.aging,
            "allowed_s": rules.staleness.allowed,
            "check_s": rules.staleness.check,
        },
    }


def decode_scenes(data: bytes) -> SceneDocument:
    """Read `<region>/scenes.json`.

    Raises `InputError`: document-json (not strict JSON), document-shape (a field missing, unknown or of the wrong type), scene-contradiction.
    """
    if len(data) > MAX_BYTES:
        raise InputError(faults.DOCUMENT_JSON, size=len(data), limit=MAX_BYTES)
    try:
        document = json.loads(data.decode(), object_pairs_hook=_unique, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InputError(faults.DOCUMENT_JSON) from None
    _fields(document, {"version", "region", "scenes"}, "document")
    region, scenes = document["region"], document["scenes"]
    if document["version"] is True or document["version"] != VERSION or type(region) is not str or not REGION_PATTERN.fullmatch(region):
        raise InputError(faults.DOCUMENT_SHAPE, field="version and region")
    if type(scenes) is not dict or not scenes or not all(NAME_PATTERN.fullmatch(name) for name in scenes):
        raise InputError(faults.DOCUMENT_SHAPE, field="scenes")
    return SceneDocument(region=region, scenes={name: _rules(name, region, entry) for name, entry in scenes.items()})


def _rules(name: str, region: str, entry: Any) -> SceneRules:
    fields = {"title", "class", "audience", "freshness", "future_s", "past_s", "max_age_s", "passback_s", "recognises"}
    _fields(entry, fields | {"delegate", "chip", "fares", "staleness"}, name)
    _fields(entry["title"], {"zh", "en"}, "title")
    _fields(entry["staleness"], {"fresh_s", "aging_s", "allowed_s", "check_s"}, "staleness")
    texts = [entry["title"]["zh"], entry["title"]["en"], entry["class"], entry["audience"], entry["freshness"]]
    seconds = [entry["future_s"], entry["past_s"], entry["max_age_s"], entry["passback_s"], *entry["staleness"].values()]
    recognises, fares = entry["recognises"], entry["fares"]
    if (
        any(type(text) is not str or not text or not text.isprintable() for text in texts)
        or any(type(value) is not int or not 0 <= value <= LONGEST for value in seconds)
        or type(recognises) is not list
        or not all(type(issuer) is str and REGION_PATTERN.fullmatch(issuer) for issuer in recognises)
        or type(entry["delegate"]) is not bool
        or type(entry["chip"]) is not bool
    ):
        raise InputError(faults.DOCUMENT_SHAPE, field=name)
    try:
        rules = SceneRules(
            name=name,
            region=region,
            title_zh=texts[0],
            title_en=texts[1],
            scene_class=SceneClass(texts[2]),
            audience=Audience(texts[3]),
            freshness=Freshness(texts[4]),
            future=entry["future_s"],
            past=entry["past_s"],
            max_age=entry["max_age_s"],
            passback=entry["passback_s"],
            recognises=frozenset(recognises),
            delegate=entry["delegate"],
            chip=entry["chip"],
            fares=_fares(fares),
            staleness=Staleness(**{field.removesuffix("_s"): value for field, value in entry["staleness"].items()}),
        )
    except ValueError:
        raise InputError(faults.DOCUMENT_SHAPE, field=name) from None
    _refuse_contradictions(rules)
    return rules


def _fares(fares: Any) -> dict[int, str] | None:
    if fares is None:
        return None
    if type(fares) is not dict or not all(
        fare in "01234567" and len(fare) == 1 and type(meaning) is str and meaning.isprintable() for fare, meaning in fares.items()
    ):
        raise InputError(faults.DOCUMENT_SHAPE, field="fares")
    return {int(fare): meaning for fare, meaning in fares.items()}


def _refuse_contradictions(rules: SceneRules) -> None:
    window = rules.future + rules.max_age + rules.past
    if rules.passback < window:
        raise InputError(faults.SCENE_CONTRADICTION, scene=rules.name, passback_s=rules.passback, window_s=window)
    if rules.max_age == 0:
        raise InputError(faults.SCENE_CONTRADICTION, scene=rules.name, max_age_s=0)
    budgets = (rules.staleness.fresh, rules.staleness.aging, rules.staleness.allowed, rules.staleness.check)
    for shorter, longer in itertools.pairwise(budgets):
        if shorter > longer:
            raise InputError(faults.SCENE_CONTRADICTION, scene=rules.name, shorter_s=shorter, longer_s=longer)
    if not rules.recognises:
        raise InputError(faults.SCENE_CONTRADICTION, scene=rules.name, recognises="nobody")
    if rules.scene_class in {SceneClass.A, SceneClass.B} and rules.freshness is Freshness.WINDOW:  # a code is as shareable as its window
        raise InputError(faults.SCENE_CONTRADICTION, scene=rules.name, scene_class=str(rules.scene_class), freshness=str(rules.freshness))


def _fields(value: Any, names: set[str], field: str) -> None:
    if type(value) is not dict or value.keys() != names:
        raise InputError(faults.DOCUMENT_SHAPE, field=field)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        msg = "duplicate member"
        raise ValueError(msg)
    return members


def _refuse(literal: str) -> None:
    msg = f"{literal} has no place in scene rules"
    raise ValueError(msg)
