"""Damage about chips, as somebody with a database client would do it, and the finding that names it."""

from __future__ import annotations

CHIP_PLANTS = {
    "a version of a chip left out": ("chip-version", "UPDATE chip_target SET seq = seq + 5 WHERE card = '{lost}' AND seq = 2"),
    "a chip opened by hand": ("chip-target", "UPDATE chip_target SET state = 0 WHERE card = '{lost}' AND seq = 2"),
    "a chip believed without proof": ("chip-unproved", "UPDATE chip_note SET seq = seq + 1 WHERE card = '{plain}'"),
    "a counter believed without proof": ("chip-unproved", "UPDATE chip_note SET counter = counter + 1 WHERE card = '{plain}'"),
    "a proof that says something else": ("chip-evidence", "UPDATE chip_evidence SET counter = counter + 9 WHERE card = '{plain}' AND kind = 'bind'"),
    "a proof that is noise": ("chip-evidence", "UPDATE chip_evidence SET answer = randomblob(107) WHERE card = '{plain}' AND kind = 'bind'"),
    "a proof that is nothing": ("chip-evidence", "UPDATE chip_evidence SET answer = x'00' WHERE card = '{plain}' AND kind = 'bind'"),
    "a signature of somebody else": ("chip-evidence", "UPDATE chip_evidence SET question = zeroblob(32) WHERE card = '{plain}' AND kind = 'bind'"),
    "a chip held for nothing": (
        "chip-apart",
        (
            "INSERT INTO hold (ref, card, carrier, kind, origin, placed, placed_by, placed_person)"
            " SELECT 'h', card, ref, 'drift', card, 5, 'x', 'x' FROM carrier WHERE kind = 'chip' AND card = '{plain}'"
        ),
    ),
}
