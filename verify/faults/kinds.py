"""The three kinds of fault that a terminal meets, the hints that several share, and how a fault is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes.errors import Fault, Text
from codes.reasons import TABLE, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.errors import Fact

AGAIN = Text(
    "请向发布机构重新获取签名文件再导入；本机原有数据保持不变。",
    "Fetch the signed files again from their publisher and import them; what this terminal held is kept.",
)
ALARM = Text(
    "请勿使用这份文件，并告知发布机构：文件可能被替换或改动；本机原有数据保持不变。",
    "Do not use these files and tell their publisher: they may have been swapped or altered; what this terminal held is kept.",
)
IMPORT = Text("请用 ecard-terminal import 导入发布机构的文件。", "Import the publisher's files with ecard-terminal import.")
RENEW = Text(
    "请把状态目录移走，再用 ecard-terminal init 和 import 重新建立。",
    "Move the state directory away and make it again with ecard-terminal init and import.",
)
DISK = Text("请检查磁盘空间和目录权限，然后重试。", "Check the disk's free space and the directory's permissions, then try again.")
SET_CLOCK = Text("请校准本机时间，然后重试。", "Set this terminal's clock, then try again.")


def decided(code: str, reason: Reason, zh: str, en: str) -> Fault:
    """A fault of the decision: what to do next is the reason's own action."""
    return Fault(code=code, title=Text(zh, en), hint=TABLE[reason].action, reason=reason)


def unfit(code: str, zh: str, en: str, hint: Text, reason: Reason = Reason.TERMINAL_NOT_READY) -> Fault:
    """A fault of the terminal itself: a scan that meets it is inconclusive."""
    return Fault(code=code, title=Text(zh, en), hint=hint, reason=reason)


def unimported(code: str, zh: str, en: str, hint: Text) -> Fault:
    """A fault of what somebody wanted to import: nothing of it is taken, no scan ever meets it."""
    return Fault(code=code, title=Text(zh, en), hint=hint)


def told(fault: Fault, facts: Mapping[str, Fact]) -> dict[str, Any]:
    """A fault for programs and people: code, what it is, what to do, the facts of the case."""
    return {"code": fault.code, "title": fault.title._asdict(), "hint": fault.hint._asdict(), "facts": dict(facts)}
