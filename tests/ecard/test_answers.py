from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Self

import pytest

from codes.claims import Profile, StatusRef
from codes.keys import CoseKey
from ecard import answers
from ecard.lifecycle import Command, Evidence
from ecard.model import Actor, Role

VALUES = [
    None,
    True,
    7,
    "text",
    b"\x00\xff",
    (1, "two", b"\x03", (None,)),
    frozenset({Evidence.FORM, Evidence.PORTRAIT}),
    {"a": 1, "b": (2,)},
    datetime(2026, 11, 21, 8, 20, tzinfo=UTC),
    date(2026, 11, 21),
    Command.FREEZE,
    Profile.IDENTITY,
    StatusRef("sl:c1", 7),
    CoseKey(b"\x01" * 32, y_is_odd=True),
    Actor(ref="clerk-1", person="staff-1", role=Role.CLERK, region="CN-CQ"),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_is_answered_comes_back_equal_and_of_its_kind(value: object) -> None:
    back = answers.decode(answers.encode(value))
    assert back == value
    assert type(back) is type(value)


def test_equal_values_have_one_encoding() -> None:
    assert answers.encode({"b": {3, 1, 2}, "a": [1]}) == answers.encode({"a": (1,), "b": frozenset({2, 3, 1})})
    assert answers.encode("1") != answers.encode(1)
    assert answers.encode(Command.FREEZE) != answers.encode("freeze")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}x",
        b'["o","os:system",["command","true"]]',
        b'["o","ecard.model.record:draw_ref"]',
        b'["o","ecard.store:Store",["engine",null]]',
        b'["o","ecard.model.record:Nobody"]',
        b'["o","ecard.nowhere:Card"]',
        b'["e","ecard.model.record:Role","king"]',
        b'["e","codes.claims:StatusRef","x"]',
        b'["o","ecard.model.record:Actor",["ref","x"]]',
        b'["b"]',
        b'["?"]',
        b"[]",
    ],
)
def test_nothing_but_a_frozen_object_of_the_house_comes_out_of_an_answer(data: bytes) -> None:
    with pytest.raises(ValueError):
        answers.decode(data)


@pytest.mark.parametrize("value", [object(), 1.5, pytest])
def test_what_has_no_encoding_is_the_commands_own_mistake(value: object) -> None:
    with pytest.raises(TypeError):
        answers.encode(value)
    with pytest.raises(TypeError):
        answers.encode(Stranger(value=1))


class Stranger(tuple[int]):
    __slots__ = ()
    _fields = ("value",)

    def __new__(cls, value: int) -> Self:
        return super().__new__(cls, (value,))

    @property
    def value(self) -> int:
        return self[0]
