"""The decision, step by step: what ends it, where, and at which second."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import Presentation, SoftwareSigner, base45
from codes.claims import Audience, Profile, StatusRef, StatusType
from codes.keys import CoseKey
from codes.scenes import Freshness, SceneClass
from codes.trust import Bounds, IssuerKey
from tests.verify.gate import (
    DAY,
    HOSPITAL,
    HOUR,
    ISSUER,
    LIST_OF,
    METRO,
    NOW,
    PHONE,
    SIZE,
    STRANGER,
    Gate,
    Lists,
    ending,
    instant,
    issue,
    says,
    show,
    trust,
)
from verify.believing import SEEN_CREDENTIALS
from verify.clock import ClockFloor
from verify.verdict import Accepted, Inconclusive, Refused

CHALLENGE = bytes(range(16))
EXACT = NOW // HOUR * HOUR


def bent(text: str, change: Any) -> str:
    """The text with its decoded bytes changed."""
    return "SC1:" + base45.encode(change(base45.decode(text[4:])))


def test_a_good_code_is_accepted_with_what_the_scene_may_learn() -> None:
    verdict = Gate().verifier.verify(show(), at=instant(NOW))
    assert isinstance(verdict, Accepted)
    assert (verdict.claims.iss, verdict.claims.profile, verdict.claims.fare, verdict.claims.name) == ("CN-CQ", Profile.GENERAL, 0, None)
    assert (verdict.notes, verdict.as_of, verdict.age) == ((), NOW - 60, 60)


def test_the_line_of_a_good_code_has_the_agreed_members_in_the_agreed_order() -> None:
    line = Gate().judge(show())
    assert list(line)[:11] == ["verdict", "reason", "number", "notes", "iss", "profile", "fare", "as_of", "status_age_s", "step", "hint"]
    assert (line["verdict"], line["reason"], line["number"], line["step"], line["fare"]) == ("accepted", None, 0, None, 0)
    assert line["as_of"] == "2026-11-22T02:14:00Z"
    assert "name" not in line


def test_a_verdict_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError, match="accepted, refused or inconclusive"):
        bool(Gate().verifier.verify(show(), at=instant(NOW)))


def test_only_an_accepted_verdict_says_anything_about_the_holder() -> None:
    line = Gate().judge(show(iat=NOW - 3600))
    assert (line["iss"], line["profile"], line["fare"]) == (None, None, None)


# -1 ready


def test_a_clock_more_than_a_minute_below_the_floor_judges_nothing() -> None:
    gate = Gate(floor=ClockFloor(overall=NOW + 61))
    assert ending(gate.judge("anything")) == ("clock-untrusted", -1, "clock-below-floor")
    assert Gate(floor=ClockFloor(overall=NOW + 60)).judge(show())["verdict"] == "accepted"


@pytest.mark.parametrize(("late", "reason"), [(-1, None), (0, "trust-stale"), (1, "trust-stale")])
def test_trust_ends_at_its_exact_second_and_never_as_a_refusal_of_the_code(late: int, reason: str | None) -> None:
    verdict = Gate(trust=trust(expires=NOW - late)).verifier.verify(show(), at=instant(NOW))
    assert verdict.to_json()["reason"] == reason
    assert isinstance(verdict, Accepted if reason is None else Inconclusive)


# 0 text, 1 form


@pytest.mark.threat("A09")
@pytest.mark.parametrize(
    "text", ["", " ", "SC1", "sc1:" + "A" * 400, "HC1:ABC", "https://example.org/", "weixin://x", "123456", "\x00", "SC2:ABC", "\ufeffSC1:ABC"]
)
def test_other_codes_are_named_as_not_ours_without_being_opened(text: str) -> None:
    assert ending(Gate().judge(text)) == ("unknown-format", 0, "code-prefix")


def test_a_code_longer_than_the_format_is_refused_before_it_is_decoded() -> None:
    assert ending(Gate().judge("SC1:" + "A" * 1197)) == ("malformed", 0, "code-length")
    assert ending(Gate().judge("SC1:" + "A" * 1196))[1] == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SC1:", "cbor-truncated"),
        ("SC1:A", "base45-length"),
        ("SC1:é0", "base45-alphabet"),
        ("SC1:abc", "base45-alphabet"),
        ("SC1::::", "base45-overflow"),
    ],
)
def test_a_text_that_is_no_code_is_refused_at_its_form(text: str, code: str) -> None:
    assert ending(Gate().judge(text))[1:] == (1, code)


@pytest.mark.threat("B02")
def test_bytes_beside_the_signed_ones_are_refused_at_their_form() -> None:
    stuffed = bent(show(), lambda raw: raw + b"\x00")
    assert ending(Gate().judge(stuffed)) == ("not-canonical", 1, "cbor-trailing")


# 2 issuer, 3 scope, 4 issuer signature, 5 recognition, 6 credential time


def test_an_issuer_outside_the_trust_list_is_unknown() -> None:
    assert ending(Gate().judge(show(issue(says(), STRANGER)))) == ("unknown-issuer", 2, "issuer-unknown")


@pytest.mark.threat("D01")
def test_a_key_of_one_region_cannot_speak_for_the_other() -> None:
    assert ending(Gate().judge(show(issue(says(iss="CN-SC"))))) == ("unknown-issuer", 2, "issuer-unknown")


@pytest.mark.parametrize(("start", "end", "good"), [(0, 1, True), (1, 2, False), (-1, 0, False), (-1, 1, True)])
def test_an_issuer_key_counts_from_its_first_second_to_before_its_last(start: int, end: int, good: bool) -> None:
    key = IssuerKey(
        region="CN-CQ",
        key=ISSUER.public_key,
        profiles={Profile.GENERAL: Bounds(longest_life=8 * DAY, longest_max_age=60)},
        not_before=NOW + start,
        not_after=NOW + end,
    )
    verdict = Gate(trust=trust(issuers=[key])).judge(show())
    assert ending(verdict) == ((None, None, None) if good else ("issuer-out-of-scope", 3, "issuer-key-period"))


@pytest.mark.parametrize(
    ("bounds", "profile", "code"),
    [
        (Bounds(longest_life=8 * DAY, longest_max_age=60), Profile.IDENTITY, "issuer-key-profile"),
        (Bounds(longest_life=6 * DAY + HOUR - 1, longest_max_age=60), Profile.GENERAL, "issuer-key-life"),
        (Bounds(longest_life=8 * DAY, longest_max_age=29), Profile.GENERAL, "issuer-key-max-age"),
        (Bounds(longest_life=6 * DAY + HOUR, longest_max_age=30), Profile.GENERAL, None),
    ],
)
def test_an_issuer_key_signs_within_its_bounds_or_not_at_all(bounds: Bounds, profile: Profile, code: str | None) -> None:
    key = IssuerKey(region="CN-CQ", key=ISSUER.public_key, profiles={profile: bounds}, not_before=0, not_after=NOW * 2)
    assert Gate(trust=trust(issuers=[key])).judge(show()).get("code") == code


def test_a_clock_below_what_the_region_signed_last_judges_nothing_of_that_region() -> None:
    gate = Gate(floor=ClockFloor(overall=0, regions={"CN-CQ": NOW + 61, "CN-SC": NOW + 9999}))
    assert ending(gate.judge(show())) == ("clock-untrusted", 3, "clock-below-floor")
    assert Gate(floor=ClockFloor(overall=0, regions={"CN-SC": NOW + 9999})).judge(show())["verdict"] == "accepted"


def test_one_changed_byte_of_the_credential_breaks_the_issuers_signature() -> None:
    tampered = bent(show(), lambda raw: raw.replace(b"abcdEF-_", b"abcdEF--"))
    assert ending(Gate().judge(tampered)) == ("issuer-signature", 4, "issuer-signature")


@pytest.mark.threat("B21")
def test_a_credential_seen_before_is_recognised_by_all_its_bytes_and_nothing_less() -> None:
    gate = Gate()
    credential = issue(says())
    assert gate.judge(show(credential))["verdict"] == "accepted"
    twin = bent(show(credential, iat=NOW + 1), lambda raw: raw.replace(b"chip-tag", b"chip-tap"))
    assert ending(gate.judge(twin)) == ("issuer-signature", 4, "issuer-signature")
    gate.status.shards = Lists(stopped=[(Profile.GENERAL, 7, StatusType.INVALID)]).shards
    assert ending(gate.judge(show(credential, iat=NOW + 2)))[0] == "revoked"


def test_the_memory_of_verified_signatures_is_bounded() -> None:
    gate = Gate()
    gate.verifier.believing._seen = {number.to_bytes(32): None for number in range(SEEN_CREDENTIALS)}
    assert gate.judge(show())["verdict"] == "accepted"
    assert len(gate.verifier.believing._seen) == SEEN_CREDENTIALS
    assert (0).to_bytes(32) not in gate.verifier.believing._seen


def test_a_region_that_the_scene_does_not_recognise_is_refused_here() -> None:
    gate = Gate(scene=replace(METRO, recognises=frozenset({"CN-SC"})))
    assert ending(gate.judge(show())) == ("not-recognised-here", 5, "issuer-not-here")


@pytest.mark.threat("A06")
@pytest.mark.parametrize(
    ("at", "reason"),
    [(EXACT - HOUR - 1, "credential-not-yet-valid"), (EXACT - HOUR, None), (EXACT + 6 * DAY - 1, None), (EXACT + 6 * DAY, "credential-expired")],
)
def test_a_credential_lives_from_its_first_second_to_before_its_last(at: int, reason: str | None) -> None:
    gate = Gate(floor=ClockFloor(overall=0), trust=trust(expires=NOW + 99 * DAY), status=Lists(iat=at))
    verdict = gate.judge(show(iat=at), at=at)
    assert (verdict["reason"], verdict["step"]) == (reason, None if reason is None else 6)


# 7 holder signature


@pytest.mark.threat("B17")
def test_another_phones_signature_is_forged() -> None:
    credential = issue(says())
    impostor = Presentation.make(issue(says(holder=STRANGER.public_key)), STRANGER, audience=Audience.GENERAL, iat=NOW)
    good = Presentation.from_text(show(credential))
    swapped = bent(good.to_text(), lambda raw: raw[:-64] + impostor.raw[-64:])
    assert ending(Gate().judge(swapped)) == ("holder-signature", 7, "holder-signature")


def test_a_code_without_the_phones_signature_is_malformed_never_unsigned() -> None:
    stripped = bent(show(), lambda raw: raw[:-66] + b"\x40")
    assert ending(Gate().judge(stripped)) == ("malformed", 1, "cose-shape")


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
        (replace(HOSPITAL, freshness=Freshness.WINDOW), None, None, None),
        (replace(HOSPITAL, freshness=Freshness.WINDOW), None, CHALLENGE, "challenge-unasked"),
        (replace(HOSPITAL, freshness=Freshness.WINDOW), CHALLENGE, CHALLENGE, None),
        (replace(HOSPITAL, freshness=Freshness.WINDOW), CHALLENGE, None, "challenge-missing"),
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


@given(st.integers(-86400, 86400))
def test_no_code_outside_the_window_is_accepted_and_none_inside_is_called_forged(skew: int) -> None:
    line = Gate(status=Lists(iat=NOW)).judge(show(CREDENTIAL, iat=NOW - skew))
    assert (line["reason"] is None) == (-10 <= skew <= 60)
    assert line["reason"] in {None, "code-expired", "code-from-future"}


CREDENTIAL = issue(says())


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
    assert line["staff"] == {"zh": "手机时间快了（快了 4 分钟）", "en": "The phone's clock is ahead (ahead by 4 minutes)"}
    assert Gate().judge(show(iat=NOW - 77))["staff"]["zh"].endswith("（超过 47 秒）")


# 10 status


@pytest.mark.parametrize(
    ("status", "reason"),
    [(StatusType.INVALID, "revoked"), (StatusType.SUSPENDED, "suspended"), (StatusType.FROZEN, "frozen"), (StatusType.VALID, None)],
)
@pytest.mark.parametrize("age", [0, 9 * DAY])
def test_a_stop_is_believed_at_any_age_of_the_list(status: StatusType, reason: str | None, age: int) -> None:
    line = Gate(status=Lists(iat=NOW - age, stopped=[(Profile.GENERAL, 7, status)])).judge(show())
    assert line["reason"] == reason
    if reason:
        assert (line["step"], line["status_age_s"]) == (10, age)


def test_a_blocked_card_is_not_explained_to_the_public() -> None:
    stops = [StatusType.INVALID, StatusType.SUSPENDED, StatusType.FROZEN]
    words = {Gate(status=Lists(stopped=[(Profile.GENERAL, 7, stop)])).judge(show())["public"]["zh"] for stop in stops}
    assert words == {"请到服务台"}


def test_an_index_outside_the_list_is_refused_and_its_neighbours_do_not_count() -> None:
    assert ending(Gate().judge(show(issue(says(status=StatusRef(LIST_OF[Profile.GENERAL], SIZE)))))) == ("status-out-of-range", 10, "status-index")
    assert Gate(status=Lists(stopped=[(Profile.GENERAL, idx, StatusType.INVALID) for idx in (6, 8)])).judge(show())["verdict"] == "accepted"


@pytest.mark.threat("D02")
@pytest.mark.parametrize("uri", [LIST_OF[Profile.IDENTITY], "sl:c5m", "sl:s2t", "sl:czzz"])
def test_a_list_of_another_profile_or_region_is_no_evidence(uri: str) -> None:
    assert ending(Gate().judge(show(issue(says(status=StatusRef(uri, 7)))))) == ("issuer-out-of-scope", 10, "status-elsewhere")


def test_a_list_that_another_region_signed_is_no_evidence_either() -> None:
    gate = Gate()
    uri = LIST_OF[Profile.GENERAL]
    gate.status.shards[uri] = replace(gate.status.shards[uri], region="CN-SC")
    assert ending(gate.judge(show())) == ("issuer-out-of-scope", 10, "status-elsewhere")


def test_without_the_status_authority_in_trust_there_is_no_good_answer() -> None:
    gate = Gate(trust=trust(authorities=[]), status=Lists())
    del gate.status.shards[LIST_OF[Profile.GENERAL]]
    assert ending(gate.judge(show()))[0] == "issuer-out-of-scope"


def test_a_list_that_should_be_here_and_is_not_is_never_a_good_answer() -> None:
    gate = Gate()
    del gate.status.shards[LIST_OF[Profile.GENERAL]]
    assert ending(gate.judge(show())) == ("status-stale", 10, "status-missing")
    gate.status.shards.clear()
    assert ending(gate.judge(show())) == ("status-stale", 10, "status-missing")


def test_a_credential_newer_than_everything_here_vouches_for_itself_as_long_as_the_budget_lasts() -> None:
    gate = Gate(status=Lists(iat=EXACT - 2 * HOUR))
    del gate.status.shards[LIST_OF[Profile.GENERAL]]
    line = gate.judge(show())
    assert (line["verdict"], line["status_age_s"]) == ("accepted", NOW - (EXACT - HOUR))


AGES = [(6 * HOUR, None, []), (6 * HOUR + 1, None, ["status-aging"]), (DAY, None, ["status-aging"]), (DAY + 1, None, ["status-stale-allowed"])]


@pytest.mark.threat("C03")
@pytest.mark.parametrize(("age", "reason", "notes"), [*AGES, (3 * DAY, None, ["status-stale-allowed"]), (3 * DAY + 1, "status-stale", [])])
def test_the_age_of_a_good_answer_meets_the_scenes_budget_to_the_second(age: int, reason: str | None, notes: list[str]) -> None:
    old = issue(says(iat=EXACT - 7 * DAY, exp=EXACT + DAY))
    line = Gate(status=Lists(iat=NOW - age)).judge(show(old))
    assert (line["reason"], line["notes"]) == (reason, notes)
    assert line["status_age_s"] == age


@pytest.mark.parametrize(("age", "reason"), [(4 * HOUR, None), (4 * HOUR + 1, "check-online"), (DAY, "check-online"), (DAY + 1, "status-stale")])
def test_between_judging_and_not_judging_lies_asking_online(age: int, reason: str | None) -> None:
    old = issue(says(Profile.IDENTITY, iat=EXACT - 7 * DAY, exp=EXACT + DAY))
    text = show(old, audience=Audience.IDENTITY, cnonce=CHALLENGE)
    verdict = Gate(scene=HOSPITAL, status=Lists(iat=NOW - age)).verifier.verify(text, at=instant(NOW), challenge=CHALLENGE)
    assert verdict.to_json()["reason"] == reason
    assert isinstance(verdict, Accepted if reason is None else Inconclusive)


def test_a_younger_credential_is_younger_evidence() -> None:
    lists = Lists(iat=NOW - 20 * HOUR)
    assert Gate(status=lists).judge(show())["status_age_s"] == NOW - (EXACT - HOUR)


def test_where_money_is_at_stake_only_the_list_counts() -> None:
    gate = Gate(scene=replace(METRO, scene_class=SceneClass.A), status=Lists(iat=NOW - 20 * HOUR))
    line = gate.judge(show())
    assert (line["status_age_s"], line["notes"]) == (20 * HOUR, ["status-aging"])


# 11 scene rule


def test_a_relatives_code_is_accepted_with_a_note_or_refused_as_the_scene_says() -> None:
    text = show(issue(says(Profile.DELEGATE)))
    line = Gate().judge(text)
    assert (line["verdict"], line["notes"], line["profile"], line["public"]["zh"]) == ("accepted", ["delegate"], 4, "代办验证通过")
    assert ending(Gate(scene=replace(METRO, delegate=False)).judge(text)) == ("not-recognised-here", 11, "delegate-not-here")


def test_a_fare_class_has_a_meaning_here_or_is_refused_and_is_told_to_nobody_else() -> None:
    elder = show(issue(says(fare=3)))
    assert Gate().judge(elder)["fare"] == 3
    assert ending(Gate().judge(show(issue(says(fare=4))))) == ("not-recognised-here", 11, "fare-not-here")
    assert Gate(scene=replace(METRO, fares=None)).judge(elder)["fare"] is None


def test_a_scene_that_asks_online_never_says_yes_offline() -> None:
    assert ending(Gate(scene=replace(METRO, freshness=Freshness.ONLINE)).judge(show())) == ("check-online", 11, "scene-online")


# 12 not replayed


@pytest.mark.threat("A01")
@given(st.integers(-10, 60), st.integers(0, 200))
def test_no_pair_of_scans_accepts_one_code_twice(first: int, later: int) -> None:
    gate = Gate(status=Lists(iat=NOW))
    text = show(CREDENTIAL, iat=NOW - first)
    assert gate.judge(text)["verdict"] == "accepted"
    again = gate.judge(text, at=NOW + later)
    assert again["reason"] in {"replayed", "code-expired"}


def test_the_next_code_of_one_credential_passes_when_the_interval_is_over_and_not_before() -> None:
    gate = Gate()
    credential = issue(says())
    assert gate.judge(show(credential))["verdict"] == "accepted"
    assert ending(gate.judge(show(credential, iat=NOW + 70), at=NOW + 70)) == ("replayed", 12, "replayed")
    assert gate.judge(show(credential, iat=NOW + 71), at=NOW + 71)["verdict"] == "accepted"
    assert gate.replay.made[0] == NOW - METRO.future


def test_a_code_that_is_refused_leaves_no_trace_in_the_replay_memory() -> None:
    gate = Gate(status=Lists(stopped=[(Profile.GENERAL, 7, StatusType.SUSPENDED)]))
    gate.judge(show())
    assert not gate.replay.until


def test_cheap_comes_before_dear_and_forged_before_expired() -> None:
    expired_and_forged = bent(show(issue(says(exp=EXACT)), iat=NOW), lambda raw: raw[:-1] + bytes((raw[-1] ^ 1,)))
    assert ending(Gate().judge(expired_and_forged))[1] in {1, 6}
    late_and_forged = bent(show(iat=NOW - 500), lambda raw: raw[:-2] + bytes((raw[-2] ^ 1, raw[-1])))
    assert ending(Gate().judge(late_and_forged)) == ("holder-signature", 7, "holder-signature")


def test_every_refusal_tells_staff_what_to_do_in_both_languages() -> None:
    for text in ("", "SC1:A", show(iat=NOW - 999), show(issue(says(), STRANGER))):
        verdict = Gate().verifier.verify(text, at=instant(NOW))
        assert isinstance(verdict, Refused)
        line = verdict.to_json()
        assert line["hint"]["zh"].endswith("。")
        assert line["hint"]["en"].endswith(".")
        assert len(line["public"]["zh"]) <= 8


def test_holder_keys_are_fresh_so_two_codes_of_one_resident_share_no_field_but_the_issuers() -> None:
    other = SoftwareSigner.from_scalar(0xF1)
    first, second = (
        issue(says()).says,
        issue(says(sub="zyxwVU12", holder=other.public_key, status=StatusRef(LIST_OF[Profile.GENERAL], 9), chip_tag=b"other888")).says,
    )
    for field in ("sub", "holder", "status", "chip_tag"):
        assert getattr(first, field) != getattr(second, field)
