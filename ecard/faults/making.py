"""Faults of cards made in numbers: batch files, applications that wait for approval, production, hand-out, service points and the list of items."""

from __future__ import annotations

from codes.errors import Fault, Text

_SAVE_AGAIN = Text(
    "请在电子表格软件中另存为 .xlsx 或“CSV UTF-8”后重新提交。", "Save it again as .xlsx or as CSV UTF-8 in the spreadsheet program, then submit it."
)
_MEND_ROW = Text("请在退回的表中改正此行后重新提交。", "Correct this row in the file that was sent back, then submit that file.")
_APPLICATIONS = Text("请重新查询申请的当前状态后再办理。", "Look at the application's present state, then try again.")
_STOCK = Text("请查看领卡登记簿中此卡的当前状态。", "Look at the register for where this card is now.")

# A file with rows
TABLE_FORMAT = Fault(
    code="table-format",
    title=Text("文件不是可读的 CSV 或 XLSX 表格", "The file is not a readable CSV or XLSX table"),
    hint=_SAVE_AGAIN,
)
TABLE_ENCODING = Fault(
    code="table-encoding",
    title=Text("文件的文字编码既不是 UTF-8 也不是 GB18030", "The text of the file is neither UTF-8 nor GB18030"),
    hint=_SAVE_AGAIN,
)
TABLE_TOO_LARGE = Fault(
    code="table-too-large",
    title=Text("文件过大或行数过多", "The file is too large or has too many rows"),
    hint=Text("请分成几个较小的文件提交。", "Split it into smaller files and submit them one by one."),
)
TABLE_COLUMNS = Fault(
    code="table-columns",
    title=Text("表头的列不对", "The columns of the heading are not those of the form"),
    hint=Text(
        "请使用下发的表格模板，不增列、不缺列、不重列。", "Use the template: no column missing, none twice, and none that the form does not ask for."
    ),
    article="HZ-8",
)
ROW_CELL = Fault(
    code="row-cell",
    title=Text("单元格内容不可用", "A cell holds a formula, an error, a control character, or too much"),
    hint=Text("请在单元格中填写纯文本后重新提交。", "Put plain text into the cell, then submit the file again."),
)
ROW_SHAPE = Fault(code="row-shape", title=Text("此行的单元格多于表头的列", "The row has more cells than the heading has columns"), hint=_MEND_ROW)
ROW_ROUNDED = Fault(
    code="row-number-rounded",
    title=Text("号码以数值保存，末几位已被电子表格抹掉", "The number was stored as a numeric value, so the spreadsheet has lost its last digits"),
    hint=Text("请把该列设为“文本”格式，再对照证件重新输入号码。", "Format the column as text and enter the number again from the document."),
)
ROW_IDENTITY_TYPE = Fault(
    code="row-identity-type",
    title=Text("证件类型不在可受理之列", "This kind of document is not one that is accepted"),
    hint=Text(
        "请填写“居民身份证”等模板所列的类型；留空即为居民身份证。",
        "Use one of the kinds in the template; an empty cell means resident identity card.",
    ),
)
ROW_DATE = Fault(
    code="row-date",
    title=Text("出生日期不存在，或与证件号码不符", "The birth date does not exist, or is not the one in the identity number"),
    hint=Text("请对照证件填写，例如 1990-03-07。", "Enter it as the document shows it, for example 1990-03-07."),
)
ROW_PORTRAIT = Fault(
    code="row-portrait",
    title=Text("缺少照片，或同一照片用于两人", "The portrait is missing, or one portrait stands for two people"),
    hint=Text("请为每人填写各自照片的文件名。", "Give each person the file name of their own portrait."),
    article="ZS-15",
)
ROW_DUPLICATE = Fault(
    code="row-duplicate",
    title=Text("此人在本文件中已出现过", "This person already stands in an earlier row of the file"),
    hint=Text("一人一卡；请删去重复的行。", "One person, one card: take out the row that repeats."),
    article="CQ-5a",
)

# Applications that wait for a second person
APPLICATION_OPEN = Fault(
    code="application-open",
    title=Text("此人已有申请正在等待审批", "An application for this person is already waiting for approval"),
    hint=Text("请等待审批结果，无需重复提交。", "Wait for the decision; there is no need to submit it again."),
    article="CQ-5a",
)
APPLICATION_UNKNOWN = Fault(code="application-unknown", title=Text("查无此申请", "No such application"), hint=_APPLICATIONS)
APPLICATION_DECIDED = Fault(
    code="application-decided", title=Text("此申请已有另外的决定", "This application was decided otherwise"), hint=_APPLICATIONS
)
BATCH_UNKNOWN = Fault(
    code="batch-unknown",
    title=Text("查无此批次", "No such batch"),
    hint=Text("请核对批次编号，或先提交文件。", "Check the batch's reference, or submit the file first."),
)
BATCH_DIFFERS = Fault(
    code="batch-differs",
    title=Text("同一文件已按另一网点或单位提交", "The same file was submitted for another service point or employer"),
    hint=Text("请按首次提交时的网点和单位继续。", "Go on with the service point and the employer it was first submitted for."),
)

# Service points
POINT_UNKNOWN = Fault(
    code="service-point-unknown",
    title=Text("不是本地区指定的服务网点", "This is not a designated service point of the region"),
    hint=Text("请到指定的服务网点办理；新网点须由主管登记。", "Go to a designated point; a new one has to be registered by a supervisor."),
    article="HZ-9a",
)
POINT_DIFFERS = Fault(
    code="service-point-differs",
    title=Text("此编号已登记为另一个服务网点，或已停办", "This reference belongs to another service point, or to one that was closed"),
    hint=Text("请换一个网点编号；编号不会重复使用。", "Take another reference; one that was used is not used again."),
)

# Production and stock
ORDER_EMPTY = Fault(
    code="order-empty",
    title=Text("没有待制的卡", "There is no card to be made"),
    hint=Text("请先审批申请；在制的卡不会重复下单。", "Approve applications first; what is being made is not ordered twice."),
)
ORDER_UNKNOWN = Fault(
    code="order-unknown",
    title=Text("查无此制卡单", "No such production order"),
    hint=Text("请与制卡单位核对制卡单编号。", "Check the order's reference with the card maker."),
)
NOT_IN_STOCK = Fault(code="not-in-stock", title=Text("网点没有这张卡", "The card is not in stock at this service point"), hint=_STOCK)
ORDER_LINE = Fault(
    code="order-line",
    title=Text("回盘行与制卡单不符", "A line of the return file does not agree with the order"),
    hint=Text("请与制卡单位逐行核对后重新回盘。", "Go through the line with the card maker, then take the corrected file in."),
)
NOT_EMPLOYERS = Fault(
    code="not-of-this-employer",
    title=Text("这张卡不是由该单位申领的", "This card was not applied for by that employer"),
    hint=Text("请由持卡人本人或其代理人领取。", "Let the holder, or a proxy of the holder, collect it."),
    article="CQ-25(3)-(5)",
)
KEPT_STILL = Fault(
    code="stock-kept-still",
    title=Text("期限未到", "The deadline of this card has not passed"),
    hint=Text("请等到期满，期间继续通知持卡人领卡。", "Wait until the deadline, and go on asking the holder to collect it."),
)

# The list of items
ITEM_LIST = Fault(
    code="item-list",
    title=Text("应用目录的内容不成立", "This list of items cannot be"),
    hint=Text("请改正所列项目后再提交。", "Correct the item that is named, then submit the list again."),
    article="CQ-14a",
)
ITEM_STEP = Fault(
    code="item-step",
    title=Text("目录的这一步现在不能办理", "This step of the list may not be taken now"),
    hint=Text("请按“拟订、决定、公布、备案”的顺序由相应机关办理。", "Take the steps in order, each by the body that it belongs to."),
    article="CQ-14a",
)
