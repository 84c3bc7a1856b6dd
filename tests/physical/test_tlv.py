"""Records and templates: what adds up is read, everything else is refused, and what was read is written back to the same bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.errors import InputError
from physical import faults
from physical.tlv import MAX_TEMPLATE, Tlv, only, read_objects, read_record, write_objects, write_record


def test_a_record_is_tag_length_and_exactly_its_value() -> None:
    assert read_record(bytes.fromhex("0304332E3030")) == Tlv(0x03, b"3.00")
    assert write_record(0x03, b"3.00").hex() == "0304332e3030"


@pytest.mark.error("tlv-shape")
@pytest.mark.parametrize("record", ["", "03", "0301", "03013300", "000100", "FF0100"])
def test_a_record_that_does_not_add_up_is_refused(record: str) -> None:
    with pytest.raises(InputError) as refused:
        read_record(bytes.fromhex(record))
    assert refused.value.fault is faults.TLV_SHAPE


@pytest.mark.parametrize(("tag", "value"), [(0, b""), (255, b""), (7, bytes(256))])
def test_a_record_without_an_encoding_is_a_bug(tag: int, value: bytes) -> None:
    with pytest.raises(ValueError, match="a record has"):
        write_record(tag, value)


OBJECTS = [
    ("6F00", [Tlv(0x6F, b"")]),
    ("8401AA8502BBCC", [Tlv(0x84, b"\xaa"), Tlv(0x85, b"\xbb\xcc")]),
    ("5F2001AA", [Tlv(0x5F20, b"\xaa")]),
    ("9F810100", [Tlv(0x9F8101, b"")]),
    ("848180" + "11" * 128, [Tlv(0x84, b"\x11" * 128)]),
    ("84820100" + "22" * 256, [Tlv(0x84, b"\x22" * 256)]),
]


@pytest.mark.parametrize(("template", "objects"), OBJECTS, ids=[text[:10] for text, _ in OBJECTS])
def test_objects_are_read_and_written(template: str, objects: list[Tlv]) -> None:
    assert read_objects(bytes.fromhex(template)) == tuple(objects)
    assert write_objects(*objects) == bytes.fromhex(template)


@pytest.mark.error("tlv-shape")
@pytest.mark.parametrize(
    "template",
    [
        "84",  # no length
        "8402AA",  # too little value
        "848101",  # a long length for a small number
        "84820080" + "00" * 128,  # a leading zero
        "8480",  # indefinite
        "8485000000000000",  # a length of five bytes
        "848201",  # half a length
        "1F",  # half a tag
        "1F0100",  # a long tag for a small number
        "1F800100",  # a leading zero in the tag
        "1F81818100",  # a tag of four bytes
        "000100",  # filler
        "8400" + "00",  # filler behind
    ],
)
def test_a_template_that_does_not_add_up_is_refused(template: str) -> None:
    with pytest.raises(InputError) as refused:
        read_objects(bytes.fromhex(template))
    assert refused.value.fault is faults.TLV_SHAPE


def test_a_template_has_a_largest_size() -> None:
    with pytest.raises(InputError):
        read_objects(bytes(MAX_TEMPLATE + 1))


def test_the_one_object_that_is_expected() -> None:
    assert only(bytes.fromhex("6F03840100"), 0x6F) == bytes.fromhex("840100")
    for other in ("8400", "6F006F00", ""):
        with pytest.raises(InputError):
            only(bytes.fromhex(other), 0x6F)


@pytest.mark.parametrize("tag", [0x00, 0x1F, 0x1F01, 0x8401, 0x1F8181_81])
def test_what_is_no_tag_is_a_bug(tag: int) -> None:
    with pytest.raises(ValueError, match="not a BER-TLV tag"):
        write_objects(Tlv(tag, b""))


@pytest.mark.threat("E09")
@given(st.binary(max_size=400))
def test_whatever_is_read_means_its_own_bytes(template: bytes) -> None:
    try:
        objects = read_objects(template)
    except InputError as refused:
        assert refused.fault is faults.TLV_SHAPE  # noqa: PT017 because most inputs are refused, and none has to be
    else:
        assert write_objects(*objects) == template
    try:
        record = read_record(template)
    except InputError as refused:
        assert refused.fault is faults.TLV_SHAPE  # noqa: PT017 because the same
    else:
        assert write_record(*record) == template
