"""Faults of operators' browsers: where a request came from, and how."""

from __future__ import annotations

from codes.errors import Fault, Text

CSRF_REFUSED = Fault(
    code="csrf-refused",
    title=Text("请求不是从本系统的页面发出的", "The request did not come from a page of this system"),
    hint=Text(
        "请重新打开页面再提交；程序请附上 Origin 和 X-CSRF-Token。", "Open the page again and send the form; programs add Origin and X-CSRF-Token."
    ),
)
SIGN_IN_INSECURE = Fault(
    code="sign-in-insecure",
    title=Text("连接没有加密，不能登录", "The connection is not encrypted, so nobody signs in over it"),
    hint=Text("请改用 https 地址；本机可用 http://localhost。", "Use the https address; on the machine itself http://localhost will do."),
)
ROLES_APART = Fault(
    code="roles-apart",
    title=Text("同一人不能兼任这些岗位", "One person may not have these roles together"),
    hint=Text(
        "审计、系统管理不得与其他岗位兼任；同一人的工号只用一种写法。",
        "Auditors and admins have no other role, in any account; write a person's staff number in one way only.",
    ),
)
