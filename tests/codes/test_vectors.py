"""The library does what every vector says, and every fault of the formats is in one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from codes import faults
from codes.errors import Fault
from tests.vectors import make
from tests.vectors.replay import outcome

if TYPE_CHECKING:
    from pathlib import Path

HERE = make.HERE
FAULTS = [value for value in vars(faults).values() if isinstance(value, Fault)]
FAMILIES = [HERE / f"{family.name}.json" for family in make.families()]


def cases(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text("utf-8"))["cases"])


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{path.stem}/{case['name']}") for path in FAMILIES for case in cases(path)])
def test_the_library_does_what_a_vector_says(case: dict[str, Any]) -> None:
    assert outcome(case) == case["expect"]


def test_every_fault_of_the_formats_is_in_a_vector() -> None:
    hit = {case["expect"].get("code") for path in FAMILIES for case in cases(path)}
    assert {fault.code for fault in FAULTS} - hit == set()


def test_a_vector_is_named_for_its_outcome() -> None:
    for path in FAMILIES:
        for case in cases(path):
            assert case["name"].endswith("_fail") == ("code" in case["expect"]), case["name"]
            assert case["comment"]
            assert case["spec"]


def test_every_strictness_line_is_a_family() -> None:
    lines = {json.loads(path.read_text("utf-8"))["about"] for path in FAMILIES if path.stem.startswith("strict-")}
    assert len(lines) == 10


def test_the_generated_files_are_up_to_date() -> None:
    assert [str(path) for path, text in make.pages().items() if path.read_text("utf-8") != text] == []


def test_the_maker_refuses_a_vector_that_the_library_judges_otherwise() -> None:
    wrong: dict[str, object] = {"name": "x", "do": "cbor", "hex": "00", "expect": {"code": "cbor-trailing"}}
    with pytest.raises(AssertionError, match="expected"):
        make.disagree("cbor", [wrong])
    right = {**wrong, "expect": {"ok": 0}}
    with pytest.raises(AssertionError, match="twice"):
        make.disagree("cbor", [right, right])


@pytest.mark.threat("B03")
@pytest.mark.threat("B04")
@pytest.mark.threat("B05")
@pytest.mark.threat("B06")
@pytest.mark.threat("B11")
@pytest.mark.parametrize(
    "spelling", ["a2010102", "a20102f503", "a20102f93c0003", "c24101", "f93c00", "5f4101ff", "9f01ff", "d81c81d81d00", "c11a514b67b0"]
)
def test_a_spelling_that_a_lax_reader_takes_is_refused(spelling: str) -> None:
    assert re.match("cbor-", outcome({"do": "cbor", "hex": spelling})["code"])
