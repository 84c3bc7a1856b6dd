"""Errors carry a code, facts and a hint; the prose follows from them."""

from __future__ import annotations

import pytest

from codes import faults
from codes.errors import CardError, Fault, InputError, SetupError, StateError
from codes.reasons import NOTES, TABLE, Colour, Note, Outcome, Reason

FAULTS = [value for value in vars(faults).values() if isinstance(value, Fault)]


@pytest.mark.parametrize("family", [InputError, StateError, SetupError])
def test_an_error_says_its_code_and_its_facts(family: type[CardError]) -> None:
    error = family(faults.CBOR_TRAILING, at=3, extra=1)
    assert error.code == "cbor-trailing"
    assert error.facts == {"at": 3, "extra": 1}
    assert str(error) == "Bytes follow the CBOR item [cbor-trailing: at=3, extra=1]"
    assert str(family(faults.COSE_SHAPE)) == "Not a COSE_Sign1 under tag 18 [cose-shape]"
    assert isinstance(error, CardError)


def test_a_code_names_one_fault() -> None:
    codes = [fault.code for fault in FAULTS]
    assert len(codes) == len(set(codes)) > 30


def test_every_reason_has_one_row_and_one_number() -> None:
    assert list(TABLE) == list(Reason)
    assert list(NOTES) == list(Note)
    numbers = [entry.number for entry in (*TABLE.values(), *NOTES.values())]
    assert len(numbers) == len(set(numbers))
    assert 0 not in numbers


def test_a_result_is_short_enough_to_be_read_at_a_gate() -> None:
    for entry in (*TABLE.values(), *NOTES.values()):
        assert 0 < len(entry.public.zh) <= 8
        assert entry.staff.zh
        assert entry.staff.en
        assert entry.action.zh.endswith("。")
        assert entry.action.en.endswith(".")


def test_colour_and_outcome_agree() -> None:
    for entry in TABLE.values():
        assert (entry.outcome is Outcome.INCONCLUSIVE) == (entry.colour is Colour.GREY)
        assert entry.outcome is not Outcome.ACCEPTED
    assert all(entry.outcome is Outcome.ACCEPTED for entry in NOTES.values())


def test_the_words_on_the_wire_never_change() -> None:
    assert [(str(reason), TABLE[reason].number) for reason in Reason] == [
        (name, number)
        for number, name in enumerate(
            [
                "malformed",
                "not-canonical",
                "unknown-format",
                "unknown-issuer",
                "issuer-out-of-scope",
                "issuer-signature",
                "holder-signature",
                "credential-expired",
                "credential-not-yet-valid",
                "code-expired",
                "code-from-future",
                "wrong-scene",
                "challenge-mismatch",
                "replayed",
                "suspended",
                "frozen",
                "revoked",
                "status-out-of-range",
                "not-recognised-here",
                "status-stale",
                "trust-stale",
                "clock-untrusted",
                "terminal-not-ready",
                "check-online",
            ],
            start=1,
        )
    ]
