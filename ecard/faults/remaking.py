"""Faults of a card that is remade or ended, and of what hangs on it for a time."""

from __future__ import annotations

from codes.errors import Fault, Text

_SHOW = Text("请先查看这张卡的办理记录。", "Look at what is open on this card first.")

EXCHANGE_OPEN = Fault(
    code="exchange-open",
    title=Text("此卡已有一项换领在办理", "Another exchange of this card is open"),
    hint=Text("请先办完在办的换领，再申请新的。", "Finish the exchange that is open, then apply again."),
    article="CQ-12b",
)
EXCHANGE_NOT_OPEN = Fault(
    code="exchange-not-open", title=Text("此卡没有在办的换领或补领", "Nothing is being remade for this card"), hint=_SHOW, article="CQ-12b"
)
RENEWAL_EARLY = Fault(
    code="renewal-early",
    title=Text("还没到换领期", "The renewal window is not open yet"),
    hint=Text("有效期届满前三个月起可以办理。", "It opens three months before the card expires."),
    article="HZ-13",
)
NOTHING_CHANGED = Fault(
    code="nothing-changed",
    title=Text("没有已批准的资料更正", "No accepted correction calls for a new chip"),
    hint=Text("请先办理资料更正；批准后再换领。", "Have the data corrected first; once that is accepted, exchange the card."),
    article="ZS-16b",
)
CANCELLATION_MISSING = Fault(
    code="cancellation-missing",
    title=Text("没有待决定的注销申请", "Nobody has asked for this card to be cancelled"),
    hint=Text("请先登记注销申请和证明材料。", "Enter the request with its evidence first."),
    article="CQ-13a",
)
CANCELLATION_OPEN = Fault(
    code="cancellation-open", title=Text("此卡已有一项不同的注销申请", "Another request to cancel this card is open"), hint=_SHOW, article="CQ-13a"
)
CANCELLATION_APPLICANT = Fault(
    code="cancellation-applicant",
    title=Text("此事由须由近亲属申请", "On this ground a close relative applies"),
    hint=Text("请由近亲属持关系证明申请。", "Let a close relative apply, with proof of kinship."),
    article="ZS-20",
)
AFFAIRS_UNSETTLED = Fault(
    code="affairs-unsettled",
    title=Text("用卡事项尚未结清", "Affairs of this card are not settled yet"),
    hint=Text("请逐项结清所列事项后再注销。", "Settle what is named, one by one, then cancel."),
    article="ZS-20",
)
NOT_DESTRUCTIBLE = Fault(
    code="not-destructible",
    title=Text("这枚芯片仍在使用或不属于此卡", "This chip is still in use, or is not one of this card"),
    hint=Text("请核对卡片编号；只销毁已停用的卡。", "Check which card it is; only ended ones are destroyed."),
    article="CQ-13c",
)
CORRECTION_EMPTY = Fault(
    code="correction-empty",
    title=Text("更正内容与现有资料相同", "The correction changes nothing"),
    hint=Text("请核对新的姓名或证件号码。", "Check the new name or number."),
    article="ZS-16b",
)
CORRECTION_OPEN = Fault(
    code="correction-open",
    title=Text("此人已有一项更正待决定", "A correction of this person's data waits for a decision"),
    hint=_SHOW,
    article="ZS-16b",
)
CORRECTION_MISSING = Fault(
    code="correction-missing",
    title=Text("没有待决定的更正", "No correction waits for a decision"),
    hint=Text("请先登记更正内容和证明材料。", "Enter the correction with its evidence first."),
    article="ZS-16b",
)
TEMPORARY_UNDUE = Fault(
    code="temporary-undue",
    title=Text("没有在制的卡，不能发临时凭证", "A temporary credential bridges the time while a card is remade"),
    hint=Text("请先办理换领或补领。", "Open the exchange or replacement first."),
    article="HZ-15",
)
TEMPORARY_LIMIT = Fault(
    code="temporary-limit",
    title=Text("临时凭证最长六个月", "A temporary credential lasts half a year at most"),
    hint=Text("请催办制卡；到期后不能再延长。", "Have the card made soon; it cannot be prolonged further."),
    article="HZ-15",
)
TEMPORARY_USE = Fault(
    code="temporary-use",
    title=Text("临时凭证不能用于此事项", "A temporary credential has no financial function and stays in its region"),
    hint=Text("请使用正式的社保卡办理。", "Use the card itself for this."),
    article="HZ-15",
)
ACCOUNT_INACTIVE = Fault(
    code="account-inactive",
    title=Text("金融账户尚未激活", "The card's financial account is not active"),
    hint=Text("请到合作银行网点激活金融账户。", "Have the financial account activated at a branch of the partner bank."),
    article="ZZ-19",
)
ACCOUNT_ENDED = Fault(
    code="account-ended",
    title=Text("此卡的金融账户已销户", "The card's financial account was closed"),
    hint=Text("请向开户银行咨询。", "Ask the bank that kept it."),
    article="ZS-25",
)
ACCOUNT_ELSEWHERE = Fault(
    code="account-elsewhere",
    title=Text("金融账户属于另一家银行", "The financial account belongs to another bank"),
    hint=Text("请到开户银行办理。", "Have it done at the bank that keeps the account."),
    article="ZS-25",
)
FARE_TERMS = Fault(
    code="fare-terms",
    title=Text("票价待遇的类别、依据或日期不对", "A fare entitlement names a known class, its evidence, and a review before its end"),
    hint=Text("请核对票价类别、依据、复核日期和截止日期。", "Check the class, the evidence, the review date and the end."),
)
FARE_HELD = Fault(
    code="fare-held",
    title=Text("此人已有一项有效的票价待遇", "This person has a fare entitlement in force"),
    hint=Text("请先终止原有待遇，或办理转移。", "End the old one first, or move it."),
)
FARE_MISSING = Fault(
    code="fare-missing",
    title=Text("此人没有有效的票价待遇", "This person has no fare entitlement in force"),
    hint=Text("请先登记待遇和依据。", "Grant one first, with its evidence."),
)
FARE_CARRIER = Fault(
    code="fare-carrier",
    title=Text("票价待遇不能放在这个载体上", "This carrier cannot state the fare"),
    hint=Text("请选择本人绑定的手机。", "Choose a phone that is bound to the person's card."),
)
FEE_SCHEDULE = Fault(
    code="fee-schedule",
    title=Text("收费表不成立", "This is no fee schedule"),
    hint=Text("请核对批准文号和起止日期；首次申领一律免费。", "Check legal basis and dates; the first issue is always free."),
    article="HZ-16",
)
LEGACY_UNKNOWN = Fault(
    code="legacy-unknown",
    title=Text("没有登记过这张旧卡", "This older card is not registered"),
    hint=Text("请核对旧卡的种类和号码。", "Check the older card's scheme and number."),
)
LEGACY_RETIRED = Fault(
    code="legacy-retired",
    title=Text("这种旧卡已停用", "This older card has retired"),
    hint=Text("请使用社保卡或电子社保卡。", "Use the social security card or its electronic form."),
    article="HZ-18",
)
LEGACY_TAKEN = Fault(
    code="legacy-taken",
    title=Text("这张旧卡已登记在别处，或登记内容无效", "This older card is registered otherwise already, or its entry is impossible"),
    hint=Text("请核对旧卡号码、持卡人和停用日期。", "Check number, holder and retirement date."),
    article="HZ-18",
)
