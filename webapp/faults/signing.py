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
