"""Faults of the status chain: what is not taken, what a folder has lost, and trust that its publisher calls too old (STATUS section 5)."""

from __future__ import annotations

from codes.errors import Text
from codes.reasons import Reason
from verify.faults.kinds import AGAIN, ALARM, unfit, unimported

CHAIN_EPOCH = unimported(
    "chain-epoch",
    "名单链的期号与验证数据所定的不符",
    "The object belongs to another epoch of the status chain than the region's trust documents name",
    Text(
        "请先更新验证数据，再取得该期的快照；本机原有名单保持不变。",
        "Bring the trust data up to date first, then take a snapshot of that epoch; the lists held here stay as they are.",
    ),
)
CHAIN_EQUIVOCATION = unimported(
    "chain-equivocation", "名单链的同一版本有两种内容", "Two different lists claim to be the same version of the status chain", ALARM
)
CHAIN_ROLLED_BACK = unimported(
    "chain-rolled-back", "名单链的版本低于本机曾有的版本", "The version of the status chain is older than what this terminal has held", AGAIN
)
EXPORT_UNWRITABLE = unimported(
    "export-unwritable",
    "导出的文件无法写入",
    "What is to be handed on cannot be written",
    Text(
        "请检查 U 盘的空间和权限，或换一个目录，然后重试。",
        "Check the stick's free space and its permissions, or name another folder, then try again.",
    ),
)
CHAIN_DAMAGED = unfit(
    "chain-damaged",
    "名单链有分片损坏，须先修复",
    "A shard of the status chain is damaged on this terminal and must be mended first",
    Text(
        "请联网同步以修复该分片，或导入最新快照；其他分片照常使用。",
        "Synchronise to mend that shard, or import the newest snapshot; all other shards stay in use.",
    ),
)
TRUST_BEHIND = unfit(
    "trust-behind",
    "本机的验证数据低于名单发布方要求的版本",
    "The trust data is older than the publisher of the status lists demands",
    Text(
        "请同步或导入该地区最新的验证数据；在此之前不作“通过”判断。",
        "Synchronise or import the newest trust data of that region; until then nobody is accepted by it.",
    ),
    Reason.TRUST_STALE,
)
