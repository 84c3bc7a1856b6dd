"""Faults of assurance: receipts, checkpoints, erasure, and the book of policies."""

from __future__ import annotations

from codes.errors import Fault, Text

PAPER_NOT_SHOWN = Fault(
    code="paper-not-shown",
    title=Text("引用了未出示的材料", "A paper is cited that was not shown"),
    hint=Text("请把该材料也列入已核对的材料，或去掉它的编号。", "Name the paper among the evidence, too, or leave its reference out."),
)
RECEIPT_UNKNOWN = Fault(
    code="receipt-unknown",
    title=Text("没有这个编号的回执", "No receipt has this number"),
    hint=Text("请逐位核对回执上的 16 位编号。", "Compare the 16 characters of the number with the receipt, one by one."),
)
CHECKPOINT_SPLIT = Fault(
    code="checkpoint-split",
    title=Text("两份检查点不能同属一份记录", "Two checkpoints cannot belong to one record"),
    hint=Text(
        "请保留两份检查点作为证据，停止确认，并通知双方监督机构。",
        "Keep both checkpoints as evidence, confirm nothing more, and tell the supervisors of both regions.",
    ),
)
ERASURE_EARLY = Fault(
    code="erasure-early",
    title=Text("此人仍有有效的卡，不能清除身份资料", "This person still has a card, so the identity may not be erased"),
    hint=Text("请先办理注销，待保存期满后由保存期限任务清除。", "Cancel the card first; retention erases when the time for keeping is over."),
)
POLICY_TEXT = Fault(
    code="policy-text",
    title=Text("制度配置有未知或不合规的内容", "The book of policies says something that is unknown or not allowed"),
    hint=Text(
        "请改正所列的版本和条目后再启动；在此之前不会办理任何业务。",
        "Correct the edition and the entry that are named, then start again; nothing is done before.",
    ),
)
POLICY_NOT_IN_FORCE = Fault(
    code="policy-not-in-force",
    title=Text("此刻没有已生效的制度版本", "No edition of the policy is in force at this time"),
    hint=Text("请核对主机时钟和制度版本的生效日期。", "Check the clock of the host, and the days from which the editions are in force."),
    article="HZ-19",
)
