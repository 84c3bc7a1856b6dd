"""Faults of the operator console."""

from __future__ import annotations

from codes.errors import Fault, Text

CONSOLE_PURPOSE = Fault(
    code="console-purpose",
    title=Text("请先说明查询用途", "Say first what it is for"),
    hint=Text("请选择一项用途；用途会与查询一起记录。", "Choose a purpose; it is put on record with the look-up."),
    article="ID-9b",
)
CONSOLE_FORM = Fault(
    code="console-form",
    title=Text("表单填写不完整或不合规", "The form is not complete, or not as it should be"),
    hint=Text("请对照标出的栏目修改后再提交。", "Mend the field that is marked, then send it again."),
)
