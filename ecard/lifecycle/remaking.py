"""Rows of a card that is exchanged, replaced, renewed or ended, and of what hangs on it for a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.errors import Text
from ecard.lifecycle.table import ACTIVE, CLERK, IN_PERSON, LIVING, Command, Evidence, Rule
from ecard.model import CardState, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORM = frozenset({Evidence.FORM, Evidence.IDENTITY_DOCUMENT})

ROWS: Mapping[Command, Rule] = {
    Command.EXCHANGE: Rule(
        title=Text("换领", "Exchange"),
        effect=Text(
            "卡号不变，重制芯片卡；制卡期间原卡和手机照常使用。",
            "Has the chip remade under the same number; what is in hand works on meanwhile.",
        ),
        from_states=ACTIVE,
        who=CLERK,
        evidence=_FORM,
        stopped_by_holds=True,
        articles=("CQ-12b", "ZS-16a", "ZS-16b", "HZ-13", "HZ-15"),
        joint_desk=True,
    ),
    Command.HAND_OVER: Rule(
        title=Text("换领交付", "Hand the new chip over"),
        effect=Text("收回旧卡，新芯片生效，旧芯片永久停用。", "Takes the old card back: the new chip takes effect, the old one has ended for ever."),
        from_states=ACTIVE,
        who=CLERK,
        evidence=IN_PERSON | {Evidence.OLD_CARD_RETURNED, Evidence.OWN_USE_NOTICE},
        stopped_by_holds=True,
        articles=("CQ-12b", "ZS-16a", "HZ-15"),
        joint_desk=True,
    ),
    Command.REPLACE: Rule(
        title=Text("补领", "Replace"),
        effect=Text(
            "挂失后补办新卡，使用新卡号；新卡启用时旧卡号永久作废。",
            "Opens a new card with a new number after a loss; the old number is dead for ever once the new card is activated.",
        ),
        from_states=ACTIVE,
        who=CLERK,
        evidence=_FORM | IN_PERSON,
        articles=("ZS-19", "CQ-12b", "ZS-18"),
        joint_desk=True,
    ),
    Command.REQUEST_CANCEL: Rule(
        title=Text("申请注销", "Ask for cancellation"),
        effect=Text("登记注销事由、申请人和证明，等待另一人决定。", "Records ground, applicant and proof; a second person decides."),
        from_states=LIVING,
        who=CLERK,
        evidence=_FORM,
        articles=("CQ-13a", "ZS-20", "CQ-11b"),
    ),
    Command.CANCEL: Rule(
        title=Text("注销", "Cancel"),
        effect=Text("结清用卡事项后永久停用此卡及其全部载体。", "Ends the card and all its carriers for ever, once its affairs are settled."),
        from_states=LIVING,
        done_in=frozenset({CardState.ENDED}),
        who=CLERK,
        evidence=frozenset({Evidence.REVIEW}),
        articles=("CQ-13b", "CQ-13a", "ZS-20", "CQ-11b"),
        class_a=True,
    ),
    Command.DESTROY: Rule(
        title=Text("销毁登记", "Record a destruction"),
        effect=Text("登记已停用芯片卡的销毁人、时间、方式和见证人。", "Records who destroyed an ended chip card, when, how, and who witnessed it."),
        from_states=frozenset({CardState.ACTIVE, CardState.ENDED}),
        who=CLERK,
        articles=("CQ-13c",),
        class_a=True,
    ),
    Command.PROPOSE_CORRECTION: Rule(
        title=Text("申请更正资料", "Propose a correction"),
        effect=Text("登记更正前后的资料和依据，等待另一人决定。", "Records old and new data and the evidence; a second person decides."),
        from_states=LIVING,
        who=CLERK,
        evidence=_FORM | {Evidence.CHANGE_PROOF},
        articles=("ZS-16b",),
    ),
    Command.DECIDE_CORRECTION: Rule(
        title=Text("决定更正", "Decide a correction"),
        effect=Text(
            "批准后改写档案，载有旧资料的凭证立即失效，并应换领新卡。",
            "Once accepted the record changes, credentials that show the old data stop counting, and the card is due for exchange.",
        ),
        from_states=LIVING,
        who=CLERK,
        evidence=frozenset({Evidence.REVIEW}),
        articles=("ZS-16b",),
        class_a=True,
    ),
    Command.GRANT_TEMPORARY: Rule(
        title=Text("发放临时凭证", "Grant a temporary credential"),
        effect=Text(
            "制卡期间由一部手机代用，限期、无金融功能、不跨地区。",
            "Lets a phone stand in while the card is remade: for a time, without financial function, within the region.",
        ),
        from_states=ACTIVE,
        who=CLERK,
        evidence=IN_PERSON,
        articles=("HZ-15",),
    ),
    Command.PROLONG_TEMPORARY: Rule(
        title=Text("延长临时凭证", "Prolong a temporary credential"),
        effect=Text("仍在制卡时再延长，总共不超过六个月。", "Prolongs it while the card is still being made, half a year in all at most."),
        from_states=ACTIVE,
        who=CLERK,
        evidence=IN_PERSON,
        articles=("HZ-15",),
    ),
    Command.ACTIVATE_ACCOUNT: Rule(
        title=Text("金融账户激活", "Activate the financial account"),
        effect=Text("登记银行的激活通知，此后方可办理金融事项。", "Records the bank's word; financial items are open from then on."),
        from_states=ACTIVE,
        who=frozenset({Role.BANK}),
        evidence=frozenset({Evidence.BANK_CONFIRMATION}),
        stopped_by_holds=True,
        needs_validity=True,
        articles=("ZZ-19", "ZS-25", "CQ-10"),
    ),
    Command.END_ACCOUNT: Rule(
        title=Text("金融账户销户", "Close the financial account"),
        effect=Text("登记银行的销户通知。", "Records the bank's word that the account is closed."),
        from_states=frozenset({CardState.ACTIVE, CardState.ENDED}),
        who=frozenset({Role.BANK}),
        evidence=frozenset({Evidence.BANK_CONFIRMATION}),
        articles=("ZS-25", "CQ-10"),
    ),
    Command.GRANT_FARE: Rule(
        title=Text("登记票价待遇", "Grant a fare entitlement"),
        effect=Text(
            "按依据登记票价类别、复核日期和截止日期，放在一个载体上。",
            "Records a fare class with its evidence, review and end, on one carrier.",
        ),
        from_states=LIVING,
        who=CLERK,
        evidence=frozenset({Evidence.FARE_PROOF}),
        needs_validity=True,
        articles=("CQ-7b",),
    ),
    Command.MOVE_FARE: Rule(
        title=Text("转移票价待遇", "Move a fare entitlement"),
        effect=Text(
            "改由另一载体使用，原载体的凭证失效。", "Another carrier states the fare from now on; credentials of the one before stop counting."
        ),
        from_states=ACTIVE,
        who=CLERK | {Role.HOLDER},
        stopped_by_holds=True,
        articles=("CQ-7b",),
    ),
    Command.REVIEW_FARE: Rule(
        title=Text("复核票价待遇", "Review a fare entitlement"),
        effect=Text("确认条件仍成立，写明下次复核日期。", "Notes that it still holds, and when to look again."),
        from_states=ACTIVE,
        who=CLERK,
        evidence=frozenset({Evidence.FARE_PROOF}),
        articles=("CQ-7b",),
    ),
    Command.END_FARE: Rule(
        title=Text("终止票价待遇", "End a fare entitlement"),
        effect=Text("待遇终止，载有它的凭证失效。", "Ends it; credentials that state it stop counting."),
        from_states=ACTIVE,
        who=CLERK,
        evidence=frozenset({Evidence.REVIEW}),
        articles=("CQ-7b",),
    ),
    Command.TAKE_OVER: Rule(
        title=Text("归并旧卡", "Take over an older card"),
        effect=Text("登记旧卡号对应的持卡人和停用日期。", "Notes whose an older card is, and from when on it no longer counts."),
        from_states=LIVING,
        who=CLERK,
        evidence=frozenset({Evidence.OLDER_CARD}),
        articles=("HZ-18", "ZS-24", "ZZ-9a"),
    ),
}
