"""Faults of operating the service."""

from __future__ import annotations

from codes.errors import Fault, Text

TOO_MANY_REQUESTS = Fault(
    code="too-many-requests",
    title=Text("请求过于频繁", "Too many requests"),
    hint=Text("请等响应头 Retry-After 所示的秒数后再试。", "Wait for the seconds that the header Retry-After says, then try again."),
)
OVERLOADED = Fault(
    code="overloaded",
    title=Text("服务繁忙，请稍后再试", "The service has more to do than it can"),
    hint=Text(
        "请等响应头 Retry-After 所示的秒数后再试；挂失不受影响，也可拨打 12333。",
        "Wait for the seconds that the header Retry-After says, then try again; losses are still taken, here and by telephone at 12333.",
    ),
)
ENDING = Fault(
    code="ending",
    title=Text("本进程正在退出", "This process is coming to its end"),
    hint=Text(
        "请等响应头 Retry-After 所示的秒数后再试，由其他进程办理。", "Try again after the seconds that Retry-After says; another process will answer."
    ),
)
SERVE_ALONE = Fault(
    code="serve-alone",
    title=Text("ecard serve 是单进程形式，不用于生产", "ecard serve is one process, and not for production"),
    hint=Text(
        "请用 gunicorn -c python:webapp.production wsgi:app 启动；或去掉 ECARD_MODE 与 ECARD_PROCESSES。",
        "Start it with gunicorn -c python:webapp.production wsgi:app, or take ECARD_MODE and ECARD_PROCESSES away.",
    ),
)
