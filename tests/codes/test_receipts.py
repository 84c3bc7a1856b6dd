"""Receipts and checkpoints: strict as everything on the wire, and checked by anyone with the public key."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes import cbor, cose
from codes.checkpoint import FIRST, SEALED, TYP_CHECKPOINT, Checkpoint, Head, Seal, heads_digest
from codes.claims import IAT, ISS, SUB, StatusType
from codes.errors import InputError
from codes.receipts import CARRIERS, DONE, MAX_STOPPED, TYP_RECEIPT, Receipt, Says, StoppedCarrier, mask_card_number, receipt_number
from tests.codes import strategies
from tests.codes.test_format_page import fits
from tests.vectors import cast

if TYPE_CHECKING:
    from collections.abc import Callable

EVENT = hashlib.sha256(b"an event").digest()
LOSS = Says(
    region="CN-CQ",
    effective=cast.NOW,
    command="report-loss",
    card="C*****7K2",
    articles=("ZS-17a", "CQ-11a", "ZS-11(2)", "ZS-27/28"),
    stopped=(StoppedCarrier("chip", StatusType.SUSPENDED), StoppedCarrier("phone", StatusType.INVALID)),
    event=EVENT,
)
SEAL = Seal(iat=cast.NOW, number=2, previous=EVENT, links=9, heads=3, digest=EVENT)


def payload(says: Says = LOSS) -> dict[int | str, Any]:
    done: list[Any] = [says.command, says.card, list(says.articles), [[item.carrier, int(item.status)] for item in says.stopped], says.event]
    return {ISS: says.region, SUB: says.number, IAT: says.effective, DONE: done}


def receipt_of(claims: Any) -> bytes:
    return cose.sign1({cose.KID: cast.HOLDER.public_key.kid(), cose.TYP: TYP_RECEIPT}, cbor.encode(claims), cast.HOLDER)


def checkpoint_of(claims: Any) -> bytes:
    return cose.sign1({cose.KID: cast.HOLDER.public_key.kid(), cose.TYP: TYP_CHECKPOINT}, cbor.encode(claims), cast.HOLDER)


def refusal(read: Callable[[bytes], object], data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(data)
    return caught.value.code


says = st.builds(
    Says,
    region=strategies.regions,
    effective=st.integers(0, strategies.UINT64),
    command=st.from_regex(r"[a-z]{1,8}(-[a-z]{1,8}){0,4}", fullmatch=True),
    card=st.from_regex(r"[A-Z]\*{5}[0-9A-Z]{3}", fullmatch=True),
    articles=st.lists(st.from_regex(r"[A-Z]{2}-[0-9a-z]{1,6}", fullmatch=True), min_size=1, max_size=8).map(tuple),
    stopped=st.lists(
        st.builds(StoppedCarrier, st.sampled_from(CARRIERS), st.sampled_from([StatusType.INVALID, StatusType.SUSPENDED, StatusType.FROZEN])),
        max_size=MAX_STOPPED,
    ).map(tuple),
    event=st.binary(min_size=32, max_size=32),
)


@settings(max_examples=40)
@given(strategies.signers, says)
def test_a_receipt_says_what_was_signed_and_fits_its_description(signer: Any, said: Says) -> None:
    receipt = Receipt.issue(said, signer)
    assert Receipt.from_bytes(receipt.raw).says == said
    receipt.check(signer.public_key.load())
    assert fits("receipt", receipt.raw)


@pytest.mark.error("receipt-signature")
def test_a_receipt_of_another_key_is_none() -> None:
    assert (
        refusal(lambda data: Receipt.from_bytes(data).check(cast.CHIP.public_key.load()), Receipt.issue(LOSS, cast.HOLDER).raw) == "receipt-signature"
    )


@settings(max_examples=200)
@given(st.integers(0, 1000), st.integers(1, 255))
def test_no_byte_of_a_receipt_may_change(at: int, flip: int) -> None:
    data = bytearray(Receipt.issue(LOSS, cast.HOLDER).raw)
    data[at % len(data)] ^= flip
    with pytest.raises(InputError):
        Receipt.from_bytes(bytes(data)).check(cast.HOLDER.public_key.load())


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_neither_receipt_nor_checkpoint(data: bytes) -> None:
    for read in (Receipt.from_bytes, Checkpoint.from_bytes):
        with pytest.raises(InputError):
            read(data)


def without(key: int) -> dict[int | str, Any]:
    return {name: value for name, value in payload().items() if name != key}


def done(place: int, value: Any) -> dict[int | str, Any]:
    changed = payload()
    changed[DONE][place] = value
    return changed


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ([1], "claims-set"),
        (without(SUB), "claims-set"),
        ({**payload(), 4: 1}, "claims-set"),
        ({**payload(), ISS: "Chongqing"}, "claim-value"),
        ({**payload(), ISS: 7}, "claim-value"),
        ({**payload(), SUB: "A" * 16}, "claim-value"),
        ({**payload(), SUB: 16}, "claim-value"),
        ({**payload(), IAT: -1}, "claim-value"),
        ({**payload(), IAT: True}, "claim-value"),
        ({**payload(), DONE: 1}, "claim-value"),
        ({**payload(), DONE: payload()[DONE][:4]}, "claim-value"),
        (done(0, 1), "claim-value"),
        (done(0, "Report loss"), "claim-value"),
        (done(1, 1), "claim-value"),
        (done(1, "C12345678"), "claim-value"),
        (done(2, "ZS-17a"), "claim-value"),
        (done(2, []), "claim-value"),
        (done(2, ["17a"]), "claim-value"),
        (done(2, [17]), "claim-value"),
        (done(3, 1), "claim-value"),
        (done(3, [["chip", 2]] * 33), "claim-value"),
        (done(3, ["chip"]), "claim-value"),
        (done(3, [["chip"]]), "claim-value"),
        (done(3, [["tablet", 2]]), "claim-value"),
        (done(3, [[1, 2]]), "claim-value"),
        (done(3, [["chip", 0]]), "claim-value"),
        (done(3, [["chip", True]]), "claim-value"),
        (done(4, b"short"), "claim-value"),
        (done(4, "text"), "claim-value"),
    ],
)
def test_a_receipt_that_says_something_else_is_refused(claims: Any, code: str) -> None:
    assert refusal(Receipt.from_bytes, receipt_of(claims)) == code


def sealed(**changes: Any) -> dict[int | str, Any]:
    values = {"iat": cast.NOW, "number": 2, "previous": EVENT, "links": 9, "heads": 3, "digest": EVENT, **changes}
    return {IAT: values.pop("iat"), SEALED: list(values.values())}


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        (1, "claims-set"),
        ({IAT: 1}, "claims-set"),
        (sealed(iat=-1), "claim-value"),
        (sealed(iat="now"), "claim-value"),
        ({IAT: 1, SEALED: {}}, "claim-value"),
        ({IAT: 1, SEALED: [1, 2]}, "claim-value"),
        (sealed(number=0), "claim-value"),
        (sealed(number=True), "claim-value"),
        (sealed(links=2), "claim-value"),
        (sealed(links="9"), "claim-value"),
        (sealed(heads=0), "claim-value"),
        (sealed(heads=True), "claim-value"),
        (sealed(previous=b"short"), "claim-value"),
        (sealed(previous=1), "claim-value"),
        (sealed(digest=b""), "claim-value"),
        (sealed(digest=[]), "claim-value"),
        (sealed(number=1), "claim-value"),
        (sealed(previous=FIRST), "claim-value"),
    ],
)
def test_a_checkpoint_that_says_something_else_is_refused(claims: Any, code: str) -> None:
    assert refusal(Checkpoint.from_bytes, checkpoint_of(claims)) == code


@pytest.mark.parametrize(("read", "typ"), [(Receipt.from_bytes, TYP_RECEIPT), (Checkpoint.from_bytes, TYP_CHECKPOINT)])
def test_a_header_has_exactly_three_parameters(read: Callable[[bytes], object], typ: str) -> None:
    body = cbor.encode(payload() if typ == TYP_RECEIPT else sealed())
    kid = cast.HOLDER.public_key.kid()
    wrong: list[dict[int | str, cbor.Value]] = [
        {cose.TYP: typ},
        {cose.TYP: typ, cose.KID: b"short"},
        {cose.TYP: typ, cose.KID: 8},
        {cose.TYP: typ, cose.KID: kid, 99: 1},
    ]
    for headers in wrong:
        assert refusal(read, cose.sign1(headers, body, cast.HOLDER)) == "cose-header"
    assert refusal(read, cose.sign1({cose.TYP: "other", cose.KID: kid}, body, cast.HOLDER)) == "cose-type"


@pytest.mark.error("checkpoint-signature")
def test_a_checkpoint_says_what_was_signed_and_names_the_one_before() -> None:
    first = Checkpoint.issue(SEAL._replace(number=1, previous=FIRST), cast.HOLDER)
    second = Checkpoint.issue(SEAL._replace(previous=first.hash), cast.HOLDER)
    assert Checkpoint.from_bytes(second.raw).says == SEAL._replace(previous=first.hash)
    second.check(cast.HOLDER.public_key.load())
    assert refusal(lambda data: Checkpoint.from_bytes(data).check(cast.CHIP.public_key.load()), second.raw) == "checkpoint-signature"
    assert fits("checkpoint", first.raw)
    assert fits("checkpoint", second.raw)


def test_the_digest_of_heads_does_not_depend_on_their_order_and_does_on_everything_else() -> None:
    heads = [Head("card", "a", 1, EVENT), Head("card", "b", 2, EVENT), Head("person", "a", 1, EVENT)]
    assert heads_digest(heads) == heads_digest(heads[::-1])
    others = [
        heads[:2],
        [*heads[:2], Head("person", "a", 2, EVENT)],
        [*heads[:2], Head("card", "c", 1, EVENT)],
        [*heads[:2], Head("person", "a", 1, FIRST)],
    ]
    assert len({heads_digest(other) for other in [heads, *others]}) == 5
    assert fits("head", cbor.encode(["card", "a", 1, EVENT]))


def test_a_receipt_shows_neither_card_number_nor_reference() -> None:
    assert mask_card_number("C3F9TK7K2") == "C*****7K2"
    assert receipt_number(EVENT) == Receipt.issue(LOSS, cast.HOLDER).says.number
    assert len(LOSS.number) == 16
