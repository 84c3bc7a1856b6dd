"""Rows of a card, chip or phone that is stopped, and of one that is brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import Text
from ecard.lifecycle.table import ACTIVE, CLERK, IN_PERSON, LIVING, Command, Evidence, Rule
from ecard.model import CardState, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

_BY_PHONE = CLERK | {Role.HOTLINE}
_BY_PROOF = {Role.HOLDER: frozenset[Evidence]()}
"""A holder's papers where a key's proof, or the session alone, stands for them."""

_EVER: frozenset[CardState | None] = frozenset(CardState)
"""A card that has ended may have been misused too."""

ROWS: Mapping[Command, Rule] = {
    Command.PRE_REPORT_LOSS: Rule(
        title=Text("电话（网上）挂失", "Report a loss by phone or online"),
        effect=Text(
            "立即停用所报的整卡、芯片卡或手机；须在期限内补办书面挂失。",
            "Stops the card, its chip or a phone at once; the written report must follow by a due date.",
        ),
        from_states=LIVING,
        who=_BY_PHONE | {Role.HOLDER},
        evidence=frozenset({Evidence.HOTLINE_CHECK}),
        evidence_of=_BY_PROOF,
        articles=("ZS-17b", "CQ-11a"),
        joint_desk=True,
    ),
    Command.WITHDRAW_PRE_LOSS: Rule(
        title=Text("撤销电话挂失", "Withdraw a report by phone"),
        effect=Text(
            "书面挂失之前恢复使用；持卡人可用另一部手机凭密码办理。",
            "Brings it back before a written report; the holder may do it with the password on another phone.",
        ),
        from_states=LIVING,
        who=_BY_PHONE | {Role.HOLDER},
        evidence=IN_PERSON,
        evidence_of={**_BY_PROOF, Role.HOTLINE: frozenset({Evidence.HOTLINE_CHECK})},
        articles=("ZS-17b", "ZS-18", "CQ-11a"),
        joint_desk=True,
    ),
    Command.RELEASE_PRE_LOSS: Rule(
        title=Text("电话挂失到期解除", "Release a report by phone at its deadline"),
        effect=Text(
            "逾期未补办书面挂失，按规定自动恢复使用。",
            "Where policy releases at the deadline, records that no written report came and the stop ended.",
        ),
        from_states=LIVING,
        who=frozenset({Role.SERVICE}),
        articles=("ZS-17b",),
    ),
    Command.REPORT_LOSS: Rule(
        title=Text("书面挂失", "Report a loss"),
        effect=Text(
            "停用所报的整卡、芯片卡或手机，名单下次发布时对外生效。", "Stops the card, its chip or a phone; terminals learn it with the next list."
        ),
        from_states=LIVING,
        who=CLERK,
        evidence=IN_PERSON | {Evidence.WRITTEN_REPORT},
        articles=("ZS-17a", "CQ-11a"),
        joint_desk=True,
    ),
    Command.WITHDRAW_LOSS: Rule(
        title=Text("解除挂失", "Withdraw a loss report"),
        effect=Text("恢复使用；已申请补领的不得解除。", "Brings it back into use, unless a replacement has been applied for."),
        from_states=LIVING,
        who=CLERK,
        evidence=IN_PERSON,
        articles=("ZS-18", "CQ-11a"),
        joint_desk=True,
    ),
    Command.FREEZE: Rule(
        title=Text("临时冻结", "Freeze for a time"),
        effect=Text(
            "因冒领、冒用、盗用临时冻结全卡，写明事由和截止时间。",
            "Freezes the whole card on false claim, false use or theft, with a ground and an end.",
        ),
        from_states=LIVING,
        who=CLERK,
        evidence=frozenset({Evidence.CASE_FILE}),
        articles=("CQ-20b",),
    ),
    Command.UNFREEZE: Rule(
        title=Text("解除冻结", "Lift a freeze"),
        effect=Text("经另一人复核后解除冻结。", "Lifts the freeze after review by a second person."),
        from_states=LIVING,
        who=CLERK,
        evidence=frozenset({Evidence.REVIEW}),
        articles=("CQ-20b",),
        class_a=True,
    ),
    Command.REQUEST_FREEZE: Rule(
        title=Text("请求外地冻结", "Ask the card's region to freeze it"),
        effect=Text(
            "向发卡地区提出冻结请求；由发卡地区决定，请求本身不停用卡片。",
            "Asks the card's own region for a freeze; that region decides, and the request itself stops nothing.",
        ),
        from_states=LIVING,
        who=CLERK,
        evidence=frozenset({Evidence.CASE_FILE}),
        articles=("CQ-20c",),
        any_region=True,
    ),
    Command.DECLINE_FREEZE: Rule(
        title=Text("不予冻结", "Decline a request to freeze"),
        effect=Text("答复外地的冻结请求：不予冻结。", "Answers another region's request: the card is not frozen."),
        from_states=LIVING,
        who=CLERK,
        evidence=frozenset({Evidence.REVIEW}),
        articles=("CQ-20c",),
    ),
    Command.LOCK: Rule(
        title=Text("自助锁卡", "Lock one's own card"),
        effect=Text(
            "持卡人自行停用整卡；锁定部分事项时只影响在线查询。",
            "Pauses the whole card; a lock of some items only is known to online resolution alone.",
        ),
        from_states=ACTIVE,
        who=frozenset({Role.HOLDER}),
        articles=("ID-3", "HZ-9b"),
    ),
    Command.UNLOCK: Rule(
        title=Text("自助解锁", "Unlock one's own card"),
        effect=Text("持卡人恢复使用整卡或部分事项。", "Brings the card, or groups of items, back into use."),
        from_states=ACTIVE,
        who=CLERK | {Role.HOLDER},
        evidence=IN_PERSON,
        evidence_of=_BY_PROOF,
        articles=("ID-3", "HZ-9b"),
    ),
    Command.UNBIND_PHONE: Rule(
        title=Text("解绑手机", "Unbind a phone"),
        effect=Text("永久停用该手机在本卡上的全部凭证。", "Ends the phone on this card, and every credential it has, for ever."),
        from_states=ACTIVE,
        who=CLERK | {Role.HOLDER},
        evidence=IN_PERSON,
        evidence_of=_BY_PROOF,
        articles=("ZZ-2a", "HZ-9b"),
    ),
    Command.CHANGE_PIN: Rule(
        title=Text("修改密码", "Change the PIN"),
        effect=Text("记录芯片密码已由持卡人修改。", "Records that the holder changed the chip's PIN."),
        from_states=ACTIVE,
        who=CLERK | {Role.HOLDER},
        evidence=IN_PERSON,
        evidence_of=_BY_PROOF,
        stopped_by_holds=True,
        articles=("HZ-9b", "ZS-13"),
    ),
    Command.RESET_PIN: Rule(
        title=Text("重置密码", "Reset the PIN"),
        effect=Text("核对证件后在柜台重置芯片密码并记录。", "Records that the chip's PIN was set anew at a counter after papers were checked."),
        from_states=ACTIVE,
        who=CLERK,
        evidence=IN_PERSON,
        stopped_by_holds=True,
        articles=("HZ-9b", "ZS-13"),
    ),
    Command.UNBLOCK_PIN: Rule(
        title=Text("解锁密码", "Unblock the PIN"),
        effect=Text("核对证件后在柜台解锁芯片密码并记录。", "Records that a chip's PIN was unblocked at a counter after papers were checked."),
        from_states=ACTIVE,
        who=CLERK,
        evidence=IN_PERSON,
        stopped_by_holds=True,
        articles=("HZ-9b", "ZS-13"),
    ),
    Command.OPEN_CASE: Rule(
        title=Text("登记违规案卷", "Open a case of misuse"),
        effect=Text("为涉嫌违规使用建立案卷；不影响卡片状态。", "Opens a case file about misuse; the card's state stays as it is."),
        from_states=_EVER,
        who=CLERK,
        evidence=frozenset({Evidence.CASE_FILE}),
        articles=("ZS-23", "HZ-17a"),
    ),
    Command.ADD_TO_CASE: Rule(
        title=Text("补充证据", "Add evidence to a case"),
        effect=Text("把证据文件的摘要登记到案卷。", "Notes the digest of a paper or file in the case."),
        from_states=_EVER,
        who=CLERK,
        evidence=frozenset({Evidence.CASE_FILE}),
        articles=("ZS-23", "HZ-17a"),
    ),
    Command.DECIDE_CASE: Rule(
        title=Text("案卷结论", "Decide a case"),
        effect=Text("由另一人对案卷作出结论：查无实据、警告或移送。", "A second person decides: unfounded, warned, or handed over to the authority."),
        from_states=_EVER,
        who=CLERK,
        evidence=frozenset({Evidence.REVIEW}),
        articles=("ZS-23", "HZ-17a"),
        class_a=True,
    ),
}
