"""Every fault of the formats: what can be wrong with the bytes themselves.

One constant per fault. Codes are wire vocabulary (clients match them): append, never rename, never reuse. `docs/errors.md` is generated from here.
"""

from __future__ import annotations

from codes.errors import Fault, Text
from codes.reasons import Reason

_SHOW_AGAIN = Text("请打开电子社保卡，出示最新的码再扫一次。", "Open the e-card app and scan the newest code again.")
_MAKER = Text("请开发者对照 codes/FORMAT.md 的写法修正编码程序。", "For the maker of the encoder: compare with the rule in codes/FORMAT.md.")
_REISSUE = Text("请持卡人联网更新凭证；若仍不行，请致电 12333。", "Let the app go online and renew the credential; if it still fails, call 12333.")
_PUBLISHER = Text(
    "请向发布机构重新获取签名文件；原有数据保持不变。", "Fetch the signed file again from its publisher; what was there before is kept."
)


def _canonical(code: str, zh: str, en: str) -> Fault:
    return Fault(code=code, title=Text(zh, en), hint=_MAKER, reason=Reason.NOT_CANONICAL)


def _malformed(code: str, zh: str, en: str, hint: Text = _SHOW_AGAIN) -> Fault:
    return Fault(code=code, title=Text(zh, en), hint=hint, reason=Reason.MALFORMED)


# CBOR (RFC 8949 4.2.1, narrowed by FORMATS section 1 "Strictness")
CBOR_TRUNCATED = _malformed("cbor-truncated", "CBOR 数据不完整", "CBOR ends before its item does")
CBOR_RESERVED = _malformed("cbor-reserved", "CBOR 使用了保留值", "CBOR uses a reserved value", _MAKER)
CBOR_TEXT = _malformed("cbor-text", "CBOR 文本不是有效的 UTF-8", "CBOR text is not valid UTF-8", _MAKER)
CBOR_TRAILING = _canonical("cbor-trailing", "CBOR 数据之后还有多余字节", "Bytes follow the CBOR item")
CBOR_INDEFINITE = _canonical("cbor-indefinite", "CBOR 使用了不定长度", "CBOR uses an indefinite length")
CBOR_NOT_SHORTEST = _canonical("cbor-not-shortest", "CBOR 整数或长度不是最短写法", "A CBOR integer or length is not in its shortest form")
CBOR_KEY_ORDER = _canonical("cbor-key-order", "CBOR 键未按字节序排列", "CBOR map keys are not in bytewise order")
CBOR_DUPLICATE_KEY = _canonical("cbor-duplicate-key", "CBOR 键重复", "A CBOR map repeats a key")
CBOR_KEY_TYPE = _canonical("cbor-key-type", "CBOR 键只能是整数或文本", "A CBOR map key is neither integer nor text")
CBOR_SIMPLE = _canonical("cbor-simple", "CBOR 含有浮点数或不允许的简单值", "CBOR holds a float or a simple value other than true and false")
CBOR_TAG = _canonical("cbor-tag", "CBOR 标签不是 18", "A CBOR tag other than 18")
CBOR_DEPTH = _canonical("cbor-depth", "CBOR 嵌套超过 8 层", "CBOR is nested deeper than 8 levels")

CBOR_SIZE = _malformed("cbor-size", "CBOR 数据过长", "More CBOR than this place takes", _MAKER)

# Base45 (RFC 9285)
BASE45_ALPHABET = _malformed("base45-alphabet", "出现 Base45 字母表以外的字符", "A character outside the Base45 alphabet")
BASE45_LENGTH = _malformed("base45-length", "Base45 长度不对", "A Base45 text cannot have this length")
BASE45_OVERFLOW = _canonical("base45-overflow", "Base45 字符组超出取值范围", "A Base45 group is larger than the bytes it stands for")

# COSE (RFC 9052, RFC 9053, RFC 9864, RFC 9596)
COSE_SHAPE = _malformed("cose-shape", "不是带标签 18 的 COSE_Sign1", "Not a COSE_Sign1 under tag 18", _MAKER)
COSE_UNPROTECTED = _canonical("cose-unprotected", "未受保护的头必须为空", "The unprotected header is not the empty map")
COSE_HEADER = _canonical("cose-header", "受保护的头多了或少了字段", "The protected header has a parameter too many or too few")
COSE_ALGORITHM = _canonical("cose-algorithm", "签名算法不是 ESP256", "The algorithm is not ESP256")
COSE_TYPE = _malformed("cose-type", "签名对象的类型与用途不符", "The signed object is of another type than this place takes", _MAKER)
SIGNATURE_RANGE = _malformed("signature-range", "签名数值超出范围", "A number of the signature is out of range", _MAKER)
SIGNATURE_HIGH_S = _canonical("signature-high-s", "签名不是低 S 形式", "The signature is not in low-S form")
ISSUER_SIGNATURE = Fault(
    code="issuer-signature", title=Text("签发签名不对", "The issuer's signature does not verify"), hint=_SHOW_AGAIN, reason=Reason.ISSUER_SIGNATURE
)
HOLDER_SIGNATURE = Fault(
    code="holder-signature",
    title=Text("持卡手机签名不对", "The holder's signature does not verify"),
    hint=_SHOW_AGAIN,
    reason=Reason.HOLDER_SIGNATURE,
)
STATUS_SIGNATURE = Fault(code="status-signature", title=Text("停用名单的签名不对", "The status list's signature does not verify"), hint=_PUBLISHER)

RECEIPT_SIGNATURE = Fault(
    code="receipt-signature",
    title=Text("回执的签名不对", "The receipt's signature does not verify"),
    hint=Text(
        "请用签发地区的回执公钥核对；仍不符的不是有效回执。",
        "Check it with the receipt key of the region it names; if it fails still, it is no receipt.",
    ),
)
CHECKPOINT_SIGNATURE = Fault(
    code="checkpoint-signature",
    title=Text("检查点的签名不对", "The checkpoint's signature does not verify"),
    hint=Text("请用卡务审计公钥核对，并保留这份检查点作为证据。", "Check it with the record's audit key, and keep it as evidence."),
)
_RESEND = Text("请重新上传；若仍失败，请保留该终端供检查。", "Upload again; if it fails still, keep the terminal as it is to be examined.")
JOURNAL_ENTRY = Fault(code="journal-entry", title=Text("日志条目的内容不对", "An entry of the journal is not what it should be"), hint=_RESEND)
JOURNAL_SEALED = Fault(
    code="journal-sealed", title=Text("日志条目无法解开", "A sealed entry does not open: altered, moved, or for another key"), hint=_RESEND
)
JOURNAL_SIGNATURE = Fault(code="journal-signature", title=Text("日志的终端签名不对", "The terminal did not sign this journal"), hint=_RESEND)
ACK_SIGNATURE = Fault(code="ack-signature", title=Text("终端的确认签名不对", "The terminal did not sign this acknowledgement"), hint=_RESEND)
PASSAGE_SIGNATURE = Fault(
    code="passage-signature",
    title=Text("相邻闸机的通行消息签名不对", "The neighbour did not sign this message about a passage"),
    hint=Text(
        "消息未采用。请核对组文件中该终端的公钥；若公钥无误，请检查站内网络。",
        "The message was not used. Check that terminal's key in the group file; if it is right, look into the station's network.",
    ),
)
JOURNAL_UPLOAD = Fault(code="journal-upload", title=Text("上传的日志格式不对", "The uploaded journal is not in its form"), hint=_RESEND)

# Keys (COSE_Key, RFC 9679)
KEY_SHAPE = _malformed("key-shape", "密钥字段不合规", "The COSE_Key is not a P-256 key of this profile", _MAKER)
KEY_POINT = Fault(
    code="key-point", title=Text("公钥不在曲线上", "The public key is not a point of the curve"), hint=_REISSUE, reason=Reason.HOLDER_SIGNATURE
)

# Claims (RFC 8392, SD-CWT, FORMATS section 1)
CLAIMS_SET = _malformed("claims-set", "声明多了或少了", "A claim is missing or not allowed here", _MAKER)
CLAIM_VALUE = _malformed("claim-value", "声明的取值不合规", "A claim has a value that its definition excludes", _MAKER)
CHIP_IN_CODE = _malformed("chip-in-code", "芯片凭证不得用二维码出示", "A chip's credential may not be shown as a code", _MAKER)

# The code as text
CODE_PREFIX = Fault(
    code="code-prefix",
    title=Text("这不是电子社保卡码", "This is not an e-card code"),
    hint=Text("请持卡人打开电子社保卡，出示应用里的码。", "Ask the holder to open the e-card app and show the code inside it."),
    reason=Reason.UNKNOWN_FORMAT,
)
CODE_LENGTH = _malformed("code-length", "码过长", "The code is longer than 1,200 characters")

# Status lists (IETF Token Status List, FORMATS section 3)
STATUS_LIST = Fault(code="status-list", title=Text("停用名单内容损坏", "The status list does not inflate to one whole shard"), hint=_PUBLISHER)
STATUS_INDEX = Fault(
    code="status-index", title=Text("状态位置超出名单", "The status index lies outside the list"), hint=_REISSUE, reason=Reason.STATUS_OUT_OF_RANGE
)

# The status chain (FORMATS section 3; codes/FORMAT.md section 4.1)
STATUS_BLOCK = Fault(
    code="status-block", title=Text("停用名单的压缩内容损坏", "A Rice block of the status chain is not what its counts say"), hint=_PUBLISHER
)
CHAIN_BODY = Fault(
    code="chain-body",
    title=Text("名单快照的内容与其签名清单不符", "The body of a status snapshot is not the one its manifest was signed for"),
    hint=_PUBLISHER,
)
CHAIN_GAP = Fault(
    code="chain-gap",
    title=Text("名单变更接不上现有版本", "This status delta does not start from the version held here"),
    hint=Text(
        "请先取得缺少的变更，或改取最新快照；现有名单保持不变。",
        "Fetch the deltas in between, or the newest snapshot; the lists held here stay as they are.",
    ),
)
CHAIN_SHARDS = Fault(
    code="chain-shards",
    title=Text("名单变更涉及不存在或重复的分片", "A status delta names a shard that is not there, or one that is there already"),
    hint=_PUBLISHER,
)
CHAIN_REVERSAL = Fault(
    code="chain-reversal",
    title=Text("名单变更要恢复已终止的凭证", "A status delta takes back what has ended for good"),
    hint=Text(
        "已终止的凭证不得恢复；请通知发布机构检查，现有名单保持不变。",
        "What has ended never returns: tell the publisher; the lists held here stay as they are.",
    ),
)
CHAIN_ROOT = Fault(
    code="chain-root",
    title=Text("名单校验根不符", "The lists do not have the root that was signed for them"),
    hint=Text(
        "请取得各分片的校验值，找出损坏的分片单独修复；不行则重新取得快照。",
        "Fetch the roots of the shards, find the one that differs and fetch it alone; failing that, fetch the newest snapshot.",
    ),
)

# Signed documents of the trust repository (FORMATS section 4)
DOCUMENT_SHAPE = Fault(
    code="document-shape",
    title=Text("签名文件的内容不合规", "A signed trust document does not have the shape its definition demands"),
    hint=_PUBLISHER,
)
DOCUMENT_JSON = Fault(
    code="document-json",
    title=Text("场景规则文件不是严格的 JSON", "The scene rules are not strict JSON (duplicate key, NaN, or broken)"),
    hint=_PUBLISHER,
)
SCENE_CONTRADICTION = Fault(
    code="scene-contradiction", title=Text("场景规则自相矛盾", "Two values of the scene rules contradict one another"), hint=_PUBLISHER
)

# Key proofs at enrolment, chip proofs
KEY_PROOF = Fault(
    code="key-proof",
    title=Text("密钥持有证明无效", "The key proof does not prove possession of the key for this request"),
    hint=Text("请重新打开应用再试；应用会重新签名。", "Start again in the app: it signs anew."),
)
CHIP_PROOF = Fault(
    code="chip-proof",
    title=Text("芯片证明无效", "The chip's proof does not verify for this challenge"),
    hint=Text(
        "请重新插卡再试；若仍失败，请到社保卡服务网点检查芯片。",
        "Insert the card again; if it still fails, have the chip checked at a card service point.",
    ),
)

# What a chip is told, and what it answers (CHIP section 4.3)
SCRIPT_SHAPE = Fault(
    code="script-shape",
    title=Text("芯片指令格式不对", "This is not a script for a chip"),
    hint=Text("请向卡务系统重新取得芯片指令；芯片保持原状。", "Have the record make the script again; the chip stays as it was."),
)
SCRIPT_PREMADE = Fault(
    code="script-premade",
    title=Text("预先制作的指令只能挂失或冻结", "A script made beforehand can only suspend or freeze"),
    hint=Text(
        "解除、注销须在柜台联网，由芯片现场应答。",
        "To lift a block or to cancel, insert the card at an online counter: the script is made for it there.",
    ),
)
SCRIPT_RECEIPT = Fault(
    code="script-receipt",
    title=Text("芯片回执不对", "The chip's receipt does not verify for this script"),
    hint=Text("不要登记为已完成；请重新插卡，先读取芯片状态。", "Note nothing as done; insert the card again and read the chip's status first."),
)
CHIP_STATUS = Fault(
    code="chip-status",
    title=Text("芯片状态应答不对", "The chip's status does not verify for this question"),
    hint=Text(
        "请重新插卡再试；若仍失败，请到社保卡服务网点检查芯片。",
        "Insert the card again; if it still fails, have the chip checked at a card service point.",
    ),
)
SCRIPT_MAC = Fault(
    code="script-mac",
    title=Text("芯片指令不是为这张卡的这次应答制作的", "The script was not made for this card and this challenge"),
    hint=Text(
        "请重新插卡，向芯片取新的随机数后由卡务系统重新制作指令。",
        "Insert the card again, take a new challenge from it and have the record make the script anew.",
    ),
)

# Blocking without a line
BLOCK_LIST_SIGNATURE = Fault(
    code="block-list-signature",
    title=Text("离线挂失名单的签名不对", "The list of blocking scripts is not signed by its region"),
    hint=Text("请丢弃这份名单，向发卡机构重新取得。", "Throw this list away and get one from the issuing office."),
)
