"""Faults of what the public says and what is owed to it: tickets, papers of staff, venues, grants of data."""

from __future__ import annotations

from codes.errors import Fault, Text

TICKET_TEXT = Fault(
    code="ticket-text",
    title=Text("填写的内容不完整或太长", "What was written is not complete, or too long"),
    hint=Text("请写明情况，4000 字以内；其余栏目可以不填。", "Say what happened in at most 4000 characters; everything else may stay empty."),
    article="ZZ-16a",
)
TICKET_UNKNOWN = Fault(
    code="ticket-unknown",
    title=Text("编号或查询口令不对", "Number and secret word do not belong together"),
    hint=Text(
        "请对照提交时显示的编号和口令再输一次；遗失口令的，请重新提交。",
        "Compare both with what was shown to you; if the word is lost, report again.",
    ),
    article="ZZ-16b",
)
TICKET_ANSWERED = Fault(
    code="ticket-answered",
    title=Text("这件投诉已经答复办结", "This ticket has been answered and closed"),
    hint=Text("答复不能改动；有新情况请另立一件，并注明原编号。", "An answer stands; take a new ticket for what is new, and name this one in it."),
    article="ZZ-16b",
)
TICKET_ANSWER = Fault(
    code="ticket-answer",
    title=Text("办结必须写明答复", "A ticket is closed by an answer, and this is none"),
    hint=Text("请写明查明的情况和处理结果，4000 字以内。", "Write what was found and what was done, in at most 4000 characters."),
    article="ZZ-16b",
)
STAFF_PAPER = Fault(
    code="staff-paper",
    title=Text("这份承诺书或培训记录不能登记", "This undertaking or training cannot be entered"),
    hint=Text(
        "签署日期不得晚于今天，且须由另一人登记；培训须在有效期内。",
        "It is signed no later than today and entered by another person; a training must not have run out.",
    ),
    article="ID-9a",
)
UNDERTAKING_MISSING = Fault(
    code="undertaking-missing",
    title=Text("尚未签署保密承诺书", "No confidentiality undertaking has been signed"),
    hint=Text("请先签署保密承诺书，由主管登记后再上岗。", "Sign the undertaking and have a supervisor enter it before working."),
    article="ID-9a",
)
TRAINING_MISSING = Fault(
    code="training-missing",
    title=Text("没有有效的培训记录", "There is no training that is still good"),
    hint=Text("请参加培训，由主管登记后再上岗。", "Be trained, and have a supervisor enter it before working."),
    article="CQ-21b",
)
VENUE_SHAPE = Fault(
    code="venue-shape",
    title=Text("场所登记内容不合规", "This is not how a venue is registered"),
    hint=Text("请核对代号、名称和设施名称。", "Check its reference, its name and the names of its facilities."),
    article="CQ-15b",
)
VENUE_UNKNOWN = Fault(
    code="venue-unknown",
    title=Text("没有这个在用的场所", "There is no such venue in use"),
    hint=Text("请核对场所代号，或先登记场所。", "Check its reference, or register it first."),
    article="CQ-15b",
)
VENUE_ITEM = Fault(
    code="venue-item",
    title=Text("终端只能受理现行清单上的事项", "A terminal serves items of the list in force, and no others"),
    hint=Text("请核对事项代号和清单的适用地区。", "Check the items, and whether they may be used in this region."),
    article="ZZ-8b",
)
GRANT_SHAPE = Fault(
    code="grant-shape",
    title=Text("共享授权的内容不合规", "Data cannot be granted on these terms"),
    hint=Text(
        "须写明事项、法律依据、字段、保密协议和一年以内的期限。",
        "Name the item, the legal basis, the fields, the signed agreement, and an end within a year.",
    ),
    article="CQ-18b",
)
GRANT_UNKNOWN = Fault(
    code="grant-unknown",
    title=Text("没有这项共享授权", "There is no such grant"),
    hint=Text("请核对授权编号。", "Check its reference."),
)
GRANT_NOT_IN_FORCE = Fault(
    code="grant-not-in-force",
    title=Text("这项共享授权未批准、已到期或已终止", "This grant is not approved, has run out, or was ended"),
    hint=Text("未经批准并签署保密协议，不提供任何数据。", "No data is given without an approval and a signed agreement."),
    article="ZS-7b",
)
GRANT_DELETION = Fault(
    code="grant-deletion",
    title=Text("删除证明不能登记", "This proof of deletion cannot be entered"),
    hint=Text(
        "授权终止或到期后方可登记；请附文号和证明文件的摘要。", "It follows the end of the grant, with a document and the digest of the proof."
    ),
    article="CQ-19a",
)
