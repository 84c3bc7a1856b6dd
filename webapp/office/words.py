"""What the words of the record are called at a counter, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.chipproof import ChipState
from codes.errors import Text
from ecard.items import Capability, Duty, Step, Tier
from ecard.lifecycle import CarrierStatus, Evidence
from ecard.model import CardState, CarrierKind, EndReason, HoldKind, IncidentKind, PointKind, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

EVIDENCE: Mapping[Evidence, Text] = {
    Evidence.FORM: Text("申请表", "application form"),
    Evidence.IDENTITY_DOCUMENT: Text("已核验身份证件", "identity document checked"),
    Evidence.PORTRAIT: Text("照片", "portrait"),
    Evidence.IN_PERSON: Text("本人到场", "in person"),
    Evidence.WRITTEN_REPORT: Text("书面挂失申请", "written loss report"),
    Evidence.HOTLINE_CHECK: Text("已在电话中核验身份", "identity checked on the telephone"),
    Evidence.OWN_USE_NOTICE: Text("已告知本人使用并签收", "own-use notice accepted"),
    Evidence.CASE_FILE: Text("案卷材料", "case file"),
    Evidence.REVIEW: Text("复核意见", "review"),
    Evidence.PROXY_DOCUMENT: Text("已核验代办人证件", "proxy's document checked"),
    Evidence.EMPLOYER_LETTER: Text("单位介绍信", "letter of the employer"),
    Evidence.DESTRUCTION_PROTOCOL: Text("销毁记录", "destruction protocol"),
    Evidence.DAMAGE_SEEN: Text("已查看损坏情况", "damage seen"),
    Evidence.OLD_CARD_RETURNED: Text("旧卡已收回", "old card returned"),
    Evidence.CHANGE_PROOF: Text("资料变更证明", "proof of changed data"),
    Evidence.KINSHIP: Text("亲属关系证明", "proof of kinship"),
    Evidence.DEATH_PROOF: Text("死亡证明", "proof of death"),
    Evidence.COURT_RULING: Text("法院宣告死亡判决", "court ruling"),
    Evidence.NATIONALITY_PROOF: Text("出国定居证明", "proof of settling abroad"),
    Evidence.ENTITLEMENT_END: Text("待遇终止证明", "proof that entitlement ended"),
    Evidence.MOVE_PROOF: Text("迁出证明", "proof of move"),
    Evidence.BANK_CONFIRMATION: Text("银行通知", "the bank's confirmation"),
    Evidence.FARE_PROOF: Text("票价优待证明", "proof of fare entitlement"),
    Evidence.INSURANCE_RECORD: Text("参保记录", "insurance record"),
    Evidence.RURAL_MEDICAL_RECORD: Text("新农合参合记录", "rural medical record"),
    Evidence.SERVICE_ENTITLEMENT: Text("享受公共服务证明", "proof of entitlement to services"),
    Evidence.OLDER_CARD: Text("已查看旧版卡", "older card shown"),
}
ROLES: Mapping[Role, Text] = {
    Role.HOLDER: Text("持卡人", "holder"),
    Role.CLERK: Text("经办", "clerk"),
    Role.PRODUCTION: Text("制卡", "production"),
    Role.INTAKE: Text("受理点", "intake"),
    Role.SUPERVISOR: Text("主管", "supervisor"),
    Role.BANK: Text("银行", "bank"),
    Role.HOTLINE: Text("电话客服", "hotline"),
    Role.AUDITOR: Text("审计", "auditor"),
    Role.ADMIN: Text("系统管理", "system admin"),
    Role.SERVICE: Text("系统", "the service"),
}
STATES: Mapping[CardState, Text] = {
    CardState.PENDING: Text("待启用", "pending"),
    CardState.ACTIVE: Text("已启用", "active"),
    CardState.ENDED: Text("已终止", "ended"),
}
ENDS: Mapping[EndReason, Text] = {
    EndReason.REPLACED: Text("补领", "replaced"),
    EndReason.EXCHANGED: Text("换领", "exchanged"),
    EndReason.CANCELLED: Text("注销", "cancelled"),
    EndReason.UNBOUND: Text("解绑", "unbound"),
    EndReason.DESTROYED: Text("销毁", "destroyed"),
}
KINDS: Mapping[CarrierKind, Text] = {CarrierKind.CHIP: Text("芯片卡", "chip"), CarrierKind.PHONE: Text("手机", "phone")}
STATUSES: Mapping[CarrierStatus, Text] = {
    CarrierStatus.VALID: Text("可用", "valid"),
    CarrierStatus.SUSPENDED: Text("暂停", "suspended"),
    CarrierStatus.FROZEN: Text("冻结", "frozen"),
    CarrierStatus.ENDED: Text("永久停用", "ended"),
}
HOLDS: Mapping[HoldKind, Text] = {
    HoldKind.PRE_LOSS: Text("电话（网上）挂失", "reported lost by phone or online"),
    HoldKind.LOSS: Text("书面挂失", "reported lost in writing"),
    HoldKind.FREEZE: Text("临时冻结", "frozen"),
    HoldKind.SELF_LOCK: Text("自助锁卡", "locked by its holder"),
    HoldKind.DRIFT: Text("芯片与档案不符", "chip and record apart"),
}

CHIP_STATES: Mapping[ChipState, Text] = {
    ChipState.ACTIVE: Text("可用", "active"),
    ChipState.SUSPENDED: Text("暂停", "suspended"),
    ChipState.FROZEN: Text("冻结", "frozen"),
    ChipState.CANCELLED: Text("永久锁定", "cancelled"),
}
INCIDENTS: Mapping[str, Text] = {
    IncidentKind.RECORD_BEHIND: Text(
        "芯片的版本比档案新：档案可能恢复过备份", "the chip is ahead of the record, which may have been restored from a backup"
    ),
    IncidentKind.APART: Text("同一版本，芯片与档案的状态不同", "one version, and chip and record say different things"),
    IncidentKind.COUNTER_TWICE: Text("同一计数出现两次：可能有复制的芯片", "one number for two authentications: there may be a copy of the chip"),
    IncidentKind.COUNTER_BACK: Text("芯片计数倒退：存储可能被还原", "the chip's counter went back: its memory may have been restored"),
    IncidentKind.CHIP_CANCELLED: Text("芯片已永久锁定，而档案未要求", "the chip is blocked for ever and the record did not want that"),
}

POINTS: Mapping[PointKind, Text] = {
    PointKind.CENTRE: Text("办事大厅", "service hall"),
    PointKind.TOWNSHIP: Text("乡镇街道便民中心", "township desk"),
    PointKind.VILLAGE: Text("村社区便民站", "village desk"),
    PointKind.BANK: Text("银行网点", "bank outlet"),
    PointKind.JOINT: Text("川渝通办窗口", "joint desk of both regions"),
}
TIERS: Mapping[Tier, Text] = {
    Tier.MUNICIPAL: Text("市级清单", "list of the city"),
    Tier.DISTRICT: Text("区县清单", "list of a district"),
    Tier.JOINT: Text("川渝联合清单", "joint list of Sichuan and Chongqing"),
}
DUTIES: Mapping[Duty, Text] = {
    Duty.MANDATORY: Text("应当用社保卡办理", "by this card, as the law says"),
    Duty.PHASED: Text("逐步纳入", "follows step by step"),
    Duty.ENCOURAGED: Text("鼓励使用", "welcome"),
}
CAPABILITIES: Mapping[Capability, Text] = {
    Capability.IDENTITY: Text("证明身份", "proves who somebody is"),
    Capability.RECORD: Text("记录信息", "keeps a record"),
    Capability.QUERY: Text("查询信息", "answers from a record"),
    Capability.PAY: Text("支付", "pays"),
}
STEPS: Mapping[Step, Text] = {
    Step.DRAFT: Text("拟定", "drafted"),
    Step.DECIDE: Text("政府审定", "decided by a government"),
    Step.PUBLISH: Text("公布", "published"),
    Step.FILE: Text("备案", "filed one level up"),
    Step.WITHDRAW: Text("撤出清单", "withdrawn"),
}
MEMBERS: Mapping[str, str] = {
    "ref": "引用号",
    "effective": "生效时间",
    "due": "书面挂失期限",
    "others": "同一手机的其他卡",
    "ground": "事由",
    "until": "截止",
    "expires": "有效期至",
    "old_chip": "原芯片",
    "new_chip": "新芯片",
    "opened": "受理时间",
    "opened_by": "受理人",
    "closed": "办结时间",
    "outcome": "结果",
    "applicant": "申请人",
    "evidence": "材料",
    "requested": "申请时间",
    "requested_by": "申请经办",
    "proposed": "申请时间",
    "proposed_by": "申请经办",
    "settled": "已结清",
    "decided": "决定时间",
    "decided_by": "决定人",
    "decision": "决定",
    "category": "类别",
    "asked": "请求时间",
    "asked_by": "请求人",
    "region": "地区",
    "at": "时间",
    "method": "方式",
    "witness": "见证人",
    "destroyed_by": "销毁人",
    "fare": "票价类别",
    "carrier": "载体",
    "review": "复核日期",
    "granted": "登记时间",
    "granted_by": "登记人",
    "profile": "凭证",
    "state": "状态",
    "order": "制卡单",
    "line": "行号",
    "keep_until": "保管至",
}
"""Members of an answer, in Chinese; their English name is their own."""


def both(text: Text) -> str:
    """A sentence in both languages on one line."""
    return f"{text.zh} / {text.en}"
