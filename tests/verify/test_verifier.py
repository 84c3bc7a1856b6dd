"""The decision, steps -1 to 6: what ends it, where, and at which second."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo

import pytest

from codes.claims import Profile, StatusType
from codes.trust import Bounds, IssuerKey
from tests.verify.gate import (
    DAY,
    EXACT,
    HOUR,
    ISSUER,
    METRO,
    NOW,
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
from verify.believing import SEEN_CREDENTIALS
from verify.chip import verify_chip
from verify.clock import ClockFloor
from verify.verdict import Accepted, Inconclusive, duration


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


def test_a_time_without_its_zone_is_our_own_mistake_and_no_verdict() -> None:
    gate = Gate()
    for naive in (datetime(2026, 11, 22, 10, 15), datetime(2026, 11, 22, 10, 15, tzinfo=_Nowhere())):  # noqa: DTZ001 because this is what is refused
        with pytest.raises(ValueError, match="aware"):
            gate.verifier.verify(show(), at=naive)
        with pytest.raises(ValueError, match="aware"):
            verify_chip(gate.verifier, b"", b"", challenge=bytes(32), at=naive)


class _Nowhere(tzinfo):
    """A zone that does not know where it is."""

    def utcoffset(self, _: datetime | None) -> None:
        return None

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> None:
        return None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ("0 秒", "0 seconds")),
        (1, ("1 秒", "1 second")),
        (119, ("119 秒", "119 seconds")),
        (120, ("2 分钟", "2 minutes")),
        (86400, ("24 小时", "24 hours")),
    ],
)
def test_lengths_of_time_are_said_as_people_say_them(seconds: int, words: tuple[str, str]) -> None:
    assert duration(seconds) == words


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


@pytest.mark.threat("B10")
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
