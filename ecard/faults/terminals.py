"""Faults of terminals and their journals."""

from __future__ import annotations

from codes.errors import Fault, Text

TERMINAL_UNKNOWN = Fault(
    code="terminal-unknown",
    title=Text("没有登记这台终端", "No terminal of this name is registered"),
    hint=Text("请先用 ecard terminal register 登记。", "Register it first with ecard terminal register."),
)
TERMINAL_KNOWN = Fault(
    code="terminal-known",
    title=Text("终端编号或密钥已登记在别处", "This name or key is registered for another terminal"),
    hint=Text("请换一个编号，或先停用原来的终端。", "Take another name, or end the terminal that has it."),
)
TERMINAL_ENDED = Fault(
    code="terminal-ended",
    title=Text("这台终端已停用", "This terminal has been ended"),
    hint=Text("请保留该终端供检查；它此后上传的内容不再采信。", "Keep it to be examined; nothing it sends from now on is believed."),
)
TERMINAL_SHAPE = Fault(
    code="terminal-shape",
    title=Text("终端的登记内容不对", "What is to be registered of this terminal is not usable"),
    hint=Text("请核对编号、场所、场景和密钥。", "Check its name, venue, scenes and key."),
)
JOURNAL_GAP = Fault(
    code="journal-gap",
    title=Text("上传的日志缺少前面的部分", "A part of the journal before this is missing"),
    hint=Text("请从所列的序号开始重新上传；系统会自动续传。", "Send it again from the number that is named; terminals do so by themselves."),
)
JOURNAL_FORKED = Fault(
    code="journal-forked",
    title=Text("日志与此前上传的不衔接", "This journal does not go on from what this terminal sent before"),
    hint=Text(
        "请停用该终端并送检：日志可能被改动，或磁盘被换回旧的。",
        "Take the terminal out of service to be examined: altered, or an older disk was put back.",
    ),
)
JOURNAL_NO_KEY = Fault(
    code="journal-no-key",
    title=Text("本机没有打开日志的密钥", "The key that opens journals is not on this host"),
    hint=Text("请装入该地区的 journal 密钥后重新启动。", "Load the region's journal key, then start again."),
)
FINDING_UNKNOWN = Fault(
    code="finding-unknown",
    title=Text("没有这项待核查的事项", "There is no such finding, or it is decided"),
    hint=Text("请用 ecard terminal findings 查看。", "See them with ecard terminal findings."),
)
