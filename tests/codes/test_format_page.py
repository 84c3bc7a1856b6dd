"""codes/FORMAT.md tells the truth: its CDDL fits every vector that is accepted, and refuses what CDDL can refuse."""

from __future__ import annotations

import json
import logging
import re
from functools import cache
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cddl_verifier import Validator  # type: ignore[import-untyped]  # because the package ships no types

from codes import base45
from codes.claims import Profile
from codes.presentation import PREFIX
from tests.vectors import cast, format_page, loose

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "codes" / "FORMAT.md").read_text("utf-8")
RULES = {
    "cose-key": "cose-key",
    "credential": "phone-credential",
    "code": "code",
    "status-token": "status-list-token",
    "status-ref": "status",
    "issuers": "issuers",
    "status-authority": "status-authority",
    "scenes": "scenes",
    "key-proof": "key-proof",
    "status-heartbeat": "status-heartbeat",
    "status-snapshot": "status-snapshot",
    "status-delta": "status-delta",
    "shard-tops": "shard-tops",
    "block-list": "block-list",
    "journal-entry": "journal-entry",
    "journal-head": "journal-head",
    "ack": "ack",
    "passage": "passage",
}


logging.getLogger("cddl_verifier").disabled = True  # it quotes what it refuses, and one vector's fault is a whole name


@cache
def cddl() -> Validator:
    return Validator("\n".join(re.findall(r"```cddl\n(.*?)```", PAGE, re.DOTALL)))


def fits(rule: str, data: bytes) -> bool:
    return bool(cddl().validate(data, root_type=rule).valid)


def vectors() -> list[Any]:
    pages = [json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "tests" / "vectors").glob("*.json"))]
    found = [(page["family"], case) for page in pages if "family" in page for case in page["cases"]]
    return [pytest.param(case, id=f"{family}/{case['name']}") for family, case in found if str(case.get("do")) in RULES and "times" not in case]


def item(case: dict[str, Any]) -> bytes | None:
    """The CBOR item of a vector, where it has one."""
    if case["do"] == "code":
        try:
            return base45.decode(case["text"].removeprefix(PREFIX))
        except Exception:  # noqa: BLE001 - whatever is wrong with the text, there is no item
            return None
    if case["do"] == "scenes":
        try:
            return cbor2.dumps(json.loads(case["text"], parse_constant=lambda _: None)) if "text" in case else None
        except (ValueError, RecursionError):
            return None
    return bytes.fromhex(case["hex"])


@pytest.mark.parametrize("case", [case for case in vectors() if "ok" in case.values[0]["expect"]])
def test_the_description_fits_every_accepted_vector(case: dict[str, Any]) -> None:
    rule = RULES[case["do"]]
    if case["do"] == "credential" and case["expect"]["ok"]["profile"] == Profile.CHIP:
        rule = "chip-credential"
    data = item(case)
    assert data is not None
    result = cddl().validate(data, root_type=rule)
    assert result.valid, result.errors


SAID_IN_WORDS = {
    "claim-value": (
        *("too-long", "ends-before-", "entry-", "backwards"),
        *("exp-at-iat", "exp-not-on-the-hour", "iat-after-exp", "iat-not-on-the-hour", "name-bidi", "name-line-end"),
        *("run-backwards", "run-beyond", "run-not-joined", "run-odd-size", "run-overlapping", "run-too-many-in-all", "dropped-not-joined"),
        *("length-over", "lengths-few", "lengths-over", "node-over", "node-short", "steps-before-the-first"),
    ),
    "journal-entry": ("unknown-number", "seq-zero", "releases-itself"),
    "document-shape": ("kid-of-another", "same-key-twice", "never-valid", "spaces-overlap", "space-inside", "space-backwards", "title-", "fares-"),
}
"""Refusals that CDDL cannot express: they stand in sentences of the page. By the beginnings of their names."""
OF_SHAPE = {*SAID_IN_WORDS, "claims-set", "key-shape", "cose-header", "cose-unprotected", "cose-type", "cose-algorithm", "chip-in-code"}
REFUSED = [case for case in vectors() if case.values[0]["expect"].get("code") in OF_SHAPE and item(case.values[0]) is not None]


@pytest.mark.parametrize("case", REFUSED)
def test_the_description_refuses_what_the_reader_refuses_for_its_shape(case: dict[str, Any]) -> None:
    data = item(case)
    assert data is not None
    said_in_words = case["name"].startswith(SAID_IN_WORDS.get(case["expect"]["code"], ()))
    assert said_in_words or not fits(RULES[case["do"]], data)


def test_the_description_of_a_bind_challenge_fits() -> None:
    challenge = loose.of(["ecard-bind", 1, "R-0001", bytes(16), bytes(32), "DEMO00000001", cast.NOW]).write()
    assert fits("bind-challenge", challenge)
    assert fits("chip-answer", loose.of(cast.chip_answer()).write())


@pytest.mark.parametrize("rule", ["script", "script-receipt", "chip-status"])
def test_the_description_of_what_passes_between_record_and_chip_fits(rule: str) -> None:
    cases = [case for case in told_to_chips() if case["do"] == rule]
    for case in cases:
        data = loose.of(bytes.fromhex(case["hex"])).write()
        if "ok" in case["expect"]:
            assert fits(rule, data)
    assert len(cases) > 5


def test_the_description_of_a_pin_script_fits() -> None:
    cases = [case for case in told_to_chips() if case["do"] == "pin-script" and "ok" in case["expect"]]
    assert [fits(rule, loose.of(bytes.fromhex(case["hex"])).write()) for case, rule in zip(cases, ("pin-unblock", "pin-reset"), strict=True)] == [
        True,
        True,
    ]


def told_to_chips() -> list[dict[str, Any]]:
    pages = [
        json.loads((ROOT / "tests" / "vectors" / f"{name}.json").read_text("utf-8"))
        for name in ("scripts", "pin-scripts", "script-receipts", "chip-status")
    ]
    return [case for page in pages for case in page["cases"]]


def test_the_generated_parts_are_up_to_date() -> None:
    assert format_page.renewed(PAGE) == PAGE
