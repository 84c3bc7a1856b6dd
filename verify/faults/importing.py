"""Faults of what somebody wanted to import: nothing of it is taken, no scan ever meets it."""

from __future__ import annotations

from codes.errors import Text
from verify.faults.kinds import AGAIN, ALARM, SET_CLOCK, unimported

TRUST_ROOT = unimported(
    "trust-root",
    "这不是可用的信任根文件",
    "This is not a usable trust root",
    Text("请从发布机构当面或经可靠途径取得 root.json。", "Get root.json from its publisher in person or by another way you can rely on."),
)
TRUST_FILE_MISSING = unimported("trust-file-missing", "缺少验证数据文件", "A trust metadata file is missing", AGAIN)
TRUST_TARGET_MISSING = unimported("trust-target-missing", "缺少验证数据所列的文件", "A file that the trust metadata calls for is missing", AGAIN)
TRUST_SHAPE = unimported("trust-shape", "验证数据文件无法解读", "A trust metadata file cannot be read", AGAIN)
TRUST_UNSIGNED = unimported("trust-unsigned", "验证数据的签名不对或不够数", "Trust metadata is forged or signed by fewer keys than it must be", ALARM)
TRUST_MISMATCH = unimported("trust-mismatch", "验证数据的各部分不是同一套", "The parts of the trust data do not belong together", ALARM)
TRUST_ROLLED_BACK = unimported("trust-rolled-back", "验证数据比本机的旧", "The trust data is older than what this terminal has seen", AGAIN)
TRUST_PAST_EXPIRY = unimported("trust-past-expiry", "要导入的验证数据已过期", "The trust data to import is past its expiry", AGAIN)
TRUST_TIME = unimported("trust-time", "验证数据的签发时间缺失或不合理", "The trust data's signing time is missing or impossible", ALARM)
TRUST_FOREIGN = unimported("trust-foreign", "某地区的文件冒用了别的地区", "A region's document speaks for another region", ALARM)
STATUS_KEY_UNKNOWN = unimported(
    "status-key-unknown", "停用名单的签名密钥不在信任名单内", "The status list names a key that its region has not published", ALARM
)
STATUS_KEY_PERIOD = unimported(
    "status-key-period", "停用名单签发时其密钥不在有效期内", "The status list's key was not valid when it was signed", ALARM
)
STATUS_FOREIGN = unimported("status-foreign", "停用名单不在该地区的编号范围内", "The status list lies outside every region's shard numbers", ALARM)
STATUS_ROLLED_BACK = unimported("status-rolled-back", "停用名单比本机的旧", "The status list is older than the one this terminal holds", AGAIN)
STATUS_EQUIVOCATION = unimported(
    "status-equivocation", "同一时刻有两份不同的停用名单", "Two different status lists claim the same signing time", ALARM
)
STATUS_FROM_FUTURE = unimported("status-from-future", "停用名单的签发时间远在未来", "The status list was signed far in the future", SET_CLOCK)
IMPORT_UNREADABLE = unimported(
    "import-unreadable",
    "要导入的路径无法读取",
    "The path to import cannot be read",
    Text("请检查路径、U 盘和权限，然后重试。", "Check the path, the stick and the permissions, then try again."),
)
SCAN_UNREADABLE = unimported(
    "scan-unreadable",
    "标准输入无法读取",
    "Standard input cannot be read",
    Text("请把扫码设备或文件接到标准输入，然后重试。", "Connect a scanner or a file to standard input, then try again."),
)
IMPORT_NOTHING = unimported(
    "import-nothing",
    "这里没有可导入的文件",
    "There is nothing to import here",
    Text(
        "请指向发布目录：内含 metadata 和 targets，或 status 里的 .cwt 文件。",
        "Point at the published folder: it holds metadata and targets, or .cwt files, loose or in status.",
    ),
)
IMPORT_LINK = unimported(
    "import-link",
    "文件是链接或特殊文件，不予读取",
    "A link or a special file is not read",
    Text("请复制真实的文件到 U 盘，再导入。", "Copy the real file to the stick, then import."),
)
IMPORT_TOO_LARGE = unimported("import-too-large", "文件超出允许的大小", "A file is larger than it may be", ALARM)
IMPORT_TOO_MANY = unimported(
    "import-too-many",
    "文件数量超出上限",
    "There are more files than a terminal takes",
    Text("请只导入发布机构的文件。", "Import the publisher's files only."),
)
