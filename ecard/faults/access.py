"""Faults of operators, their sessions and what two of them must agree on."""

from __future__ import annotations

from codes.errors import Fault, Text

_LOOK_AGAIN = Text("请重新打开待复核列表。", "Open the list of what waits for approval again.")

SIGN_IN_REFUSED = Fault(
    code="sign-in-refused",
    title=Text("登录信息不对", "These sign-in details are not right"),
    hint=Text("请核对账号、密码和验证码；每个验证码只能用一次。", "Check name, password and code; each code works once."),
)
SIGN_IN_LIMIT = Fault(
    code="sign-in-limit",
    title=Text("尝试次数过多，已暂停登录", "Too many tries: signing in is paused"),
    hint=Text(
        "请在所示秒数之后再试；若非本人所为，请告知系统管理员。", "Try again after the seconds shown; if it was not you, tell the system admin."
    ),
)
SECOND_FACTOR_REFUSED = Fault(
    code="second-factor-refused",
    title=Text("验证码不对或已经用过", "The code is not right, or was used before"),
    hint=Text("请等下一个验证码再试。", "Wait for the next code, then try again."),
)
STEP_UP_NEEDED = Fault(
    code="step-up-needed",
    title=Text("此事项须再次验证", "This needs a fresh code"),
    hint=Text("请输入验证器上的当前验证码，再办理。", "Give the present code of your authenticator, then go on."),
)
PASSWORD_WEAK = Fault(
    code="password-weak",
    title=Text("密码太弱", "The password is too weak"),
    hint=Text(
        "请用 12 至 128 个字符，不含账号或工号，不用单一重复或顺序字符。",
        "Use 12 to 128 characters, without account or staff number, and not one pattern repeated.",
    ),
)
OPERATOR_ENROLLED = Fault(
    code="operator-enrolled",
    title=Text("此经办人已有登录方式", "This operator can sign in already"),
    hint=Text(
        "遗失验证器或忘记密码的，请办理重置：须两人经手，并等候 24 小时。",
        "If the authenticator or the password is lost, have it reset: by two people, and after a day.",
    ),
)
OPERATOR_NOT_ENROLLED = Fault(
    code="operator-not-enrolled",
    title=Text("此经办人还没有登录方式", "This operator has no means to sign in yet"),
    hint=Text("请先用 ecard office sign-in 发放。", "Give them their first ones with ecard office sign-in."),
)
OPERATOR_PERSON = Fault(
    code="operator-person-differs",
    title=Text("此账号曾属于另一人", "This account was another person's"),
    hint=Text("账号不得转给他人；请为新人另立账号。", "An account is never handed on; make a new one for the new person."),
)
RESET_OPEN = Fault(
    code="reset-open",
    title=Text("此经办人已有一项重置在办", "A reset for this operator is under way"),
    hint=Text("请由另一人批准，或先撤销。", "Let another person approve it, or turn it down first."),
)
RESET_MISSING = Fault(
    code="reset-missing",
    title=Text("没有待办的重置", "There is no such reset under way"),
    hint=Text("请先由核验身份的人提出重置。", "Whoever checked the person's identity asks for it first."),
)
RESET_WAITS = Fault(
    code="reset-waits",
    title=Text("重置尚未批准，或批准后未满 24 小时", "The reset is not approved, or not for a day yet"),
    hint=Text(
        "请在所示时间之后再来；本人若能登录，重置自动作废。",
        "Come again after the time shown; if the operator signs in meanwhile, the reset is void.",
    ),
)
PROPOSAL_UNKNOWN = Fault(code="proposal-unknown", title=Text("没有这项待复核的申请", "There is no such proposal"), hint=_LOOK_AGAIN)
PROPOSAL_OVER = Fault(
    code="proposal-over",
    title=Text("这项申请已经决定或过期", "This proposal is decided, or its time is over"),
    hint=Text("请重新提出申请。", "Propose it anew."),
)
PROPOSAL_DIFFERS = Fault(
    code="proposal-differs",
    title=Text("所批准的内容与申请不同", "What was approved is not what was proposed"),
    hint=Text("请重新打开申请，核对全部内容后再批准。", "Open the proposal again and read all of it before approving."),
)
PROPOSAL_BROKEN = Fault(
    code="proposal-broken",
    title=Text("申请的内容已被改动", "A stored proposal was changed"),
    hint=Text("请停止办理并通知系统管理员核查档案。", "Stop, and have the system admin check the record."),
)
PROPOSAL_SIZE = Fault(
    code="proposal-size",
    title=Text("申请的内容过长", "What is proposed is too long"),
    hint=Text("请缩短填写内容。", "Write less into the form."),
)
PROPOSAL_COMMAND = Fault(
    code="proposal-command",
    title=Text("此事项不须两人办理", "This command does not need two people"),
    hint=Text("请直接办理。", "Do it directly."),
)
SAME_DEVICE = Fault(
    code="same-device",
    title=Text("须在另一台设备上复核", "Another device is needed for the approval"),
    hint=Text("请复核人在自己的电脑上登录后批准。", "Let the second person sign in at a computer of their own."),
)
