"""Faults of the mirror between record and chip."""

from __future__ import annotations

from codes.errors import Fault, Text

CHIP_UNKNOWN = Fault(
    code="chip-unknown",
    title=Text("卡档中没有这枚芯片", "The record does not know this chip"),
    hint=Text(
        "请核对是否为本机构签发的卡；刚恢复过备份的，请先核对备份之后的制卡记录。",
        "Check that this office issued the card; after restoring a backup, look first at what was made since.",
    ),
)
CHIP_SETTLED = Fault(
    code="chip-settled",
    title=Text("芯片已是最新，没有待送达的指令", "There is nothing to tell this chip"),
    hint=Text("无须操作；如需确认，请重新读卡。", "Nothing needs doing; tap again to make sure."),
)
CHIP_LIVE_ONLY = Fault(
    code="chip-live-only",
    title=Text("这项指令须由芯片现场应答", "This can be told to the chip only live"),
    hint=Text(
        "请在联网的柜台插卡办理；预制指令只能挂失或冻结。", "Insert the card at a counter that is online; what is made beforehand can only stop it."
    ),
)
CHIP_NOT_APART = Fault(
    code="chip-not-apart",
    title=Text("这张卡没有待处理的芯片不符", "Nothing about this card's chip is to be settled"),
    hint=Text("请用 ecard chip show 查看该卡的芯片档案。", "Look at the chip's file with: ecard chip show."),
)
CHIP_NOT_IN_MAKING = Fault(
    code="chip-not-in-making",
    title=Text("这张卡没有正在制作的芯片", "No chip is being made for this card"),
    hint=Text(
        "请核对卡片；需要重制时请先办理换领或废卡重制。", "Check the card; to have another chip made, exchange it or have it made again first."
    ),
    article="ZS-3",
)
BLOCK_RECEIPTS = Fault(
    code="block-receipts",
    title=Text("回执文件无法读取", "The file of chip receipts cannot be read"),
    hint=Text("请使用 ecard-reader block 写出的文件，原样带回。", "Bring the file as ecard-reader block wrote it."),
)
