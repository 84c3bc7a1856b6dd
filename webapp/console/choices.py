"""What the values of commands are called at a counter, in both languages: the words of every choice that a form offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes.chipproof import ChipState
from codes.errors import Text
from ecard.identity import IdentityType
from ecard.items import Capability, Duty, Step, Tier
from ecard.lifecycle import CarrierStatus, Evidence
from ecard.lookups import Purpose, Shown
from ecard.model import (
    Affair,
    Applicant,
    ApplicationState,
    CancelGround,
    CardState,
    CarrierKind,
    CaseDecision,
    Decision,
    DestructionMethod,
    Eligibility,
    EndReason,
    ExchangeGround,
    FindingDecision,
    FindingKind,
    FreezeGround,
    HandedTo,
    HoldKind,
    IncidentKind,
    ItemGroup,
    Misuse,
    PointKind,
    Proof,
    Role,
    StockState,
)
from ecard.model.remaking import FeeAct
from ecard.model.stopping import FreezeAnswer
from ecard.residents.activating import Grade
from ecard.stopping import LossOf
from ecard.worklist import TaskKind
from webapp.office.terminals import FINDINGS
from webapp.office.words import (
    CAPABILITIES,
    CHIP_STATES,
    DUTIES,
    ENDS,
    EVIDENCE,
    HOLDS,
    INCIDENTS,
    KINDS,
    POINTS,
    ROLES,
    STATES,
    STATUSES,
    STEPS,
    TIERS,
)
from webapp.places import SCENES

if TYPE_CHECKING:
    import enum
    from collections.abc import Mapping

    from ecard.worklist import Task

WORDS: Mapping[type[enum.Enum], Mapping[Any, Text]] = {
    Evidence: EVIDENCE,
    Role: ROLES,
    CardState: STATES,
    EndReason: ENDS,
    CarrierKind: KINDS,
    CarrierStatus: STATUSES,
    HoldKind: HOLDS,
    ChipState: CHIP_STATES,
    IncidentKind: {kind: INCIDENTS[kind] for kind in IncidentKind},
    LossOf: {
        LossOf.CARD: Text("整卡（芯片和手机一起停）", "The whole card, chip and phones together"),
        LossOf.CHIP: Text("只是芯片卡", "The chip card only"),
        LossOf.PHONE: Text("只是手机", "A phone only"),
    },
    FreezeGround: {
        FreezeGround.FALSE_CLAIM: Text("冒领", "False claim"),
        FreezeGround.FALSE_USE: Text("冒用", "Used by somebody else"),
        FreezeGround.THEFT: Text("盗用", "Theft"),
    },
    FreezeAnswer: {FreezeAnswer.GRANTED: Text("已冻结", "Granted"), FreezeAnswer.DECLINED: Text("不予冻结", "Declined")},
    ItemGroup: {
        group: Text(zh, group.name.replace("_", " ").capitalize())
        for group, zh in zip(
            ItemGroup,
            (
                "社会保险",
                "人力资源",
                "医疗健康",
                "惠民补贴",
                "身份凭证",
                "交通出行",
                "文化旅游",
                "校园服务",
                "税费缴纳",
                "金融服务",
                "企业园区",
                "居住社区",
                "其他",
            ),
            strict=True,
        )
    },
    Misuse: {
        Misuse.LENT: Text("出租、转让、出借或买卖", "Rented, transferred, lent or sold"),
        Misuse.FALSE_USE: Text("冒领、冒用或盗用", "Falsely claimed, used as somebody else, or stolen"),
    },
    CaseDecision: {
        CaseDecision.UNFOUNDED: Text("查无实据", "Unfounded"),
        CaseDecision.WARNED: Text("警告", "Warned"),
        CaseDecision.HANDED_OVER: Text("移送有权机关", "Handed over to the authority"),
    },
    Proof: {
        Proof.REPORT: Text("举报材料", "A report"),
        Proof.STATEMENT: Text("陈述笔录", "A statement"),
        Proof.RECORD: Text("业务记录", "A record"),
        Proof.PHOTOGRAPH: Text("照片", "A photograph"),
        Proof.DECISION: Text("处理决定", "A decision"),
    },
    Decision: {Decision.ACCEPTED: Text("同意", "Accept"), Decision.REJECTED: Text("不同意", "Reject")},
    ExchangeGround: {
        ExchangeGround.DAMAGE: Text("卡片损坏", "The card is damaged"),
        ExchangeGround.DATA_CHANGE: Text("资料变更", "Data have changed"),
        ExchangeGround.NEW_GENERATION: Text("换新一代卡", "A new generation of cards"),
        ExchangeGround.RENEWAL: Text("有效期将满", "The card ends soon"),
    },
    CancelGround: {
        CancelGround.DEATH: Text("死亡", "Death"),
        CancelGround.DECLARED_DEAD: Text("被宣告死亡", "Declared dead by a court"),
        CancelGround.SETTLED_ABROAD: Text("出国定居", "Settled abroad"),
        CancelGround.ENTITLEMENT_ENDED: Text("待遇终止", "Entitlement has ended"),
        CancelGround.MOVED_AWAY: Text("迁出", "Moved away"),
    },
    Applicant: {Applicant.HOLDER: Text("持卡人本人", "The holder"), Applicant.RELATIVE: Text("亲属", "A relative")},
    Affair: {
        Affair.INSURANCE_BENEFITS: Text("社会保险待遇", "Insurance benefits"),
        Affair.MEDICAL_ACCOUNT: Text("医保个人账户", "Medical account"),
        Affair.FINANCIAL_ACCOUNT: Text("金融账户", "Financial account"),
        Affair.TRANSPORT_BALANCE: Text("交通余额", "Transport balance"),
        Affair.LOANS: Text("借阅物品", "Things on loan"),
    },
    DestructionMethod: {
        DestructionMethod.CHIP_PUNCHED: Text("芯片打孔", "Chip punched"),
        DestructionMethod.SHREDDED: Text("粉碎", "Shredded"),
        DestructionMethod.INCINERATED: Text("焚毁", "Incinerated"),
    },
    Eligibility: {
        Eligibility.RESIDENT: Text("本地户籍", "Registered resident"),
        Eligibility.INSURED: Text("参加社会保险", "Insured here"),
        Eligibility.RURAL_MEDICAL: Text("参加新农合", "Rural medical scheme"),
        Eligibility.ENTITLED: Text("享受公共服务", "Entitled to services"),
    },
    IdentityType: {
        IdentityType.RESIDENT_ID: Text("居民身份证", "Resident identity card"),
        IdentityType.RESIDENT_ID_15: Text("15 位旧证", "Old number of 15 digits"),
        IdentityType.RESIDENCE_PERMIT: Text("港澳台居民居住证", "Residence permit, Hong Kong, Macao, Taiwan"),
        IdentityType.FOREIGN_RESIDENT: Text("外国人永久居留身份证", "Foreign permanent resident card"),
    },
    HandedTo: {
        HandedTo.SELF: Text("持卡人本人", "The holder"),
        HandedTo.PROXY: Text("代领人", "A proxy"),
        HandedTo.EMPLOYER: Text("单位经办人", "The employer's agent"),
    },
    StockState: {
        StockState.ORDERED: Text("已下单", "Ordered"),
        StockState.MADE: Text("已制成，待领取", "Made, to be collected"),
        StockState.DAMAGED: Text("废卡", "Damaged"),
        StockState.HANDED: Text("已领取", "Handed out"),
        StockState.UNCOLLECTED: Text("逾期未领", "Not collected"),
        StockState.DESTROYED: Text("已销毁", "Destroyed"),
    },
    ApplicationState: {
        ApplicationState.CHECKED: Text("待另一人批准", "Waits for a second person"),
        ApplicationState.APPROVED: Text("已建卡", "Card opened"),
        ApplicationState.REFUSED: Text("已退回", "Refused"),
    },
    FindingDecision: {
        FindingDecision.EXPLAINED: Text("情况已说明", "Explained"),
        FindingDecision.CASE_OPENED: Text("已立案", "Case opened"),
        FindingDecision.TERMINAL_CHECKED: Text("已检查终端", "Terminal checked"),
    },
    PointKind: POINTS,
    Tier: TIERS,
    Duty: DUTIES,
    Capability: CAPABILITIES,
    Step: STEPS,
    Grade: {
        Grade.CHIP: Text("手机须再由芯片认证", "The phone waits for the chip's word"),
        Grade.PROVISIONAL: Text("先限期使用通用凭证（须另一人同意）", "General credentials at once; a second person agrees"),
    },
    FeeAct: {
        FeeAct.FIRST_ISSUE: Text("首次申领", "First issue"),
        FeeAct.EXCHANGE: Text("换领", "Exchange"),
        FeeAct.REPLACEMENT: Text("补领", "Replacement"),
    },
    Purpose: {
        Purpose.AT_COUNTER: Text("持卡人在窗口办理", "The holder is at the counter"),
        Purpose.ON_TELEPHONE: Text("持卡人来电办理", "The holder is on the telephone"),
        Purpose.COMPARE: Text("与证件核对", "To compare with a document"),
        Purpose.CASE: Text("违规案件调查", "A case of misuse"),
        Purpose.COMPLAINT: Text("投诉处理", "A complaint"),
        Purpose.DUE: Text("办理到期事项", "Work that is due"),
    },
    Shown: {
        Shown.NAME: Text("姓名", "Name"),
        Shown.IDENTITY_NUMBER: Text("证件号码", "Identity number"),
        Shown.CARD_NUMBER: Text("完整卡号", "Whole card number"),
    },
    TaskKind: {
        TaskKind.PRE_LOSS: Text("待补办书面挂失", "Written loss reports to follow"),
        TaskKind.FREEZE_REQUEST: Text("外地冻结请求", "Other regions ask for a freeze"),
        TaskKind.FREEZE: Text("冻结待复核", "Freezes to be reviewed"),
        TaskKind.DRIFT: Text("芯片与档案不符", "Chip and record apart"),
        TaskKind.FINDING: Text("异常扫码", "Odd scans"),
        TaskKind.APPLICATION: Text("申请待批准", "Applications to be decided"),
        TaskKind.CANCELLATION: Text("注销待决定", "Cancellations to be decided"),
        TaskKind.CORRECTION: Text("更正待决定", "Corrections to be decided"),
        TaskKind.STOCK: Text("逾期库存", "Overdue stock"),
        TaskKind.RENEWAL: Text("到期提醒", "Reminders of renewal"),
        TaskKind.EXCHANGE: Text("更正后待换卡", "Exchanges after a correction"),
        TaskKind.DESTRUCTION: Text("待销毁旧卡", "Cards to be destroyed"),
        TaskKind.REVIEW: Text("票价待复核", "Fares to be reviewed"),
        TaskKind.TEMPORARY: Text("临时凭证将到期", "Stand-ins that end soon"),
    },
}


def word(value: enum.Enum) -> Text:
    """What a value is called. A value without a word is called by its own name."""
    found = WORDS.get(type(value), {}).get(value)
    return found or Text(str(value.value), str(value.value))


REGIONS: Mapping[str, Text] = {"CN-CQ": Text("重庆", "Chongqing"), "CN-SC": Text("四川", "Sichuan")}
OFFICE_ACTS: Mapping[str, Text] = {
    "register-reader": Text("登记读卡器", "Reader registered"),
    "register-point": Text("登记网点", "Point designated"),
    "end-point": Text("停用网点", "Point closed"),
    "register-terminal": Text("登记终端", "Terminal registered"),
    "end-terminal": Text("停用终端", "Terminal ended"),
    "decide-finding": Text("了结核查", "Finding closed"),
    "look-up": Text("查询卡片", "Looked up"),
    "reveal": Text("显示资料", "Field shown"),
}
"""What an act of the office is called; others go by the word of the chain."""


_PURPOSES: Mapping[str, Text] = {
    **{purpose.value: text for purpose, text in WORDS[Purpose].items()},
    **{shown.value: text for shown, text in WORDS[Shown].items()},
    "identity-type": Text("证件类型", "Kind of document"),
    "one-person": Text("核对是否已有卡", "One person, one card"),
    "counter": Text("窗口查询", "Looked up at a counter"),
    "chip-file": Text("制作芯片文件", "For the chip's file"),
    "identity-credential": Text("签发实名凭证", "For an identity credential"),
    "card-production": Text("制卡", "For the card maker"),
}


def purpose(said: str) -> Text:
    """What a look in a person's chain was for, and what was seen; others go by the word of the chain."""
    return _PURPOSES.get(said, Text(said, said))


def scene(name: str) -> Text:
    """A scene by its title; one that an office added itself by its name."""
    rules = SCENES.get(name)
    return Text(name, name) if rules is None else Text(rules.title_zh, rules.title_en)


def office_act(act: str) -> Text:
    """What an act of the office is called."""
    return OFFICE_ACTS.get(act, Text(act, act))


def detail(task: Task) -> Text:
    """What a task is about, beyond its kind: a ground, a kind of incident, days until an end."""
    if task.detail is None:
        return HOLDS[HoldKind.PRE_LOSS] if task.kind is TaskKind.PRE_LOSS else word(task.kind)
    if task.kind is TaskKind.RENEWAL:
        return Text(f"到期前 {task.detail} 天", f"{task.detail} days before the end")
    if task.kind is TaskKind.FINDING:
        return Text(*FINDINGS[FindingKind(task.detail)])
    kinds: Mapping[TaskKind, type[enum.Enum]] = {
        TaskKind.FREEZE: FreezeGround,
        TaskKind.FREEZE_REQUEST: FreezeGround,
        TaskKind.DRIFT: IncidentKind,
        TaskKind.CANCELLATION: CancelGround,
        TaskKind.STOCK: StockState,
    }
    return word(kinds[task.kind](task.detail)) if task.kind in kinds else Text(task.detail, task.detail)
