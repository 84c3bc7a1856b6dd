"""A chip at a terminal: believed on the same path as a code, and answering for itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from codes.chipproof import ChipPurpose, ChipState
from codes.claims import Profile, StatusType
from tests.verify.gate import DAY, METRO, NOW, STRANGER, Gate, Lists, answer, ending, instant, issue, says, trust
from verify.chip import verify_chip

CHALLENGE = bytes(range(32))
CHIP = issue(says(Profile.CHIP)).raw


def judge(gate: Gate, credential: bytes = CHIP, reply: bytes | None = None) -> dict[str, Any]:
    reply = answer(CHALLENGE) if reply is None else reply
    return verify_chip(gate.verifier, credential, reply, challenge=CHALLENGE, at=instant(NOW)).to_json()


def test_a_chip_that_answers_is_accepted_and_may_answer_again() -> None:
    gate = Gate()
    assert judge(gate)["verdict"] == "accepted"
    assert judge(gate)["verdict"] == "accepted"
    assert not gate.replay.until


@pytest.mark.threat("E01")
@pytest.mark.parametrize(
    "reply",
    [answer(CHALLENGE, signer=STRANGER), answer(CHALLENGE[::-1]), answer(CHALLENGE, purpose=ChipPurpose.STATUS), b"", bytes(116)],
    ids=["another chip's key", "a recorded answer", "another purpose", "nothing", "zeros"],
)
def test_a_copy_of_everything_readable_is_not_the_chip(reply: bytes) -> None:
    assert ending(judge(Gate(), reply=reply)) == ("holder-signature", 7, "chip-proof")


@pytest.mark.error("chip-not-here")
@pytest.mark.parametrize(
    ("gate", "reason", "step"),
    [
        (Gate(status=Lists(stopped=[(Profile.CHIP, 7, StatusType.SUSPENDED)])), "suspended", 10),
        (Gate(status=Lists(iat=NOW - 9 * DAY)), "status-stale", 10),
        (Gate(scene=replace(METRO, chip=False)), "not-recognised-here", 5),
        (Gate(trust=trust(expires=NOW)), "trust-stale", -1),
        (Gate(trust=trust(issuers=[])), "unknown-issuer", 2),
    ],
)
def test_a_chips_credential_meets_the_steps_of_a_code(gate: Gate, reason: str, step: int) -> None:
    assert ending(judge(gate))[:2] == (reason, step)


def test_a_young_chip_credential_is_no_evidence_of_its_status() -> None:
    line = judge(Gate(status=Lists(iat=NOW - 20 * 3600)))
    assert (line["status_age_s"], line["notes"]) == (20 * 3600, ["status-aging"])


@pytest.mark.parametrize(("state", "reason"), [(ChipState.SUSPENDED, "suspended"), (ChipState.FROZEN, "frozen"), (ChipState.CANCELLED, "revoked")])
def test_a_chip_that_says_it_is_stopped_is_believed_before_the_list_says_so(state: ChipState, reason: str) -> None:
    assert ending(judge(Gate(), reply=answer(CHALLENGE, state=state)))[:2] == (reason, 10)


@pytest.mark.parametrize("status", [Lists(iat=NOW - 9 * DAY), Lists(iat=NOW + 30)], ids=["stale list", "fresh list"])
def test_a_chip_that_says_it_is_stopped_is_believed_whatever_the_age_of_the_list(status: Lists) -> None:
    assert ending(judge(Gate(status=status), reply=answer(CHALLENGE, state=ChipState.SUSPENDED)))[:2] == ("suspended", 10)


def test_a_phones_credential_cannot_be_shown_as_a_chip() -> None:
    assert ending(judge(Gate(), issue(says()).raw)) == ("malformed", 1, "claim-value")


def test_damaged_chip_data_is_a_refusal_and_not_a_crash() -> None:
    assert ending(judge(Gate(), CHIP[:-1]))[:2] == ("malformed", 1)
