from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.credential import MAX_NAME_BYTES
from codes.errors import InputError
from ecard import faults, identity
from ecard.identity import IdentityType
from tests.ecard.city import person_number, refused

TODAY = date(2026, 11, 21)
GOOD = person_number(2, born="19491231")
WITH_X = next(number for order in range(1, 99) if (number := person_number(order)).endswith("X"))
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=TODAY)


def parse(text: str, kind: IdentityType = IdentityType.RESIDENT_ID) -> identity.Identity:
    return identity.parse(kind, text, on=TODAY)


def full_width(text: str) -> str:
    return "".join(chr(ord(character) - 0x20 + 0xFF00) for character in text)


@pytest.mark.threat("H01")
@pytest.mark.parametrize("twin", [WITH_X.lower(), full_width(WITH_X), full_width(WITH_X.lower()), WITH_X[:6] + full_width(WITH_X[6:])])
def test_a_twin_spelling_is_the_same_number(twin: str) -> None:
    assert parse(twin) == parse(WITH_X)


@pytest.mark.threat("H01")
@pytest.mark.error("identity-number")
@pytest.mark.parametrize(
    "wrong",
    [
        "",
        GOOD + "\n",
        " " + GOOD,
        GOOD + " ",
        GOOD[:-1],
        GOOD + "0",
        WITH_X[:-1] + "Х",
        "".join(chr(0x660 + int(digit)) for digit in GOOD[:17]) + "0",
        GOOD[:17] + "Y",
        "0" + GOOD[1:],
        "X" + GOOD[1:],
        GOOD[:5] + "²" + GOOD[6:],
        GOOD.replace(GOOD[0], "①", 1),
    ],
)
def test_what_only_looks_like_a_number_is_refused(wrong: str) -> None:
    with refused(faults.IDENTITY_NUMBER):
        parse(wrong)


@pytest.mark.threat("H01")
@pytest.mark.error("identity-check-digit")
@given(at=st.integers(0, 16), digit=st.sampled_from("0123456789"), order=st.integers(1, 999), born=DAYS)
def test_every_single_wrong_digit_is_found(at: int, digit: str, order: int, born: date) -> None:
    right = person_number(order, born=born.strftime("%Y%m%d"))
    wrong = right[:at] + digit + right[at + 1 :]
    if wrong == right:
        assert parse(wrong).number == right
        return
    with pytest.raises(InputError) as caught:
        parse(wrong)
    assert caught.value.code in {"identity-check-digit", "identity-birth-date", "identity-number"}


@given(at=st.integers(0, 16), order=st.integers(1, 999), born=DAYS)
def test_every_exchange_of_neighbours_is_found(at: int, order: int, born: date) -> None:
    right = person_number(order, born=born.strftime("%Y%m%d"))
    wrong = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
    if wrong != right:
        with pytest.raises(InputError):
            parse(wrong)


@pytest.mark.threat("H04")
@pytest.mark.error("identity-birth-date")
@pytest.mark.parametrize("born", ["20230229", "19000229", "20261301", "20260431", "20260100", "00000101", "20261122", "20990101"])
def test_an_impossible_or_future_date_of_birth_is_refused(born: str) -> None:
    with refused(faults.IDENTITY_BIRTH_DATE):
        parse(person_number(1, born=born))


@pytest.mark.threat("H04")
def test_every_day_since_1900_is_a_day_to_be_born_on() -> None:
    day = date(1900, 1, 1)
    while day <= TODAY:
        number = person_number(1, born=day.strftime("%Y%m%d"))
        assert parse(number).number == number
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("order", "century"),
    [("001", "19"), ("995", "19"), ("996", "18"), ("999", "18")],
    ids=["young", "last young", "first centenarian", "centenarian"],
)
def test_an_old_number_is_the_same_person_as_the_new_one(order: str, century: str) -> None:
    old = "510202" + "350307" + order
    body = "510202" + century + "350307" + order
    assert parse(old, IdentityType.RESIDENT_ID_15).person == body + identity.check_character(body)
    assert parse(old, IdentityType.RESIDENT_ID_15).tail == old[-4:]


@pytest.mark.parametrize(
    ("kind", "region", "right"),
    [
        (IdentityType.RESIDENCE_PERMIT, "810000", True),
        (IdentityType.RESIDENCE_PERMIT, "820000", True),
        (IdentityType.RESIDENCE_PERMIT, "830000", True),
        (IdentityType.RESIDENCE_PERMIT, "840000", False),
        (IdentityType.RESIDENCE_PERMIT, "500101", False),
        (IdentityType.RESIDENT_ID, "810000", False),
        (IdentityType.RESIDENT_ID, "910000", False),
        (IdentityType.FOREIGN_RESIDENT, "911156", True),
        (IdentityType.FOREIGN_RESIDENT, "500101", False),
    ],
)
def test_each_type_has_its_own_rule(kind: IdentityType, region: str, right: bool) -> None:
    number = person_number(1, region=region)
    if right:
        assert parse(number, kind).number == number
    else:
        with refused(faults.IDENTITY_NUMBER, type=kind):
            parse(number, kind)


@pytest.mark.parametrize("region", ["510202", "500101", "110105"])
def test_no_object_reads_a_region_from_a_number(region: str) -> None:
    assert [name for name in dir(parse(person_number(1, region=region))) if "region" in name] == []


def test_neither_a_number_nor_a_name_shows_when_printed() -> None:
    person = (parse(GOOD), identity.parse_name("江小鱼"))
    assert GOOD[-4:] not in repr(person)
    assert "江" not in f"{person}"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("江", "*"),
        ("江鱼", "江*"),
        ("江小鱼", "江*鱼"),
        ("欧阳小鱼", "欧**鱼"),
        ("𠮷小㐂", "𠮷*㐂"),
        ("阿依古丽·买买提", "阿******提"),
        ("葛\U000e0100小鱼", "葛\U000e0100*鱼"),
        ("Anna-Lena O'Neil", "A" + "*" * 14 + "l"),
    ],
)
def test_a_name_is_masked_to_its_ends_and_stored_as_given(name: str, masked: str) -> None:
    parsed = identity.parse_name(name)
    assert (parsed.text, parsed.masked) == (name, masked)


@pytest.mark.error("person-name")
@pytest.mark.parametrize(
    "name", ["", " ", "江 ", " 江", "江小鱼\n", "江3", "江\x00", "·江", "江" * 51, "\U000e0100江", "江😀", "江" + "\U000e0100" * 40 + "鱼"]
)
def test_what_no_document_shows_is_no_name(name: str) -> None:
    with refused(faults.PERSON_NAME):
        identity.parse_name(name)


@given(st.text(max_size=60))
def test_a_name_is_refused_or_fits_masked_into_a_credential(text: str) -> None:
    try:
        masked = identity.parse_name(text).masked
    except InputError:
        return
    assert "*" in masked
    assert len(masked.encode()) <= MAX_NAME_BYTES


@given(st.sampled_from(IdentityType), st.text(max_size=20) | st.from_regex(r"\d{14,18}[0-9xX]?", fullmatch=True))
def test_nothing_but_an_input_error_comes_of_any_text(kind: IdentityType, text: str) -> None:
    said = ""
    try:
        parse(text, kind)
    except InputError as error:
        said = str(error.facts)
    assert len(text) < 4 or text not in said
