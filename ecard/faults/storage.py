"""Faults of the store's own bookkeeping: repeated requests, outgoing messages, backups."""

from __future__ import annotations

from codes.errors import Fault, Text

OUTCOME_UNKNOWN = Fault(
    code="outcome-unknown",
    title=Text("提交时失去数据库，结果未知", "The database was lost while it committed: the outcome is unknown"),
    hint=Text(
        "请用同一个请求编号把同一请求再发一次：已办成的会返回原结果，未办成的会重新办理。",
        "Send the same request again under the same key: if it was done its answer comes back, if not it is done now.",
    ),
)
DISK_FULL = Fault(
    code="disk-full",
    title=Text("磁盘已满，没有写入", "The disk is full: nothing was written"),
    hint=Text(
        "请在档案所在磁盘上腾出空间，然后把同一请求再发一次；已确认的内容没有丢失。",
        "Make room on the disk of the record, then send the same request again; nothing that was acknowledged is lost.",
    ),
)
RECORD_READ_ONLY = Fault(
    code="record-read-only",
    title=Text("磁盘空间不足，档案暂时只能查看", "There is too little room on the disk: the record can be looked at only"),
    hint=Text(
        "查询和核对照常；请腾出空间，再运行 ecard tick，备用空间恢复后即可办理。",
        "Looking and verifying go on; make room, then run ecard tick: once the reserve is laid in again, work goes on.",
    ),
)
REQUEST_KEY = Fault(
    code="request-key",
    title=Text("请求编号格式不对", "The key of the request is not one"),
    hint=Text("请使用 16 到 128 个可见 ASCII 字符的随机编号。", "Use a random one of 16 to 128 printable ASCII characters."),
)
REQUEST_KEY_REUSED = Fault(
    code="request-key-reused",
    title=Text("此请求编号已用于另一项请求", "This key belongs to another request"),
    hint=Text("请为每项新的请求取一个新的编号。", "Take a fresh key for every new request."),
)
REQUEST_UNFINISHED = Fault(
    code="request-unfinished",
    title=Text("此编号的请求还没有办完，或在中途停止", "The request with this key is under way, or stopped half-way"),
    hint=Text(
        "请稍后再问；若仍如此，请换新的编号和新的一次性数重新开始，之前没有发出任何凭证。",
        "Ask again a little later; if it stays so, start over with a fresh key and nonce: no credential was handed over.",
    ),
)
ANSWER_UNREADABLE = Fault(
    code="answer-unreadable",
    title=Text("保存的结果无法读取", "The stored answer does not open"),
    hint=Text("请查询卡片当前状态；该请求已经办成，不要重复办理。", "Look at the card's present state: the request was done, do not do it again."),
)
CHANNEL_FAILED = Fault(
    code="channel-failed",
    title=Text("消息没有送出", "The message could not be delivered"),
    hint=Text("请检查通道设置；系统会自动重试。", "Check the settings of the channel; it is tried again by itself."),
)
BACKUP_EXISTS = Fault(
    code="backup-exists",
    title=Text("目标位置已有内容", "There is something in that place already"),
    hint=Text("请另选一个不存在的文件或空的数据库。", "Choose a file that does not exist, or a database that is empty."),
)
BACKUP_BROKEN = Fault(
    code="backup-broken",
    title=Text("备份无法恢复或与核对结果不符", "The backup cannot be restored, or does not check out"),
    hint=Text("请改用另一份备份，并保留这份供检查。", "Use another backup, and keep this one to be examined."),
)
TOOL_MISSING = Fault(
    code="database-tool-missing",
    title=Text("缺少 PostgreSQL 客户端程序", "A client program of PostgreSQL is missing"),
    hint=Text("请安装 postgresql-client，版本不低于服务器。", "Install postgresql-client, not older than the server."),
)
