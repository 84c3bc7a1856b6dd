"""Faults of stopping and bringing back."""

from __future__ import annotations

from codes.errors import Fault, Text

_ELSEWHERE = Text(
    "请换用另一部已认证的手机，或拨打服务热线，或到服务网点办理。", "Use another endorsed phone, call the hotline, or come to a service point."
)

PRE_LOSS_WRITTEN = Fault(
    code="pre-loss-written",
    title=Text("电话挂失已转为书面挂失", "The report by phone has become a written one"),
    hint=Text("请持卡人本人带证件到服务网点解除挂失。", "Have the loss withdrawn at a service point, in person and with papers."),
    article="ZS-18",
)
PROOF_MISSING = Fault(
    code="phone-proof-missing",
    title=Text("缺少手机的密码确认", "The phone has not confirmed this with the holder's password"),
    hint=Text("请在应用里输入密码后重试。", "Enter the password in the app, then try again."),
)
PHONE_REPORTED = Fault(
    code="phone-reported-lost",
    title=Text("这部手机已被挂失，不能用它办理", "This phone is reported lost and cannot be used for this"),
    hint=_ELSEWHERE,
    article="ZS-17b",
)
FREEZE_REQUEST_UNKNOWN = Fault(
    code="freeze-request-unknown",
    title=Text("这张卡没有这项待处理的冻结请求", "This card has no such open request to freeze it"),
    hint=Text("请核对请求编号；已答复的请求不能再次使用。", "Check the request's number; one that was answered cannot be used again."),
    article="CQ-20c",
)
CASE_UNKNOWN = Fault(
    code="misuse-case-unknown",
    title=Text("没有这个待处理的案卷", "There is no such open case file"),
    hint=Text("请核对案卷编号；已作出决定的案卷不再改动。", "Check its number; a case that was decided changes no more."),
)
CASE_EMPTY = Fault(
    code="misuse-case-empty",
    title=Text("案卷里没有证据", "The case file holds no evidence"),
    hint=Text("请先登记证据，或以查无实据结案。", "Add evidence first, or decide that it is unfounded."),
    article="ZS-23",
)
EVIDENCE_DIGEST = Fault(
    code="misuse-evidence-digest",
    title=Text("证据的摘要不是 32 字节", "The digest of the evidence is not 32 bytes"),
    hint=Text("请提交证据文件的 SHA-256 摘要。", "Give the SHA-256 of the file."),
)
ITEM_GROUPS = Fault(
    code="item-groups",
    title=Text("没有选择任何事项类别", "No group of items was chosen"),
    hint=Text("请至少选择一个事项类别。", "Choose at least one group."),
)
