"""What `ecard-reader` prints: one JSON object, or a table, or a line, of the same fields. People read both languages, Chinese first."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from codes.errors import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

_LABELS: Mapping[str, Text] = {
    "birthplace": Text("出生地", "birthplace"),
    "blank": Text("空白芯片", "blank chip"),
    "born": Text("出生日期", "born"),
    "card_id": Text("识别码", "card id"),
    "card_number": Text("卡号", "card number"),
    "category": Text("类别", "category"),
    "chip_random": Text("芯片随机数", "chip random"),
    "counter": Text("认证计数", "counter"),
    "credential": Text("凭证", "credential"),
    "environment": Text("环境变量", "environment"),
    "ethnicity": Text("民族", "ethnicity"),
    "expires": Text("凭证到期", "expires"),
    "generation": Text("规范版本", "generation"),
    "hint": Text("下一步", "next"),
    "image": Text("映像文件", "image"),
    "in_business": Text("应用可用", "in business"),
    "initial_pin": Text("初始密码", "initial PIN"),
    "initialiser": Text("初始化机构", "initialiser"),
    "issued": Text("发卡日期", "issued"),
    "issuer_checked": Text("已核对发卡机构", "issuer checked"),
    "key": Text("芯片密钥", "key"),
    "locked": Text("未开放", "locked"),
    "locked_why": Text("原因", "why"),
    "name": Text("姓名", "name"),
    "number": Text("社会保障号码", "number"),
    "pin_changed": Text("密码已修改", "PIN changed"),
    "pin_tries_left": Text("密码剩余次数", "PIN tries left"),
    "proven": Text("芯片自证", "proven by its key"),
    "reader": Text("读卡器", "reader"),
    "region": Text("统筹区", "region"),
    "seq": Text("版本", "version"),
    "sex": Text("性别", "sex"),
    "state": Text("芯片状态", "state"),
    "status_idx": Text("名单序号", "status index"),
    "status_uri": Text("名单", "status list"),
    "stopped": Text("已停止", "stopped"),
    "valid_until": Text("卡有效期", "valid until"),
}
_WORDS: Mapping[tuple[str, object], str] = {
    ("state", "active"): "可用 / active",
    ("state", "suspended"): "暂停 / suspended",
    ("state", "frozen"): "冻结 / frozen",
    ("state", "cancelled"): "注销 / cancelled",
    ("sex", "male"): "男 / male",
    ("sex", "female"): "女 / female",
}
_MARKS = {"accepted": "✓", "refused": "✕", "inconclusive": "?"}


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: its fields, and for people a line instead of a table where that reads better."""

    fields: dict[str, Any]
    line: str | None = None

    def as_json(self) -> str:
        """The JSON object."""
        return json.dumps(self.fields, ensure_ascii=False)

    def as_text(self) -> str:
        """What people read."""
        if self.line is not None:
            return self.line
        rows = [(" / ".join(_LABELS[name]), _human(name, value)) for name, value in self.fields.items()]
        width = max(_columns(label) for label, _ in rows)
        return "\n".join(f"{label}{' ' * (width - _columns(label))}  {value}" for label, value in rows)


def verdict_lines(page: Mapping[str, Any]) -> str:
    """A terminal's verdict for people: what it is, why, what to do next, and how fresh the list was."""
    public, staff, hint = page["public"], page["staff"], page["hint"]
    code = f"  [{page['code']}]" if "code" in page else ""
    lines = [f"{_MARKS[page['verdict']]} {public['zh']} / {public['en']}{code}"]
    lines += [f"  {label}  {text['zh']} / {text['en']}" for label, text in (("员工", staff), ("处理", hint)) if text["zh"]]
    if page["as_of"] is not None:
        lines.append(f"  名单  {page['as_of']} / the list's time")
    return "\n".join(lines)


def _human(name: str, value: Any) -> str:
    if name == "expires" and isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bool) or value is None or value == "":
        return {True: "是 / yes", False: "否 / no"}.get(value, "-")
    return _WORDS.get((name, value), str(value))


def _columns(text: str) -> int:
    """How wide a terminal shows it: Chinese characters take two columns."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
