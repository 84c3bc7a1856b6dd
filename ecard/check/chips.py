"""Chips: whether each is to be what the card's state demands, and whether nothing more is believed of it than it has signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecard.check.encoding import Signed, point
from ecard.check.findings import Finding
from ecard.check.states import status_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecard.check.facts import Facts, Row

_DIALECT = {0: 0, 1: 3, 2: 1, 3: 2}
"""The chip's word for a status: active 0, suspended 1, frozen 2, cancelled 3."""
_PURPOSES = {"status": 1, "bind": 2, "presence": 3, "unbind": 4}
_PENDING = 1


def check_chips(facts: Facts) -> Iterator[Finding]:
    """Targets, notes, proofs and incidents of the chips of one card."""
    for chip in facts.carriers:
        if chip["kind"] == "chip":
            yield from _check_chip(facts, chip)


def _check_chip(facts: Facts, chip: Row) -> Iterator[Finding]:
    targets, proofs, notes, incidents = (
        [row for row in found if row["carrier"] == chip["ref"]] for found in (facts.targets, facts.proofs, facts.notes, facts.incidents)
    )
    waiting = [incident for incident in incidents if incident["settled"] is None]
    told = 0
    for target in targets:
        if target["seq"] != told + 1 and not (target["reason"] == "found-apart" and any(row["seq"] == target["seq"] - 1 for row in incidents)):
            yield Finding("chip-version", chip["ref"], str(target["seq"]))
        told = target["seq"]
    at = max([facts.events[-1]["at"] if facts.events else 0, *(target["at"] for target in targets[-1:])])
    wanted = max([_DIALECT[status_at(facts, chip, at)], *(incident["state"] for incident in waiting)])
    if chip["key_x"] is not None and wanted != (targets[-1]["state"] if targets else _PENDING):
        yield Finding("chip-target", chip["ref"], f"{wanted}")
    for proof in proofs:
        if proof["kind"] in _PURPOSES and not _signed(chip, proof):
            yield Finding("chip-evidence", chip["ref"], proof["digest"].hex()[:16])
    for note in notes:
        if not _proved(note, proofs):
            yield Finding("chip-unproved", chip["ref"], str(note["seq"]))
    held = any(hold["kind"] == "drift" and hold["carrier"] == chip["ref"] and hold["lifted"] is None for hold in facts.holds)
    living = "ended" not in {facts.card["state"], chip["state"]}
    if living and held != bool(waiting):
        yield Finding("chip-apart", chip["ref"])


def _proved(note: Row, proofs: list[Row]) -> bool:
    """Whether some proof says exactly this version and state, none says more, and the counter is the highest that was signed."""
    counters = [proof["counter"] for proof in proofs if proof["counter"] is not None]
    said = {(proof["seq"], proof["state"]) for proof in proofs}
    return (note["seq"], note["state"]) in said and note["seq"] == max(seq for seq, _ in said) and note["counter"] == max(counters, default=0)


def _signed(chip: Row, proof: Row) -> bool:
    """Whether the chip's key signed this answer to this question, and it says what the row says."""
    answer, question = proof["answer"], proof["question"]
    if chip["key_x"] is None or len(answer) != 43 + 64:
        return False
    counter, seq = (int.from_bytes(answer[at : at + 4]) for at in (18, 22))
    said = (answer[0], answer[1], answer[2:18], counter, seq, answer[26])
    if said != (1, _PURPOSES[proof["kind"]], chip["card_code"], proof["counter"], proof["seq"], proof["state"]):
        return False
    signed = Signed(headers={}, claims={}, to_be_signed=b"SSC-IA1\0" + answer[:43] + question, signature=answer[43:])
    try:
        return signed.by(point(chip["key_x"], chip["key_y_is_odd"]))
    except (ValueError, TypeError):
        return False
