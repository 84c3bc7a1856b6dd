"""Every fault of the service itself: what can be wrong with a request, or with the way the service was set up.

Codes are wire vocabulary (clients match them): append, never rename, never reuse. `docs/errors.md` is generated from here.
"""

from __future__ import annotations

from codes.errors import Fault, Text

SETTINGS = Fault(
    code="settings",
    title=Text("服务设置不完整", "The settings of the service are incomplete"),
    hint=Text("请设置所列的环境变量后重新启动。", "Set the environment variables that are named, then start again."),
)
NOT_READY = Fault(
    code="not-ready",
    title=Text("发布目录尚未就绪", "Nothing has been published yet"),
    hint=Text("请稍后再试；运维人员请检查发布目录。", "Try again later; for the operator: look at the published folder."),
)
NOT_READABLE = Fault(
    code="not-readable",
    title=Text("发布目录读不出来", "The published folder cannot be read"),
    hint=Text("请稍后再试；运维人员请检查磁盘与权限。", "Try again later; for the operator: look at the disk and its permissions."),
)
NOT_FOUND = Fault(
    code="not-found",
    title=Text("没有这个地址", "Nothing stands at this address"),
    hint=Text("请核对地址；可用的接口见 /v1/openapi.json。", "Check the address; /v1/openapi.json lists what there is."),
)
METHOD = Fault(
    code="method-not-allowed",
    title=Text("该地址不支持这种请求方法", "This address does not take this method"),
    hint=Text("请改用响应头 Allow 中列出的方法。", "Use one of the methods in the Allow header."),
)
REQUEST = Fault(
    code="request-refused",
    title=Text("请求不合规", "The request is not well-formed"),
    hint=Text("请对照 /v1/openapi.json 修正请求。", "Compare the request with /v1/openapi.json."),
)
INTERNAL = Fault(
    code="internal",
    title=Text("服务内部出错", "Something went wrong inside the service"),
    hint=Text("请稍后再试；若仍出错，请把事件编号告知管理员。", "Try again later; if it goes on, give the incident number to the operator."),
)
