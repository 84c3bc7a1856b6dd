"""Fields of EF05 and EF06: what cannot be meant is refused, what does not fit is not cut, and people are masked."""

from __future__ import annotations

from datetime import date

import pytest

from codes.errors import InputError
from physical import faults, sscfields
from physical.sscfields import Generation
from physical.sscrecords import HolderFile, IssuerFile, Tag
from tests.physical.sscchips import LONG, RARE, holder_file, issuer_file

GOOD = {**issuer_file(Generation.SECOND).items()}, {**holder_file().items(Generation.SECOND)}


@pytest.mark.error("ssc-field")
@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (Tag.CARD_ID, "5000"),
        (Tag.CATEGORY, ""),
        (Tag.CATEGORY, "2A"),
        (Tag.VERSION, "342E3030"),
        (Tag.VERSION, "B9B9"),
        (Tag.INITIALISER, "91A5"),
        (Tag.ISSUED, "20261301"),
        (Tag.ISSUED, "2026"),
        (Tag.EXPIRES, "2026110A"),
        (Tag.CARD_NUMBER, "43310031"),
        (Tag.NUMBER, "31" * 17),
        (Tag.NUMBER, "31" * 17 + "78"),
        (Tag.NAME, ""),
        (Tag.NAME, "CDF5FF"),
        (Tag.NAME, "CDF5C1"),
        (Tag.NAME, "CDF50A"),
        (Tag.NAME, "20CDF5"),
        (Tag.SEX, "33"),
        (Tag.ETHNICITY, "0A"),
        (Tag.BIRTHPLACE, "5F0000"),
        (Tag.BORN, "19900230"),
    ],
)
def test_a_field_that_cannot_be_meant_is_refused_and_not_repeated(tag: Tag, value: str) -> None:
    issuer, holder = (dict(items) for items in GOOD)
    (issuer if tag in issuer else holder)[tag] = bytes.fromhex(value)
    with pytest.raises(InputError) as refused:
        (IssuerFile.of(issuer), HolderFile.of(holder))
    assert refused.value.fault is faults.SSC_FIELD
    assert not value or value not in str(refused.value)


@pytest.mark.parametrize(("value", "expected"), [("FFFFFFFF", None), ("00000000", None), ("20240229", date(2024, 2, 29))])
def test_a_date_may_be_empty(value: str, expected: date | None) -> None:
    assert sscfields.day("issued", bytes.fromhex(value)) == expected
    assert sscfields.day("issued", sscfields.pack_day(expected)) == expected


def test_a_name_that_does_not_fit_is_not_cut() -> None:
    with pytest.raises(InputError) as long:
        holder_file(LONG).items(Generation.SECOND)
    assert long.value.fault is faults.SSC_FIELD


def test_text_and_digits_that_do_not_fit_are_a_bug() -> None:
    with pytest.raises(ValueError, match="digits"):
        sscfields.pack("123", 1)
    with pytest.raises(ValueError, match="characters"):
        sscfields.pad("中", 9)


def test_people_print_as_nothing() -> None:
    assert repr(holder_file()) == "HolderFile()"
    assert "C12345A7K" not in repr(issuer_file(Generation.SECOND))


@pytest.mark.parametrize(("name", "masked"), [("王小芳", "王*芳"), ("王芳", "王*"), ("王", "*"), (RARE, "王*䶮")])
def test_a_masked_name_hides_at_least_one_character(name: str, masked: str) -> None:
    assert sscfields.mask_name(name) == masked


def test_a_masked_number_keeps_its_tail() -> None:
    assert sscfields.mask_number("500000199003070012") == "**************0012"
