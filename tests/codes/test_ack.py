"""Acknowledgements: what a terminal says it holds."""

from __future__ import annotations

from typing import Any

import pytest

from codes import cbor, cose
from codes.ack import HOLDS, MAX_VERSIONS, HeldVersions, StatusAck
from codes.chain import ListSpace
from codes.errors import InputError
from codes.keys import SoftwareSigner

TERMINAL = SoftwareSigner.from_scalar(0x7E21)
AT = 1_795_000_000
VERSION = ["CN-CQ", 1, 1, 8]


def sealed(claims: Any, headers: Any = None) -> bytes:
    return cose.sign1(headers or {cose.KID: TERMINAL.public_key.kid(), cose.TYP: "ecard-ack"}, cbor.encode(claims), TERMINAL)


def test_an_acknowledgement_is_read_as_it_was_signed() -> None:
    says = HeldVersions(AT, "T-1", [("CN-CQ", ListSpace.PHONE, 1, 8), ("CN-CQ", ListSpace.CHIP, 1, 2)])
    ack = StatusAck.issue(says, TERMINAL)
    assert StatusAck.from_bytes(ack.raw).says == says
    ack.check(TERMINAL.public_key.load())
    with pytest.raises(InputError) as refused:
        ack.check(SoftwareSigner.from_scalar(9).public_key.load())
    assert refused.value.code == "ack-signature"


@pytest.mark.parametrize(
    "claims",
    [
        {6: -1, HOLDS: ["T-1", []]},
        {6: AT, HOLDS: ["T-1"]},
        {6: AT, HOLDS: ["", []]},
        {6: AT, HOLDS: ["T-1", {}]},
        {6: AT, HOLDS: ["T-1", [VERSION] * (MAX_VERSIONS + 1)]},
        {6: AT, HOLDS: ["T-1", [VERSION, VERSION]]},
        {6: AT, HOLDS: ["T-1", [["CN-SC", 1, 1, 8], VERSION]]},
        {6: AT, HOLDS: ["T-1", [VERSION[:3]]]},
        {6: AT, HOLDS: ["T-1", [["cq", 1, 1, 8]]]},
        {6: AT, HOLDS: ["T-1", [["CN-CQ", 3, 1, 8]]]},
        {6: AT, HOLDS: ["T-1", [["CN-CQ", 1, -1, 8]]]},
        {6: AT, HOLDS: ["T-1", [["CN-CQ", 1, 1, 0]]]},
        {6: AT, HOLDS: ["T-1", [["CN-CQ", 1, 1, "8"]]]},
    ],
    ids=["iat", "few", "terminal", "map", "many", "twice", "order", "short", "region", "space", "epoch", "seq", "text"],
)
def test_what_is_outside_the_format_is_refused(claims: Any) -> None:
    with pytest.raises(InputError) as refused:
        StatusAck.from_bytes(sealed(claims))
    assert refused.value.code == "claim-value"


def test_other_claims_and_headers_are_refused() -> None:
    with pytest.raises(InputError) as refused:
        StatusAck.from_bytes(sealed({6: AT}))
    assert refused.value.code == "claims-set"
    with pytest.raises(InputError) as refused:
        StatusAck.from_bytes(sealed({6: AT, HOLDS: ["T-1", []]}, {cose.TYP: "ecard-ack"}))
    assert refused.value.code == "cose-header"
