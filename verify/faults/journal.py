"""Faults of the journal and of the key that signs it (`verify.journal`, `verify.terminal_key`)."""

from __future__ import annotations

from codes.errors import Text
from verify.faults.kinds import unfit

JOURNAL_FULL = unfit(
    "journal-full",
    "本机的验码日志已满",
    "This terminal's journal is full",
    Text(
        "请联网执行 ecard-terminal upload；上传后即恢复。在此之前，医院和服务厅一类场景不再放行。",
        "Upload it with ecard-terminal upload, which makes room; until then scenes such as hospitals and service halls accept nobody.",
    ),
)
JOURNAL_DAMAGED = unfit(
    "journal-damaged",
    "验码日志文件已损坏",
    "A file of the journal is damaged",
    Text("请把所列文件移走并交给发卡机构，然后重新启动。", "Move the file that is named away, hand it to the card office, then start again."),
)
TERMINAL_KEY = unfit(
    "terminal-key",
    "终端密钥无法使用，或别人可以读取",
    "The terminal's key cannot be used, or others can read it",
    Text("请移走 terminal.pem，重新启动后在发卡机构重新登记本终端。", "Move terminal.pem away, start again, and have the terminal registered anew."),
)
