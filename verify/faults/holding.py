"""Faults of what a terminal holds: its directory, its trust, its status lists, its clock and its memory (FORMATS sections 2 to 5)."""

from __future__ import annotations

from codes.errors import Text
from codes.reasons import Reason
from verify.faults.kinds import DISK, IMPORT, RENEW, SET_CLOCK, unfit

STATE_MISSING = unfit(
    "state-missing",
    "这里没有终端状态目录",
    "There is no terminal state here",
    Text("请先用 ecard-terminal init 建立状态目录。", "Make it first with ecard-terminal init."),
)
STATE_EXISTS = unfit(
    "state-exists",
    "目标目录不是空的",
    "The directory is not empty",
    Text("请另选一个空目录，或先移走原有内容。", "Choose an empty directory, or move what is there away first."),
)
STATE_DAMAGED = unfit("state-damaged", "终端状态目录已损坏", "The terminal state is damaged", RENEW)
STATE_VERSION = unfit(
    "state-version",
    "终端状态目录由另一版本的程序写成",
    "The terminal state was written by another version of this program",
    Text("请使用相应版本的程序，或重新建立状态目录。", "Use the version that wrote it, or make the state again."),
)
STATE_LOCKED = unfit(
    "state-locked",
    "另一个进程正在使用终端状态目录",
    "Another process is using the terminal state",
    Text(
        "请等另一个进程结束；同一目录同时只能有一个 scan 和一个 import。",
        "Wait for the other process to end; one directory serves one scan and one import at a time.",
    ),
)
STATE_UNREADABLE = unfit("state-unreadable", "终端状态目录无法读取", "The terminal state cannot be read", DISK)
STATE_UNWRITABLE = unfit("state-unwritable", "终端状态目录无法写入", "The terminal state cannot be written", DISK)
SCENE_UNKNOWN = unfit(
    "scene-unknown",
    "签名的场景规则里没有这个场景",
    "No signed scene rules define this scene",
    Text("请核对场景名；新场景须先由所在地区发布，再导入本机。", "Check the name; a new scene must be published by its region and imported first."),
)
SCENE_AMBIGUOUS = unfit(
    "scene-ambiguous",
    "两个地区都定义了这个场景",
    "More than one region defines this scene",
    Text("请在 ecard-terminal init 时用 --region 指明地区。", "Name the region with --region when making the state with ecard-terminal init."),
)
CLOCK_BELOW_FLOOR = unfit(
    "clock-below-floor", "本机时间早于已签名的时间", "This terminal's clock is behind a signed time it has seen", SET_CLOCK, Reason.CLOCK_UNTRUSTED
)
REPLAY_CLOCK = unfit(
    "replay-clock",
    "本机时间倒退过多，无法判断码是否用过",
    "The clock went back beyond what the replay memory still holds",
    SET_CLOCK,
    Reason.CLOCK_UNTRUSTED,
)
REPLAY_CUT = unfit(
    "replay-cut",
    "通行记录不全（曾断电、文件受损或已清理），此前生成的码不能采信",
    "Acceptances may have been lost (power cut, damaged file) or cleared away; codes made before then are not judged",
    Text("请持卡人等新码出现再扫一次，不超过两分钟即恢复。", "Let the holder wait for a new code and scan again; this passes within two minutes."),
)
REPLAY_FULL = unfit(
    "replay-full",
    "通行记录已满",
    "The replay memory is full of acceptances that must still be remembered",
    Text("请稍候再试；若经常出现，请把人流分到更多终端。", "Try again shortly; if it happens often, spread the passengers over more terminals."),
)
REPLAY_DAMAGED = unfit(
    "replay-damaged",
    "通行记录文件已损坏",
    "The replay memory's file is damaged",
    Text(
        "请删除状态目录里的 replay 文件，然后重试；此前生成的码须请持卡人换新码。",
        "Delete the file named replay in the state directory and start again; codes made before that are not judged, new ones are.",
    ),
)
ANSWERS_UNWRITABLE = unfit(
    "answers-unwritable",
    "结论无法写到标准输出",
    "Answers cannot be written to standard output",
    Text("请检查接收结论的文件、管道或磁盘空间，然后重新启动。", "Check the file, pipe or disk that takes the answers, then start again."),
)
TRUST_ABSENT = unfit("trust-absent", "本机还没有验证数据", "This terminal holds no trust data yet", IMPORT)
TRUST_DAMAGED = unfit("trust-damaged", "本机的验证数据已损坏", "The trust data that this terminal holds no longer verifies", RENEW)
STATUS_DAMAGED = unfit("status-damaged", "本机的停用名单已损坏", "The status list that this terminal holds no longer verifies", IMPORT)
