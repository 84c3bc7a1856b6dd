"""Every fault that a terminal can meet in its own decision and in its own state.

One constant per fault; codes are wire vocabulary: append, never rename, never reuse. `docs/errors.md` is generated from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes.errors import Fault, Text
from codes.reasons import TABLE, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.errors import Fact


def _decision(code: str, reason: Reason, zh: str, en: str) -> Fault:
    """A fault of the decision: what to do next is the reason's own action."""
    return Fault(code=code, title=Text(zh, en), hint=TABLE[reason].action, reason=reason)


# The decision (FORMATS section 2, in the order of its steps)
TRUST_EXPIRED = _decision("trust-expired", Reason.TRUST_STALE, "验证数据已过期", "The trust data is out of date")
ISSUER_UNKNOWN = _decision("issuer-unknown", Reason.UNKNOWN_ISSUER, "没有这个签发密钥", "No issuer key has this region and key id")
ISSUER_KEY_PERIOD = _decision("issuer-key-period", Reason.ISSUER_OUT_OF_SCOPE, "签发密钥此刻不在有效期内", "The issuer key is not valid now")
ISSUER_KEY_PROFILE = _decision(
    "issuer-key-profile", Reason.ISSUER_OUT_OF_SCOPE, "签发密钥无权签发这类凭证", "The issuer key may not sign this profile"
)
ISSUER_KEY_LIFE = _decision(
    "issuer-key-life", Reason.ISSUER_OUT_OF_SCOPE, "凭证有效期超出签发密钥的上限", "The credential lives longer than its issuer key may sign"
)
ISSUER_KEY_MAX_AGE = _decision(
    "issuer-key-max-age",
    Reason.ISSUER_OUT_OF_SCOPE,
    "码的有效时长超出签发密钥的上限",
    "Codes of this credential would live longer than its issuer key may sign",
)
ISSUER_NOT_HERE = _decision(
    "issuer-not-here", Reason.NOT_RECOGNISED_HERE, "本场景不认可该地区的卡", "This scene does not recognise cards of that region"
)
CREDENTIAL_EXPIRED = _decision("credential-expired", Reason.CREDENTIAL_EXPIRED, "凭证已过期", "The credential has expired")
CREDENTIAL_NOT_YET_VALID = _decision("credential-not-yet-valid", Reason.CREDENTIAL_NOT_YET_VALID, "凭证尚未生效", "The credential is not valid yet")
AUDIENCE_OTHER = _decision("audience-other", Reason.WRONG_SCENE, "码的用途与本场景不符", "The code is made for another class of scene")
AUDIENCE_PROFILE = _decision(
    "audience-profile", Reason.WRONG_SCENE, "这类凭证不能用于该用途", "A credential of this profile cannot serve that audience"
)
CHALLENGE_MISSING = _decision(
    "challenge-missing", Reason.CHALLENGE_MISMATCH, "码没有回答本机的核验码", "The code carries no answer to a challenge that is required"
)
CHALLENGE_UNASKED = _decision(
    "challenge-unasked", Reason.CHALLENGE_MISMATCH, "码带有本机未出示的核验码", "The code carries a challenge that was not asked for"
)
CHALLENGE_OTHER = _decision("challenge-other", Reason.CHALLENGE_MISMATCH, "码回答的不是本机的核验码", "The code answers another challenge")
CODE_EXPIRED = _decision("code-expired", Reason.CODE_EXPIRED, "码已过期", "The code is older than its window")
CODE_FROM_FUTURE = _decision("code-from-future", Reason.CODE_FROM_FUTURE, "码的时间在未来", "The code was made in the future")
STATUS_ELSEWHERE = _decision(
    "status-elsewhere",
    Reason.ISSUER_OUT_OF_SCOPE,
    "状态位置不属于该签发机构或该类凭证",
    "The status list belongs to another issuer or another profile",
)
STATUS_SUSPENDED = _decision("status-suspended", Reason.SUSPENDED, "已挂失或暂停使用", "Reported lost or paused")
STATUS_FROZEN = _decision("status-frozen", Reason.FROZEN, "已被冻结", "Frozen by the authority")
STATUS_REVOKED = _decision("status-revoked", Reason.REVOKED, "凭证已作废", "Ended for good")
STATUS_MISSING = _decision(
    "status-missing", Reason.STATUS_STALE, "本机没有对应的停用名单", "This terminal does not hold the status list that answers for this code"
)
STATUS_TOO_OLD = _decision("status-too-old", Reason.STATUS_STALE, "停用名单过旧", "The status list is older than this scene judges by")
STATUS_CHECK_ONLINE = _decision(
    "status-check-online", Reason.CHECK_ONLINE, "停用名单偏旧，须联网核对", "The status list is old enough that this code must be checked online"
)
DELEGATE_NOT_HERE = _decision("delegate-not-here", Reason.NOT_RECOGNISED_HERE, "本场景不接受代办", "This scene does not accept a relative's code")
FARE_NOT_HERE = _decision("fare-not-here", Reason.NOT_RECOGNISED_HERE, "本场景没有这类票价", "This scene has no meaning for this fare class")
CHIP_NOT_HERE = _decision("chip-not-here", Reason.NOT_RECOGNISED_HERE, "本场景不读芯片", "This scene does not take chips")
SCENE_ONLINE = _decision("scene-online", Reason.CHECK_ONLINE, "本场景须联网核对", "This scene checks every code online")
REPLAYED = _decision("replayed", Reason.REPLAYED, "刚才已扫过", "This credential was accepted a moment ago")


# The terminal's own state: its directory, its trust, its status lists, its clock and its memory (FORMATS sections 2 to 5)
_AGAIN = Text(
    "请向发布机构重新获取签名文件再导入；本机原有数据保持不变。",
    "Fetch the signed files again from their publisher and import them; what this terminal held is kept.",
)
_ALARM = Text(
    "请勿使用这份文件，并告知发布机构：文件可能被替换或改动；本机原有数据保持不变。",
    "Do not use these files and tell their publisher: they may have been swapped or altered; what this terminal held is kept.",
)
_IMPORT = Text("请用 ecard-terminal import 导入发布机构的文件。", "Import the publisher's files with ecard-terminal import.")
_RENEW = Text(
    "请把状态目录移走，再用 ecard-terminal init 和 import 重新建立。",
    "Move the state directory away and make it again with ecard-terminal init and import.",
)
_DISK = Text("请检查磁盘空间和目录权限，然后重试。", "Check the disk's free space and the directory's permissions, then try again.")
_SET_CLOCK = Text("请校准本机时间，然后重试。", "Set this terminal's clock, then try again.")


def _unfit(code: str, zh: str, en: str, hint: Text, reason: Reason = Reason.TERMINAL_NOT_READY) -> Fault:
    """A fault of the terminal itself: a scan that meets it is inconclusive."""
    return Fault(code=code, title=Text(zh, en), hint=hint, reason=reason)


def _import(code: str, zh: str, en: str, hint: Text) -> Fault:
    """A fault of what somebody wanted to import: nothing of it is taken, no scan ever meets it."""
    return Fault(code=code, title=Text(zh, en), hint=hint)


STATE_MISSING = _unfit(
    "state-missing",
    "这里没有终端状态目录",
    "There is no terminal state here",
    Text("请先用 ecard-terminal init 建立状态目录。", "Make it first with ecard-terminal init."),
)
STATE_EXISTS = _unfit(
    "state-exists",
    "目标目录不是空的",
    "The directory is not empty",
    Text("请另选一个空目录，或先移走原有内容。", "Choose an empty directory, or move what is there away first."),
)
STATE_DAMAGED = _unfit("state-damaged", "终端状态目录已损坏", "The terminal state is damaged", _RENEW)
STATE_VERSION = _unfit(
    "state-version",
    "终端状态目录由另一版本的程序写成",
    "The terminal state was written by another version of this program",
    Text("请使用相应版本的程序，或重新建立状态目录。", "Use the version that wrote it, or make the state again."),
)
STATE_LOCKED = _unfit(
    "state-locked",
    "另一个进程正在使用终端状态目录",
    "Another process is using the terminal state",
    Text(
        "请等另一个进程结束；同一目录同时只能有一个 scan 和一个 import。",
        "Wait for the other process to end; one directory serves one scan and one import at a time.",
    ),
)
STATE_UNREADABLE = _unfit("state-unreadable", "终端状态目录无法读取", "The terminal state cannot be read", _DISK)
STATE_UNWRITABLE = _unfit("state-unwritable", "终端状态目录无法写入", "The terminal state cannot be written", _DISK)
SCENE_UNKNOWN = _unfit(
    "scene-unknown",
    "签名的场景规则里没有这个场景",
    "No signed scene rules define this scene",
    Text("请核对场景名；新场景须先由所在地区发布，再导入本机。", "Check the name; a new scene must be published by its region and imported first."),
)
SCENE_AMBIGUOUS = _unfit(
    "scene-ambiguous",
    "两个地区都定义了这个场景",
    "More than one region defines this scene",
    Text("请在 ecard-terminal init 时用 --region 指明地区。", "Name the region with --region when making the state with ecard-terminal init."),
)
CLOCK_BELOW_FLOOR = _unfit(
    "clock-below-floor", "本机时间早于已签名的时间", "This terminal's clock is behind a signed time it has seen", _SET_CLOCK, Reason.CLOCK_UNTRUSTED
)
REPLAY_CLOCK = _unfit(
    "replay-clock",
    "本机时间倒退过多，无法判断码是否用过",
    "The clock went back beyond what the replay memory still holds",
    _SET_CLOCK,
    Reason.CLOCK_UNTRUSTED,
)
REPLAY_CUT = _unfit(
    "replay-cut",
    "通行记录不全（曾断电、文件受损或已清理），此前生成的码不能采信",
    "Acceptances may have been lost (power cut, damaged file) or cleared away; codes made before then are not judged",
    Text("请持卡人等新码出现再扫一次，不超过两分钟即恢复。", "Let the holder wait for a new code and scan again; this passes within two minutes."),
)
REPLAY_FULL = _unfit(
    "replay-full",
    "通行记录已满",
    "The replay memory is full of acceptances that must still be remembered",
    Text("请稍候再试；若经常出现，请把人流分到更多终端。", "Try again shortly; if it happens often, spread the passengers over more terminals."),
)
REPLAY_DAMAGED = _unfit(
    "replay-damaged",
    "通行记录文件已损坏",
    "The replay memory's file is damaged",
    Text(
        "请删除状态目录里的 replay 文件，然后重试；此前生成的码须请持卡人换新码。",
        "Delete the file named replay in the state directory and start again; codes made before that are not judged, new ones are.",
    ),
)
ANSWERS_UNWRITABLE = _unfit(
    "answers-unwritable",
    "结论无法写到标准输出",
    "Answers cannot be written to standard output",
    Text("请检查接收结论的文件、管道或磁盘空间，然后重新启动。", "Check the file, pipe or disk that takes the answers, then start again."),
)
TRUST_ABSENT = _unfit("trust-absent", "本机还没有验证数据", "This terminal holds no trust data yet", _IMPORT)
TRUST_DAMAGED = _unfit("trust-damaged", "本机的验证数据已损坏", "The trust data that this terminal holds no longer verifies", _RENEW)
STATUS_DAMAGED = _unfit("status-damaged", "本机的停用名单已损坏", "The status list that this terminal holds no longer verifies", _IMPORT)

TRUST_ROOT = _import(
    "trust-root",
    "这不是可用的信任根文件",
    "This is not a usable trust root",
    Text("请从发布机构当面或经可靠途径取得 root.json。", "Get root.json from its publisher in person or by another way you can rely on."),
)
TRUST_FILE_MISSING = _import("trust-file-missing", "缺少验证数据文件", "A trust metadata file is missing", _AGAIN)
TRUST_TARGET_MISSING = _import("trust-target-missing", "缺少验证数据所列的文件", "A file that the trust metadata calls for is missing", _AGAIN)
TRUST_SHAPE = _import("trust-shape", "验证数据文件无法解读", "A trust metadata file cannot be read", _AGAIN)
TRUST_UNSIGNED = _import("trust-unsigned", "验证数据的签名不对或不够数", "Trust metadata is forged or signed by fewer keys than it must be", _ALARM)
TRUST_MISMATCH = _import("trust-mismatch", "验证数据的各部分不是同一套", "The parts of the trust data do not belong together", _ALARM)
TRUST_ROLLED_BACK = _import("trust-rolled-back", "验证数据比本机的旧", "The trust data is older than what this terminal has seen", _AGAIN)
TRUST_PAST_EXPIRY = _import("trust-past-expiry", "要导入的验证数据已过期", "The trust data to import is past its expiry", _AGAIN)
TRUST_TIME = _import("trust-time", "验证数据的签发时间缺失或不合理", "The trust data's signing time is missing or impossible", _ALARM)
TRUST_FOREIGN = _import("trust-foreign", "某地区的文件冒用了别的地区", "A region's document speaks for another region", _ALARM)
STATUS_KEY_UNKNOWN = _import(
    "status-key-unknown", "停用名单的签名密钥不在信任名单内", "The status list names a key that its region has not published", _ALARM
)
STATUS_KEY_PERIOD = _import("status-key-period", "停用名单签发时其密钥不在有效期内", "The status list's key was not valid when it was signed", _ALARM)
STATUS_FOREIGN = _import("status-foreign", "停用名单不在该地区的编号范围内", "The status list lies outside every region's shard numbers", _ALARM)
STATUS_ROLLED_BACK = _import("status-rolled-back", "停用名单比本机的旧", "The status list is older than the one this terminal holds", _AGAIN)
STATUS_EQUIVOCATION = _import("status-equivocation", "同一时刻有两份不同的停用名单", "Two different status lists claim the same signing time", _ALARM)
STATUS_FROM_FUTURE = _import("status-from-future", "停用名单的签发时间远在未来", "The status list was signed far in the future", _SET_CLOCK)
IMPORT_UNREADABLE = _import(
    "import-unreadable",
    "要导入的路径无法读取",
    "The path to import cannot be read",
    Text("请检查路径、U 盘和权限，然后重试。", "Check the path, the stick and the permissions, then try again."),
)
SCAN_UNREADABLE = _import(
    "scan-unreadable",
    "标准输入无法读取",
    "Standard input cannot be read",
    Text("请把扫码设备或文件接到标准输入，然后重试。", "Connect a scanner or a file to standard input, then try again."),
)
IMPORT_NOTHING = _import(
    "import-nothing",
    "这里没有可导入的文件",
    "There is nothing to import here",
    Text(
        "请指向发布目录：内含 metadata 和 targets，或 status 里的 .cwt 文件。",
        "Point at the published folder: it holds metadata and targets, or .cwt files, loose or in status.",
    ),
)
IMPORT_LINK = _import(
    "import-link",
    "文件是链接或特殊文件，不予读取",
    "A link or a special file is not read",
    Text("请复制真实的文件到 U 盘，再导入。", "Copy the real file to the stick, then import."),
)
IMPORT_TOO_LARGE = _import("import-too-large", "文件超出允许的大小", "A file is larger than it may be", _ALARM)
IMPORT_TOO_MANY = _import(
    "import-too-many",
    "文件数量超出上限",
    "There are more files than a terminal takes",
    Text("请只导入发布机构的文件。", "Import the publisher's files only."),
)


def told(fault: Fault, facts: Mapping[str, Fact]) -> dict[str, Any]:
    """A fault for programs and people: code, what it is, what to do, the facts of the case."""
    return {"code": fault.code, "title": fault.title._asdict(), "hint": fault.hint._asdict(), "facts": dict(facts)}
