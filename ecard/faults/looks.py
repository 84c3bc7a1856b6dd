"""Faults of looking somebody up."""

from __future__ import annotations

from codes.errors import Fault, Text

LOOK_LIMIT = Fault(
    code="look-limit",
    title=Text("今天的查询次数已用完", "No look-ups are left for today"),
    hint=Text("请明天再查；确有需要时请由主管安排他人办理。", "Go on tomorrow; where it cannot wait, have a supervisor give it to somebody else."),
    article="ID-9b",
)
