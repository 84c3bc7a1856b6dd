"""What may be done to a card, when, by whom and on what evidence: one readable table. And what a carrier's status is: one pure function.

No input, no output, no clock. The database refuses the same illegal jumps a second time (see migrations).

    table      the words: `Command`, `Evidence`, `Rule`
    core, stopping, remaking, making, chips    the rows, one module for each chapter of a card's life
    permits    `RULES`, all rows together, and the question asked of them
    statuses   what follows from a dossier: the status of a carrier, the state its chip should take
"""

from ecard.lifecycle.permits import RULES, check_second_person, permit
from ecard.lifecycle.statuses import (
    DIALECTS,
    LOSSES,
    CarrierStatus,
    Dialects,
    advance,
    carrier_status,
    chip_target,
    holds_in_force,
    lost_since,
    status_of,
)
from ecard.lifecycle.table import Command, Evidence, Rule

__all__ = [
    "DIALECTS",
    "LOSSES",
    "RULES",
    "CarrierStatus",
    "Command",
    "Dialects",
    "Evidence",
    "Rule",
    "advance",
    "carrier_status",
    "check_second_person",
    "chip_target",
    "holds_in_force",
    "lost_since",
    "permit",
    "status_of",
]
