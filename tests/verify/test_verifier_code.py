"""The decision, steps 7 to 9: the holder's signature, the audience, the window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import Presentation
from codes.claims import Audience, Profile
from codes.keys import CoseKey
from codes.scenes import Freshness, SceneClass
from tests.verify.gate import (
    CHALLENGE,
    CREDENTIAL,
    HOSPITAL,
    METRO,
    NOW,
    PHONE,
    STRANGER,
    Gate,
    Lists,
    bent,
    ending,
    issue,
    says,
    show,
)

# 7 holder signature


@pytest.mark.threat("B17")
def test_another_phones_signature_is_forged() -> None:
    credential = issue(says())
    impostor = Presentation.make(issue(says(holder=STRANGER.public_key)), STRANGER, audience=Audience.GENERAL, iat=NOW)
    good = Presentation.from_text(show(credential))
    swapped = bent(good.to_text(), lambda raw: raw[:-64] + impostor.raw[-64:])
    assert ending(Gate().judge(swapped)) == ("holder-signature", 7, "holder-signature")


def test_a_code_without_the_phones_signature_is_forged_never_unsigned() -> None:
    stripped = bent(show(), lambda raw: raw[:-66] + b"\x40")
    assert ending(Gate().judge(stripped)) == ("holder-signature", 7, "holder-signature")


@pytest.mark.threat("B18")
def test_a_holder_key_off_the_curve_is_refused() -> None:
    nowhere = next(key for x in range(1, 99) if not on_curve(key := CoseKey(x.to_bytes(32), y_is_odd=False)))
    credential = issue(says(holder=nowhere))
    forged = Presentation.make(issue(says()), PHONE, audience=Audience.GENERAL, iat=NOW)
    text = bent(forged.to_text(), lambda raw: raw.replace(forged.credential.raw, credential.raw))
    assert ending(Gate().judge(text)) == ("holder-signature", 7, "key-point")


def on_curve(key: CoseKey) -> bool:
    try:
        key.load()
    except Exception:  # noqa: BLE001 - any refusal to load will do here
        return False
    return True


# 8 audience and challenge


def test_a_general_code_does_not_open_an_identity_scene_nor_the_reverse() -> None:
    assert ending(Gate(scene=HOSPITAL).judge(show(), challenge=CHALLENGE)) == ("wrong-scene", 8, "audience-other")
    identity = show(issue(says(Profile.IDENTITY)), audience=Audience.IDENTITY)
    assert ending(Gate().judge(identity)) == ("wrong-scene", 8, "audience-other")


def test_a_general_credential_cannot_claim_to_be_an_identity_code_nor_the_reverse() -> None:
    claimed = show(audience=Audience.IDENTITY, cnonce=CHALLENGE)
    assert ending(Gate(scene=HOSPITAL).judge(claimed, challenge=CHALLENGE)) == ("wrong-scene", 8, "audience-profile")
    leaked = show(issue(says(Profile.IDENTITY)), audience=Audience.GENERAL)
    assert ending(Gate().judge(leaked)) == ("wrong-scene", 8, "audience-profile")


@pytest.mark.parametrize(
    ("scene", "asked", "answered", "code"),
    [
        (HOSPITAL, CHALLENGE, CHALLENGE, None),
        (HOSPITAL, CHALLENGE, None, "challenge-missing"),
        (HOSPITAL, CHALLENGE, CHALLENGE[::-1], "challenge-other"),
        (HOSPITAL, None, None, "challenge-missing"),
        (HOSPITAL, None, CHALLENGE, "challenge-unasked"),
        (replace(HOSPITAL, scene_class=SceneClass.C, freshness=Freshness.WINDOW), None, None, None),
        (replace(HOSPITAL, scene_class=SceneClass.C, freshness=Freshness.WINDOW), None, CHALLENGE, "challenge-unasked"),
        (replace(HOSPITAL, scene_class=SceneClass.C, freshness=Freshness.WINDOW), CHALLENGE, CHALLENGE, None),
        (replace(HOSPITAL, scene_class=SceneClass.C, freshness=Freshness.WINDOW), CHALLENGE, None, "challenge-missing"),
    ],
)
def test_a_challenge_is_answered_exactly_where_it_was_asked(scene: Any, asked: bytes | None, answered: bytes | None, code: str | None) -> None:
    text = show(issue(says(Profile.IDENTITY)), audience=Audience.IDENTITY, cnonce=answered)
    verdict = Gate(scene=scene).judge(text, challenge=asked)
    assert ending(verdict) == ((None, None, None) if code is None else ("challenge-mismatch", 8, code))


def test_an_identity_code_shows_the_masked_name_and_the_tail() -> None:
    text = show(issue(says(Profile.IDENTITY)), audience=Audience.IDENTITY, cnonce=CHALLENGE)
    line = Gate(scene=HOSPITAL).judge(text, challenge=CHALLENGE)
    assert (line["name"], line["tail"], line["fare"]) == ("王*芳", "002X", None)


# 9 window


@pytest.mark.threat("A02")
@pytest.mark.parametrize(
    ("skew", "reason", "fact"),
    [(-11, "code-from-future", ("ahead_s", 11)), (-10, None, None), (0, None, None), (60, None, None), (61, "code-expired", ("late_s", 31))],
)
def test_a_code_lives_exactly_from_future_to_max_age_and_past(skew: int, reason: str | None, fact: tuple[str, int] | None) -> None:
    line = Gate().judge(show(iat=NOW - skew))
    assert line["reason"] == reason
    if fact:
        assert (line["step"], line["facts"][fact[0]]) == (9, fact[1])


@pytest.mark.threat("A07")
@given(st.integers(-86400, 86400))
def test_no_code_outside_the_window_is_accepted_and_none_inside_is_called_forged(skew: int) -> None:
    line = Gate(status=Lists(iat=NOW)).judge(show(CREDENTIAL, iat=NOW - skew))
    assert (line["reason"] is None) == (-10 <= skew <= 60)
    assert line["reason"] in {None, "code-expired", "code-from-future"}


@pytest.mark.parametrize(("credential_s", "scene_s", "lives"), [(20, 30, 20), (30, 15, 15)])
def test_the_shorter_of_credential_and_scene_is_how_long_a_code_lives(credential_s: int, scene_s: int, lives: int) -> None:
    gate = Gate(scene=replace(METRO, max_age=scene_s))
    credential = issue(says(max_age=credential_s))
    assert gate.judge(show(credential, iat=NOW - lives - 30))["reason"] is None
    assert gate.judge(show(credential, iat=NOW - lives - 31))["reason"] == "code-expired"


@pytest.mark.threat("A07")
def test_a_wrong_phone_clock_is_told_by_how_much_in_words() -> None:
    line = Gate().judge(show(iat=NOW + 240))
    assert (line["reason"], line["facts"]) == ("code-from-future", {"ahead_s": 240})
    assert line["staff"] == {"zh": "手机时间快了（约 4 分钟）", "en": "The phone's clock is ahead (by about 4 minutes)"}
    assert Gate().judge(show(iat=NOW - 77))["staff"]["zh"].endswith("（超过 47 秒）")
