"""Rows of cards made in numbers: batches, production, hand-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import Text
from ecard.lifecycle.table import CLERK, LIVING, Command, Evidence, Rule
from ecard.model import CardState, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS: Mapping[Command, Rule] = {
    Command.HAND_OUT: Rule(
        title=Text("发卡", "Hand out"),
        effect=Text(
            "把成品卡交给本人、代理人或单位经办人并登记，卡片须另行启用。",
            "Gives the finished card to its holder, a proxy or the employer's agent and registers it; the card still has to be activated.",
        ),
        from_states=LIVING,
        who=CLERK | {Role.INTAKE},
        evidence=frozenset({Evidence.IDENTITY_DOCUMENT}),
        articles=("ZS-6", "CQ-11a"),
    ),
    Command.STORE_UNCOLLECTED: Rule(
        title=Text("未领卡入库", "Store an uncollected card"),
        effect=Text(
            "逾期未领或退回的卡登记入库，写明保管期限。",
            "Registers a card that nobody collected, or that was brought back, with the date until which it is kept.",
        ),
        from_states=LIVING,
        who=CLERK | {Role.INTAKE},
        articles=("ZS-6", "HZ-4"),
    ),
    Command.DESTROY_STOCK: Rule(
        title=Text("销毁未领卡", "Destroy an uncollected card"),
        effect=Text(
            "保管期满或注销后在见证人面前销毁，芯片凭证作废。",
            "Destroys it before a witness once its time has passed or its card has ended; the chip's credential is dead.",
        ),
        from_states=LIVING | {CardState.ENDED},
        who=CLERK,
        evidence=frozenset({Evidence.DESTRUCTION_PROTOCOL}),
        articles=("CQ-13c",),
        class_a=True,
    ),
    Command.REMAKE_CHIP: Rule(
        title=Text("废卡重制", "Make a spoilt chip again"),
        effect=Text(
            "制卡单位报废的芯片作废，换新识别码重新制卡。", "Ends the chip that the card maker spoilt; another with a new code is to be made."
        ),
        from_states=LIVING,
        who=frozenset({Role.PRODUCTION, Role.SUPERVISOR}),
        articles=("ZS-3",),
    ),
}
