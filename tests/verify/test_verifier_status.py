"""The decision, steps 10 to 12: status, scene rules, replay; and the order of it all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import SoftwareSigner
from codes.claims import Audience, Profile, StatusRef, StatusType
from codes.reasons import NOTES, Note
from codes.scenes import Freshness, SceneClass
from tests.verify.gate import (
    CHALLENGE,
    CREDENTIAL,
    DAY,
    EXACT,
    HOSPITAL,
    HOUR,
    LIST_OF,
    METRO,
    NOW,
    SIZE,
    STRANGER,
    Gate,
    Lists,
    bent,
    ending,
    instant,
    issue,
    says,
    show,
    trust,
)
from verify.verdict import Accepted, Inconclusive, Refused

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
    gate = Gate(scene=replace(METRO, scene_class=SceneClass.A, freshness=Freshness.CHALLENGE), status=Lists(iat=NOW - 20 * HOUR))
    line = gate.judge(show(cnonce=CHALLENGE), challenge=CHALLENGE)
    assert (line["status_age_s"], line["notes"]) == (20 * HOUR, ["status-aging"])


# 11 scene rule


def test_a_relatives_code_is_accepted_with_a_note_or_refused_as_the_scene_says() -> None:
    text = show(issue(says(Profile.DELEGATE)))
    line = Gate().judge(text)
    assert (line["verdict"], line["notes"], line["profile"], line["public"]["zh"]) == ("accepted", ["delegate"], 4, "代办验证通过")
    assert ending(Gate(scene=replace(METRO, delegate=False)).judge(text)) == ("not-recognised-here", 11, "delegate-not-here")


def test_of_several_notes_staff_read_all() -> None:
    line = Gate(status=Lists(iat=NOW - 2 * DAY)).judge(show(issue(says(Profile.DELEGATE, iat=EXACT - 2 * DAY))))
    assert line["notes"] == ["status-stale-allowed", "delegate"]
    assert line["public"]["zh"] == "代办验证通过"
    for note in (NOTES[Note.STATUS_STALE_ALLOWED], NOTES[Note.DELEGATE]):
        for language, staff, action in (("zh", note.staff.zh, note.action.zh), ("en", note.staff.en, note.action.en)):
            assert staff in line["staff"][language]
            assert action in line["hint"][language]


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
    assert gate.replay.future[0] == METRO.future


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
