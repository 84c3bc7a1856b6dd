"""Every fault of readers and chips.

Codes are wire vocabulary (clients match them): append, never rename, never reuse. `docs/errors.md` is generated from here.
"""

from __future__ import annotations

from codes.errors import Fault, Text

_INSERT_AGAIN = Text("请取出卡片，重新插好再试。", "Take the card out, insert it again and retry.")
_SERVICE_POINT = Text("请到社保卡服务网点检查卡片。", "Have the card checked at a card service point.")
_MAKER = Text("请开发者对照 ISO/IEC 7816-4 检查所发的指令。", "For the maker of the program: compare the command with ISO/IEC 7816-4.")

# APDUs
APDU_SHAPE = Fault(code="apdu-shape", title=Text("指令格式不对", "This is not a command APDU"), hint=_MAKER)
CHIP_ANSWER = Fault(code="chip-answer", title=Text("芯片应答无法理解", "The chip's answer cannot be understood"), hint=_INSERT_AGAIN)

# Readers
_READER = Text(
    "请检查读卡器的连接；用 ecard-reader readers 可查看现有读卡器。", "Check the reader's plug; ecard-reader readers lists the readers that are here."
)
_SETTLE = Text(
    "结果未知：卡片可能已执行指令。请重新插卡，先读取卡片状态，再决定下一步。",
    "The outcome is unknown: the card may have acted. Insert it again and read its state before deciding anything.",
)
READER_SUPPORT = Fault(
    code="reader-support",
    title=Text("没有安装读卡器支持", "Support for readers is not installed"),
    hint=Text("请安装附加组件 reader（pyscard），并用 make deps 装好 pcscd。", "Install the extra `reader` (pyscard), and pcscd with make deps."),
)
READER_SERVICE = Fault(
    code="reader-service",
    title=Text("读卡器服务没有运行", "The reader service is not running"),
    hint=Text("请启动 pcscd；它恢复后会自动继续，已插入的卡需重新操作。", "Start pcscd; once it is back, begin again with the card."),
)
READER_MISSING = Fault(code="reader-missing", title=Text("找不到读卡器", "There is no such reader"), hint=_READER)
READER_BUSY = Fault(
    code="reader-busy",
    title=Text("读卡器正被另一个程序独占", "Another program holds the reader for itself"),
    hint=Text("请关闭另一个程序，或等它完成后再试。", "Close the other program, or wait until it is done, then retry."),
)
READER_SILENT = Fault(
    code="reader-silent",
    title=Text("芯片在限定时间内没有应答", "The chip did not answer within its time"),
    hint=Text(
        "请取出卡片；结果未知，重新插卡后先读取卡片状态。若读卡器仍无反应，请重新插拔读卡器。",
        "Take the card out; the outcome is unknown, so read its state first when it is back. If the reader stays silent, unplug and replug it.",
    ),
)
READER_FAILED = Fault(code="reader-failed", title=Text("读卡器出错", "The reader failed"), hint=_READER)
CARD_ABSENT = Fault(
    code="card-absent",
    title=Text("读卡器中没有卡", "There is no card in the reader"),
    hint=Text("请插入卡片，芯片朝向读卡器。", "Insert the card, chip towards the reader."),
)
CARD_MUTE = Fault(
    code="card-mute",
    title=Text("卡片没有正常启动", "The card does not start up"),
    hint=Text(
        "请检查卡片方向并擦净芯片；仍不行请到社保卡服务网点检查。",
        "Turn it the right way and wipe its contacts; else have it checked at a service point.",
    ),
)
OUTCOME_UNKNOWN = Fault(
    code="chip-outcome-unknown", title=Text("与芯片的通信中断", "The way to the chip broke in the middle of a command"), hint=_SETTLE
)
VIRTUAL_READER = Fault(
    code="virtual-reader",
    title=Text("虚拟读卡器无法启动", "The virtual reader does not start"),
    hint=Text("请用 make deps 安装 pcscd 与 vsmartcard-vpcd，再试。", "Install pcscd and vsmartcard-vpcd with make deps, then retry."),
)

# Records of the social security application
TLV_SHAPE = Fault(code="tlv-shape", title=Text("芯片记录格式不对", "A record of the chip is not tag, length and value"), hint=_SERVICE_POINT)
SSC_FIELD = Fault(code="ssc-field", title=Text("芯片中的数据项无法理解", "A field on the chip cannot be understood"), hint=_SERVICE_POINT)
SSC_FOREIGN = Fault(
    code="ssc-foreign",
    title=Text("这不是社会保障卡", "This is not a social security card"),
    hint=Text("请插入社会保障卡；银行卡、交通卡不能在这里读取。", "Insert a social security card; bank and transit cards are not read here."),
)
SSC_BLOCKED = Fault(
    code="ssc-blocked",
    title=Text("社会保障应用已永久锁定", "The social security application is blocked for good"),
    hint=Text("此卡已注销；请使用新卡，或到社保卡服务网点换领。", "This card is cancelled; use the new one, or get one at a service point."),
)
SSC_LOCKED = Fault(
    code="ssc-locked",
    title=Text("三代卡的这部分需先通过外部认证", "A card of generation 3.0 shows this only after external authentication"),
    hint=Text(
        "请插入 PSAM 卡（--psam）或接入加密机（--hsm）；未认证时仍可读卡识别码、类别、规范版本、发卡日期和有效期。",
        "Give a PSAM (--psam) or a key service (--hsm); without one, identification code, class, version and dates stay readable.",
    ),
)
SSC_REFUSED = Fault(
    code="ssc-refused",
    title=Text("芯片不接受外部认证", "The chip does not accept the external authentication"),
    hint=Text(
        "请核对 PSAM 或加密机的密钥版本与地区是否与此卡相符。", "Check that key version and region of the PSAM or key service are this card's."
    ),
)
PSAM_UNFIT = Fault(
    code="psam-unfit",
    title=Text("PSAM 卡不可用", "The PSAM cannot be used"),
    hint=Text(
        "请确认第二卡槽中是人社部门发放的 PSAM 卡，且密钥级别足够。",
        "Check that the second slot holds a PSAM of the social security office with the key asked for.",
    ),
)
HSM_UNFIT = Fault(
    code="hsm-unfit",
    title=Text("加密机服务没有给出认证数据", "The key service gave no cryptogram"),
    hint=Text("请检查 --hsm 的命令与网络，再试。", "Check the command after --hsm and its network, then retry."),
)

# What the binding application refuses
CHIP_FOREIGN = Fault(
    code="chip-foreign",
    title=Text("这张卡没有绑定应用", "This card has no binding application"),
    hint=Text("请换用本系统签发的社保卡。", "Use a card that this system has issued."),
)
CHIP_BLANK = Fault(
    code="chip-blank",
    title=Text("芯片尚未完成个人化", "The chip is not personalised yet"),
    hint=Text(
        "请先完成个人化：密钥、识别码、初始密码、凭证，再启用。",
        "Finish personalising it: key, identification code, initial PIN, credential, then activate.",
    ),
)
CHIP_CONDITIONS = Fault(
    code="chip-conditions",
    title=Text("芯片当前状态不允许这一步", "The chip's state does not allow this now"),
    hint=Text("请先查看芯片状态；挂失或冻结的卡须先解除。", "Look at the chip's status first; a loss report or freeze has to be lifted before."),
)
CHIP_FILE = Fault(code="chip-file", title=Text("芯片中没有这个文件", "The chip has no such file, or nothing in it yet"), hint=_SERVICE_POINT)
CHIP_CREDENTIAL = Fault(
    code="chip-credential", title=Text("芯片凭证与芯片密钥不符", "The chip's credential names another key than the chip's"), hint=_SERVICE_POINT
)
CHIP_WRITE = Fault(code="chip-write", title=Text("芯片写入失败", "The chip could not write its memory"), hint=_SERVICE_POINT)
CHIP_COMMAND = Fault(code="chip-command", title=Text("芯片拒绝了指令", "The chip refused the command"), hint=_INSERT_AGAIN)
PIN_SHAPE = Fault(
    code="pin-shape",
    title=Text("密码格式不对", "This cannot be a PIN"),
    hint=Text("密码为 6 位数字；新密码须与原密码不同。", "A PIN has six digits; a new one differs from the old one."),
)
PIN_WRONG = Fault(
    code="pin-wrong",
    title=Text("密码错误", "The PIN is wrong"),
    hint=Text("请核对后再试；次数用完后密码会锁定。", "Check it and try again; when no tries are left the PIN is blocked."),
)
PIN_BLOCKED = Fault(
    code="pin-blocked",
    title=Text("密码已锁定", "The PIN is blocked"),
    hint=Text(
        "请携带身份证到社保卡服务网点解锁；手机上的电子社保卡不受影响。",
        "Bring your ID to a card service point to unblock it; codes on the phone go on working.",
    ),
)
PIN_REQUIRED = Fault(
    code="pin-required",
    title=Text("需要先验证密码", "The PIN has to be verified first"),
    hint=Text("请输入密码；每次绑定或解绑都要重新输入。", "Enter the PIN; every binding and unbinding asks for it anew."),
)
PIN_INITIAL = Fault(
    code="pin-initial",
    title=Text("初始密码尚未修改", "The initial PIN has not been changed"),
    hint=Text("请先修改初始密码，再绑定手机。", "Change the initial PIN, then bind the phone."),
)

# Scripts
CHIP_KEYS = Fault(
    code="chip-keys",
    title=Text("芯片中没有指令密钥", "The chip holds no script keys"),
    hint=Text(
        "此卡制作于芯片指令启用之前：状态以卡务系统为准，需要同步芯片请换领新卡。",
        "It was made before scripts were: the record decides about it; for a chip that follows the record, exchange the card.",
    ),
)
SCRIPT_STALE = Fault(
    code="script-stale",
    title=Text("芯片已有更新的版本", "The chip has a newer version than this script"),
    hint=Text(
        "请先读取芯片状态；旧指令不会再生效，可以删除。", "Read the chip's status; an old script has no effect any more and can be thrown away."
    ),
)
SCRIPT_EQUIVOCATION = Fault(
    code="script-equivocation",
    title=Text("同一版本出现两种不同的状态", "Two scripts of one version say different things"),
    hint=Text(
        "不要再送达指令；请保留这条指令并上报卡务系统：可能有两套系统在签发。",
        "Deliver nothing more; keep the script and report it: two records may be speaking for this card.",
    ),
)

# The image of a soft card
IMAGE_MISSING = Fault(
    code="image-missing",
    title=Text("找不到软件卡映像", "There is no soft card at this path"),
    hint=Text("请核对路径，或用 ecard-reader softcard new 新建一张。", "Check the path, or make one with: ecard-reader softcard new."),
)
IMAGE_EXISTS = Fault(
    code="image-exists",
    title=Text("该路径已有文件", "Something stands at this path already"),
    hint=Text("请换一个路径；已有的卡绝不会被覆盖。", "Take another path; a card that exists is never overwritten."),
)
IMAGE_DAMAGED = Fault(
    code="image-damaged",
    title=Text("软件卡映像已损坏", "The soft card's image is damaged"),
    hint=Text("请勿继续使用这张卡；请注销后重新制作一张。", "Stop using this card; void it and make another."),
)
IMAGE_BUSY = Fault(
    code="image-busy",
    title=Text("软件卡正被另一个程序使用", "Another program holds the soft card"),
    hint=Text("请关闭另一个程序后再试。", "Close the other program, then try again."),
)
IMAGE_EXPOSED = Fault(
    code="image-exposed",
    title=Text("软件卡映像权限过宽", "Others than its owner can reach the soft card's image"),
    hint=Text("请执行 chmod 600 收紧权限：映像中有卡的私钥。", "Run chmod 600 on it: the image holds the card's private key."),
)
IMAGE_UNWRITABLE = Fault(
    code="image-unwritable",
    title=Text("软件卡映像无法读写", "The soft card's image cannot be read or written"),
    hint=Text("请检查磁盘空间与权限，然后重试。", "Check disk space and permissions, then retry."),
)

# The mirror, and desks without a line
MIRROR_UNSETTLED = Fault(
    code="mirror-unsettled",
    title=Text("卡档在读卡期间不断变化", "The card's record changed faster than its chip could follow"),
    hint=Text("请稍候再次读卡；已送达并有回执的指令都已登记。", "Tap again in a moment; every script with a receipt has been noted."),
)
CHIP_OTHER = Fault(
    code="chip-other",
    title=Text("芯片的识别码是另一张卡的", "The chip has the identification code of another card"),
    hint=Text(
        "请取出这张卡，放入正在办理的那一张；识别码不能改写。", "Take it out and put in the one that this is about; a code is never written over."
    ),
)
BLOCK_LIST_ELSEWHERE = Fault(
    code="block-list-elsewhere",
    title=Text("这份离线挂失名单不是该卡所属地区的", "This list of blocking scripts is another region's"),
    hint=Text("请换用发卡地区的名单。", "Use the list of the region that issued the card."),
)
BLOCK_LIST_OLD = Fault(
    code="block-list-old",
    title=Text("离线挂失名单已过期", "The list of blocking scripts is out of date"),
    hint=Text("请取得新名单；闸机和窗口的判断不受影响。", "Get a new one; what gates and desks decide does not depend on it."),
)
BLOCK_STATUS_OLD = Fault(
    code="block-status-old",
    title=Text("没有足够新的停用名单，不能离线停用芯片", "No status list is fresh enough to stop a chip by"),
    hint=Text("请先为终端导入新的名单，再试。", "Import fresh lists into the terminal first, then retry."),
)
BLOCK_LIST_MISSING = Fault(
    code="block-list-missing",
    title=Text("读不到离线挂失名单", "The list of blocking scripts cannot be read"),
    hint=Text("请核对 --list 的文件路径。", "Check the file given with --list."),
)
RECEIPTS_UNWRITABLE = Fault(
    code="receipts-unwritable",
    title=Text("回执文件写不进去", "The file for receipts cannot be written"),
    hint=Text("请检查 --receipts 的路径与磁盘空间，再插一次卡。", "Check the path given with --receipts and the disk, then insert the card again."),
)
