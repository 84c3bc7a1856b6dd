"""Faults of residents at their phones, and of terminals that ask about them."""

from __future__ import annotations

from codes.errors import Fault, Text

_NEW_CODE = Text("请到服务网点或拨打 12333 重新领取激活码。", "Get a new code at a service point, or call 12333.")
_NEW_SPOKEN = Text("请让持卡人在手机上重新取号。", "Ask the holder for a new pair of numbers from the phone.")

NOTHING_OF_YOURS = Fault(
    code="nothing-of-yours",
    title=Text("这部手机名下没有此卡或此记录", "This phone has no such card or record"),
    hint=Text("请在应用里刷新；换过手机的请重新启用。", "Look again in the app; enrol again if this is another phone."),
)
ACTIVATION_UNUSABLE = Fault(
    code="activation-unusable",
    title=Text("激活码不对或已失效", "The activation code is wrong, used or out of date"),
    hint=_NEW_CODE,
)
ACTIVATION_UNKNOWN = Fault(
    code="activation-unknown",
    title=Text("没有待同意的激活申请", "No request for an activation code waits for a second person"),
    hint=Text("请核对编号；先由一人提出，再由另一人同意。", "Check its reference; one person asks, another agrees."),
)
ACTIVATIONS_FULL = Fault(
    code="activations-full",
    title=Text("此刻有效的激活码过多", "Too many activation codes are alive now"),
    hint=Text("请十分钟后再试。", "Try again in ten minutes."),
)
ENROLMENT_NONE = Fault(
    code="enrolment-none",
    title=Text("没有等待芯片认证的手机", "No phone waits for the chip's endorsement"),
    hint=Text("请先在手机上输入激活码，再刷卡认证。", "Enter the activation code on the phone first."),
)
ENROLMENT_SEVERAL = Fault(
    code="enrolment-several",
    title=Text("有多部手机在等待认证", "Several phones wait for the chip's endorsement"),
    hint=Text("请核对手机上的指纹码，用 --fingerprint 指明。", "Compare the fingerprints on the phones and name one with --fingerprint."),
)
ENROLMENT_SILENT = Fault(
    code="enrolment-silent",
    title=Text("手机没有及时应答", "The phone did not answer in time"),
    hint=Text("请在手机上打开启用页面，再试一次。", "Open the enrolment page on the phone, then try again."),
)
TRIED_TOO_OFTEN = Fault(
    code="tried-too-often",
    title=Text("尝试次数过多", "Tried too often"),
    hint=Text("请稍后再试；急需时请到服务网点或拨打 12333。", "Try again later; if it is urgent, go to a service point or call 12333."),
)
SPOKEN_LIMIT = Fault(
    code="spoken-limit",
    title=Text("取号过于频繁", "Too many pairs of numbers were asked for"),
    hint=Text("请使用上一组号码，或几分钟后再取。", "Use the last pair, or ask again in some minutes."),
)
RESOLUTION_CODE = Fault(
    code="resolution-code",
    title=Text("此码不能用于查询身份", "This code does not serve to ask who somebody is"),
    hint=Text("请让持卡人打开实名码重新出示。", "Ask the holder to show an identity code afresh."),
)
RESOLUTION_LATE = Fault(
    code="resolution-late",
    title=Text("扫码时间与现在相差太久", "The code was scanned too long ago, or in the future"),
    hint=Text("请核对终端时间后重新扫码。", "Check the terminal's clock and scan again."),
)
RESOLUTION_DONE = Fault(
    code="resolution-done",
    title=Text("此码已用于一次查询", "This code has been resolved already"),
    hint=Text("请让持卡人出示新码；重发请求请用同一就诊号。", "Scan a fresh code; to send the same request again keep its visit."),
)
RESOLUTION_ITEM = Fault(
    code="resolution-item",
    title=Text("此事项不能在这里查询身份", "Nothing is disclosed for this item here"),
    hint=Text(
        "请核对事项编号；只可办理清单内需要身份的事项。", "Check the item: only items of the list that need an identity, in their own regions."
    ),
)
RESOLUTION_LOCKED = Fault(
    code="resolution-locked",
    title=Text("持卡人已停用这类事项", "The holder has locked this kind of item"),
    hint=Text("请让持卡人在手机上恢复后再办理。", "Ask the holder to open it again on the phone."),
)
RESOLUTION_STOPPED = Fault(
    code="resolution-stopped",
    title=Text("此卡现在不能使用", "The card cannot be used now"),
    hint=Text("请持卡人到服务台或拨打 12333。", "Send the holder to the service desk, or to 12333."),
)
CONSENT_MISSING = Fault(
    code="consent-missing",
    title=Text("持卡人没有同意提供这些信息", "The holder has not agreed to give these data"),
    hint=Text("请出示终端的征询码，由持卡人在手机上同意后再扫。", "Show the terminal's challenge, let the holder agree on the phone, then scan."),
)
CHALLENGE_SHAPE = Fault(
    code="challenge-shape",
    title=Text("征询码内容不对", "The challenge is not this terminal's, or not well-formed"),
    hint=Text("请重新生成征询码；字段见 /v1/openapi.json。", "Make a new one; /v1/openapi.json says what it holds."),
)
CURSOR_UNKNOWN = Fault(
    code="cursor-unknown",
    title=Text("翻页位置不存在", "The list does not go on there"),
    hint=Text("请从第一页重新开始。", "Begin again with the first page."),
)
PEER_SHAPE = Fault(
    code="peer-shape",
    title=Text("外地区对接窗口的登记内容不对", "The other region's desk is not described as it should be"),
    hint=Text("请核对名称、地区代码和公钥；地区须与本地不同。", "Check its name, its region, which is not ours, and its key."),
)
PEER_KNOWN = Fault(
    code="peer-known",
    title=Text("此名称或密钥已登记", "This name or key is pinned already"),
    hint=Text("更换密钥请先停用，再以新名称登记。", "To change a key, end it and pin the new one under another name."),
)
PEER_UNKNOWN = Fault(
    code="peer-unknown",
    title=Text("没有这个外地区对接窗口", "No such desk of another region"),
    hint=Text("请核对名称。", "Check its name."),
)
