"""What gates of one station tell one another: read as it was signed, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from codes import cbor, cose
from codes.errors import InputError
from codes.keys import SoftwareSigner
from codes.passage import GIVEN, HEARD, MAX_MESSAGE, GivenPassage, HeardMessage, Hearing, PassageMessage
from tests.codes.test_format_page import fits

TERMINAL, OTHER = SoftwareSigner.from_scalar(0x7E21), SoftwareSigner.from_scalar(9)
AT = 1_795_000_000
SAYS = GivenPassage("T-0001", AT, "CN-CQ", "abcdEF-_", AT - 3, AT + 70)
CLAIMS: dict[Any, Any] = {1: "CN-CQ", 2: "abcdEF-_", 6: AT, GIVEN: ["T-0001", AT - 3, AT + 70]}
HEARING = Hearing("T-0002", AT, bytes(32), knew=False)
ANSWER: dict[Any, Any] = {6: AT, HEARD: ["T-0002", bytes(32), False]}


def sealed(claims: Any, typ: str = "ecard-passage", headers: Any = None) -> bytes:
    return cose.sign1(headers or {cose.KID: TERMINAL.public_key.kid(), cose.TYP: typ}, cbor.encode(claims), TERMINAL)


@pytest.mark.error("passage-signature")
def test_a_passage_is_read_as_it_was_signed_and_only_its_terminal_signed_it() -> None:
    message = PassageMessage.issue(SAYS, TERMINAL)
    assert message.raw == sealed(CLAIMS)
    assert PassageMessage.from_bytes(message.raw).says == SAYS
    assert len(message.raw) < 170
    message.check(TERMINAL.public_key.load())
    with pytest.raises(InputError) as refused:
        message.check(OTHER.public_key.load())
    assert refused.value.code == "passage-signature"


def test_an_answer_is_read_as_it_was_signed_and_names_what_was_heard() -> None:
    message = PassageMessage.issue(SAYS, TERMINAL)
    answer = HeardMessage.issue(HEARING._replace(digest=message.digest, knew=True), TERMINAL)
    assert HeardMessage.from_bytes(answer.raw).says == ("T-0002", AT, message.digest, True)
    answer.check(TERMINAL.public_key.load())
    with pytest.raises(InputError) as refused:
        answer.check(OTHER.public_key.load())
    assert refused.value.code == "passage-signature"


def test_the_description_fits_both() -> None:
    assert fits("passage", PassageMessage.issue(SAYS, TERMINAL).raw)
    assert fits("passage", PassageMessage.issue(SAYS._replace(until=0), TERMINAL).raw)
    assert fits("heard", HeardMessage.issue(HEARING, TERMINAL).raw)
    assert not fits("passage", sealed(CLAIMS | {2: "short"}))
    assert not fits("heard", sealed(ANSWER | {HEARD: ["T-0002", bytes(31), False]}, "ecard-heard"))


@pytest.mark.parametrize(
    "change",
    [
        {1: "cq"},
        {1: 7},
        {2: "short"},
        {2: 7},
        {6: -1},
        {6: "1"},
        {GIVEN: {}},
        {GIVEN: ["T-0001", AT]},
        {GIVEN: ["", AT, AT]},
        {GIVEN: [7, AT, AT]},
        {GIVEN: ["T" * 65, AT, AT]},
        {GIVEN: ["T-0001", -1, AT]},
        {GIVEN: ["T-0001", AT, True]},
    ],
)
def test_a_passage_outside_the_format_is_refused(change: Any) -> None:
    with pytest.raises(InputError) as refused:
        PassageMessage.from_bytes(sealed(CLAIMS | change))
    assert refused.value.code == "claim-value"


@pytest.mark.parametrize(
    "change",
    [
        {6: -1},
        {HEARD: {}},
        {HEARD: ["T-0002", bytes(32)]},
        {HEARD: ["T-0002", bytes(31), False]},
        {HEARD: ["T-0002", "0" * 32, False]},
        {HEARD: ["T-0002", bytes(32), 0]},
        {HEARD: ["", bytes(32), False]},
    ],
)
def test_an_answer_outside_the_format_is_refused(change: Any) -> None:
    with pytest.raises(InputError) as refused:
        HeardMessage.from_bytes(sealed(ANSWER | change, "ecard-heard"))
    assert refused.value.code == "claim-value"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (sealed({**CLAIMS, 7: 0}), "claims-set"),
        (sealed([]), "claims-set"),
        (sealed(CLAIMS, "ecard-ack"), "cose-type"),
        (sealed(CLAIMS, headers={cose.TYP: "ecard-passage"}), "cose-header"),
        (sealed(CLAIMS, headers={cose.TYP: "ecard-passage", cose.KID: b"short"}), "cose-header"),
        (sealed(CLAIMS) + b"\0", "cbor-trailing"),
        (sealed({**CLAIMS, 2: "x" * MAX_MESSAGE}), "cbor-size"),
    ],
)
def test_whatever_is_no_passage_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as refused:
        PassageMessage.from_bytes(data)
    assert refused.value.code == code


@pytest.mark.parametrize("claims", [[], {6: AT}])
def test_whatever_is_no_answer_is_refused(claims: Any) -> None:
    with pytest.raises(InputError) as refused:
        HeardMessage.from_bytes(sealed(claims, "ecard-heard"))
    assert refused.value.code == "claims-set"
