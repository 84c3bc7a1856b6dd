"""Rows of the mirror: a chip that is found apart from the record, and one that is brought together with it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import Text
from ecard.lifecycle.table import CLERK, IN_PERSON, LIVING, Command, Evidence, Rule
from ecard.model import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS: Mapping[Command, Rule] = {
    Command.NOTE_DRIFT: Rule(
        title=Text("登记芯片不符", "Note a chip apart from the record"),
        effect=Text(
            "芯片证明的状态与档案不符：暂停芯片并留档，不影响送达纠正指令。",
            "What the chip proves is not what the record says: the chip is held and the matter put on file; the script that mends it is still delivered.",
        ),
        from_states=LIVING,
        who=frozenset({Role.SERVICE}),
        articles=("CQ-20a", "HZ-10"),
    ),
    Command.RECONCILE: Rule(
        title=Text("芯片核对一致", "Reconcile chip and record"),
        effect=Text(
            "芯片已证明与档案一致，或经办人当面核对后，解除因不符而作的暂停。",
            "The chip has proved that it follows the record, or a clerk has looked in person: the hold for being apart is lifted.",
        ),
        from_states=LIVING,
        who=CLERK | {Role.SERVICE},
        evidence=IN_PERSON | {Evidence.REVIEW},
        evidence_of={Role.SERVICE: frozenset()},
        articles=("CQ-20a", "HZ-10"),
    ),
    Command.NOTE_DEAD_CHIP: Rule(
        title=Text("登记芯片已锁死", "Note a chip that is blocked for ever"),
        effect=Text(
            "芯片证明自己已永久锁定：档案随之停用该芯片，手机照常使用。",
            "The chip proves that it is blocked for ever: the record ends it too; phones go on working.",
        ),
        from_states=LIVING,
        who=frozenset({Role.SERVICE}),
        articles=("CQ-20a", "CQ-13b"),
    ),
}
