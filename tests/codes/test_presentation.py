"""Codes: one text for one meaning, and no other."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes import base45
from codes.claims import Audience, Profile
from codes.credential import Credential, Statement
from codes.errors import InputError
from codes.presentation import MAX_LENGTH, PREFIX, Presentation, next_iat
from tests.codes import strategies
from tests.vectors import cast, format_page
from tests.vectors.cast import CodeTree

ALL_BUT_CHIP = tuple(profile for profile in Profile if profile is not Profile.CHIP)


def believe(text: str) -> Presentation:
    """Read and check both signatures."""
    code = Presentation.from_text(text)
    code.credential.check(cast.ISSUER.public_key.load())
    code.check(code.credential.says.holder.load())
    return code


@settings(max_examples=40)
@given(strategies.statements(ALL_BUT_CHIP), strategies.audiences, st.integers(0, strategies.UINT64), strategies.cnonces)
def test_a_code_says_what_the_phone_meant(says: Statement, audience: Audience, iat: int, cnonce: bytes | None) -> None:
    credential = Credential.issue(says, cast.ISSUER)
    made = Presentation.make(credential, cast.HOLDER, audience=audience, iat=iat, cnonce=cnonce)
    text = made.to_text()
    code = believe(text)
    assert (code.audience, code.iat, code.cnonce, code.credential.says) == (audience, iat, cnonce, says)
    assert code.credential.raw == credential.raw
    assert code.to_text() == text
    assert len(text) <= MAX_LENGTH


@given(st.text(max_size=200) | st.text(base45.ALPHABET, max_size=500).map(lambda body: PREFIX + body) | st.binary(max_size=400).map(cast.as_text))
def test_an_arbitrary_text_is_refused_with_a_code(text: str) -> None:
    with pytest.raises(InputError):
        Presentation.from_text(text)


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_refused_with_a_code(data: bytes) -> None:
    with pytest.raises(InputError):
        Presentation.from_bytes(data)


@pytest.mark.threat("B13")
def test_no_edit_of_one_character_makes_a_twin() -> None:
    text = cast.presentation().to_text()
    others = [*base45.ALPHABET, "a", "\n", "\t", "\0", "?", "Ａ", "０"]
    accepted = []
    for at in range(len(text)):
        edits = [text[:at] + text[at + 1 :]]  # a character lost, then replaced, then one too many
        edits += [text[:at] + other + text[at + 1 :] for other in others if other != text[at]]
        edits += [text[:at] + other + text[at:] for other in others]
        accepted += [edit for edit in edits if edit != text and taken(edit)]
    accepted += [edit for edit in (text + other for other in others) if taken(edit)]
    assert accepted == []


def taken(text: str) -> bool:
    """Whether somebody would believe it."""
    try:
        believe(text)
    except InputError:
        return False
    return True


@pytest.mark.threat("B13")
def test_no_exchange_of_neighbours_makes_a_twin() -> None:
    text = cast.presentation().to_text()
    swapped = [text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(len(text) - 1)]
    assert [edit for edit in swapped if edit != text and taken(edit)] == []


@pytest.mark.threat("B17")
def test_a_code_is_believed_only_from_the_phone_that_its_credential_names() -> None:
    phones = [cast.signer(f"phone {number}") for number in range(12)]
    credentials = [Credential.issue(cast.statement(holder=phone.public_key), cast.ISSUER) for phone in phones]
    for owner, credential in enumerate(credentials):
        tree = CodeTree.of(Presentation.make(credential, phones[owner], audience=Audience.GENERAL, iat=cast.NOW))
        for number, phone in enumerate(phones):
            cast.seal(tree.root, phone)
            assert taken(tree.text()) == (number == owner)


@pytest.mark.threat("B08")
@pytest.mark.parametrize("unit", ["0", ":", "川", "\U0001f600", "SC1:", "%"])
def test_a_text_of_64_kib_takes_almost_nothing(unit: str) -> None:
    for text in (unit * (65536 // len(unit)), PREFIX + unit * (65532 // len(unit))):
        assert peak(text) < 1 << 20


@pytest.mark.threat("B08")
@pytest.mark.parametrize("unit", [b"\x80", b"\xa0", b"\xa1\x00", b"\xd2", b"\x81", b"\x42xx", b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff"])
def test_no_text_of_a_code_takes_more_than_a_quarter_of_a_mebibyte(unit: bytes) -> None:
    body = (b"\xd2\x84\x59\x03\x00" + unit * 1000)[:796]
    for data in (body, (unit * 1000)[:796], b"\x99\x03\x18" + (unit * 1000)[:790]):
        assert len(cast.as_text(data)) <= MAX_LENGTH
        assert peak(cast.as_text(data)) < 1 << 18


def peak(text: str) -> int:
    """Most memory that reading takes, in bytes."""
    taken(text)  # what is kept for good is kept now
    tracemalloc.start()
    try:
        taken(text)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_phone_presents_only_its_own_credential() -> None:
    with pytest.raises(ValueError, match="does not hold the key"):
        Presentation.make(cast.credential(), cast.STRANGER, audience=Audience.GENERAL, iat=cast.NOW)


def test_a_phone_makes_nothing_that_a_terminal_could_not_read() -> None:
    for iat, cnonce in ((-1, None), (cast.NOW, b""), (cast.NOW, bytes(7)), (cast.NOW, bytes(33))):
        with pytest.raises(InputError) as refusal:
            Presentation.make(cast.credential(), cast.HOLDER, audience=Audience.GENERAL, iat=iat, cnonce=cnonce)
        assert refusal.value.code == "claim-value"


def test_two_codes_of_one_credential_never_share_a_time() -> None:
    assert next_iat(cast.NOW, None) == cast.NOW
    assert next_iat(cast.NOW, cast.NOW - 15) == cast.NOW
    assert next_iat(cast.NOW, cast.NOW) == cast.NOW + 1
    assert next_iat(cast.NOW, cast.NOW + 5) == cast.NOW + 6


def test_the_largest_general_code_has_at_most_319_bytes_and_483_characters() -> None:
    code = format_page.largest_general()
    assert len(code.raw) <= 319
    assert len(code.to_text()) <= 483
