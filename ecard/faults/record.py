"""Every fault of the record: what can be wrong with a command, with the store, or with what is published from it.

Codes are wire vocabulary (clients match them): append, never rename, never reuse. `docs/errors.md` is generated from here.
"""

from __future__ import annotations

from codes.errors import Fault, Text

_TICKET = Text("请重新查询这张卡的当前状态后再办理。", "Look at the card's present state, then try again.")
_HOME = Text("请到卡片所属地区的服务网点办理。", "Have it done at a service point of the region that issued the card.")
_CHECK_NUMBER = Text("请对照证件原件逐位核对后重新输入。", "Compare with the document digit by digit and enter it again.")
_COUNTER = Text("请持卡人凭证件到服务网点办理。", "Send the holder to a service point, with papers.")
_PRODUCTION = Text("请与制卡岗位核对卡片和生产批次。", "Check card and batch with production.")
_CHOOSE = Text("请从卡片详情中核对：整卡、芯片卡或某一部手机。", "Look at the card's page and choose: the whole card, its chip, or one phone.")
_OPERATOR = Text("请停止办理并通知系统管理员；没有任何内容被改动。", "Stop and tell the operator of the system; nothing was changed.")
_RESTART = Text("请在应用里重新开始；应用会重新签名。", "Start again in the app: it signs anew.")
_READER = Text(
    "请重新插卡再试；若仍失败，请到社保卡服务网点检查芯片。", "Insert the card again; if it still fails, have the chip checked at a service point."
)

# What a command may do to a card
PERSON_HAS_CARD = Fault(
    code="person-has-card",
    title=Text("此人已有社保卡", "This person already has a card"),
    hint=Text("一人一卡，川渝合计；卡遗失的请办理补领。", "One person, one card, in both regions together; if it was lost, have it replaced."),
    article="CQ-5a",
)
WRONG_STATE = Fault(code="wrong-state", title=Text("卡片当前状态不允许此操作", "The card's state does not allow this command"), hint=_TICKET)
CARD_EXPIRED = Fault(code="card-expired", title=Text("卡片已过有效期", "The card is past its validity"), hint=_COUNTER, article="HZ-13")
CARD_HELD = Fault(code="card-held", title=Text("卡片或手机已挂失、冻结或暂停", "The card or phone is reported lost, frozen or paused"), hint=_COUNTER)
STALE_REVISION = Fault(code="stale-revision", title=Text("卡片在您查看之后已被改动", "The card has changed since you looked at it"), hint=_TICKET)
CONFLICT = Fault(code="record-conflict", title=Text("另一项办理刚刚抢先完成", "Another command got there first"), hint=_TICKET)
NOT_PERMITTED = Fault(
    code="not-permitted",
    title=Text("经办人无权办理此事项", "This role may not give this command"),
    hint=Text("请由有权限的岗位办理；持卡人只能办理自己的卡。", "Let a role with the right do it; a holder acts on their own card only."),
)
OTHER_REGION = Fault(
    code="other-region", title=Text("此事项须由卡片所属地区办理", "Only the card's own region may do this"), hint=_HOME, article="CQ-11b"
)
SAME_PERSON = Fault(
    code="same-person",
    title=Text("此事项须由另一人复核", "A second person must do this"),
    hint=Text("请由未参与前一步的人员复核办理。", "Let somebody who did not take the first step review and do it."),
)
EVIDENCE_MISSING = Fault(
    code="evidence-missing",
    title=Text("缺少办理所需的材料", "Evidence that this command needs is missing"),
    hint=Text("请补齐所列材料后再办理。", "Complete what is named, then try again."),
)
FREEZE_TERMS = Fault(
    code="freeze-terms",
    title=Text("冻结的截止时间不对", "A freeze ends in the future, and within the longest time the policy allows"),
    hint=Text("请填写晚于现在且不超过最长冻结期的截止时间。", "Give an end later than now and within the longest freeze."),
    article="CQ-20b",
)
REPLACEMENT_OPEN = Fault(
    code="replacement-open",
    title=Text("已申请补领新卡，不能再解除挂失", "A replacement is open, so the loss cannot be withdrawn"),
    hint=Text("请等待新卡；旧卡不再恢复使用。", "Wait for the new card; the old one does not come back."),
    article="ZS-18",
)
LOSS_NOT_REPORTED = Fault(code="loss-not-reported", title=Text("没有可解除的挂失记录", "No loss was reported here"), hint=_CHOOSE)
LOSS_REPORTED_ELSEWHERE = Fault(
    code="loss-reported-elsewhere",
    title=Text("此手机的挂失是在另一张卡上办理的", "This phone was reported lost on another card"),
    hint=Text("请由报失人凭证件办理解除挂失。", "Let the person who reported it withdraw it, with papers."),
)
NOT_FROZEN = Fault(code="not-frozen", title=Text("卡片没有被冻结", "The card is not frozen"), hint=_TICKET)

# What a command names
CARD_UNKNOWN = Fault(code="card-unknown", title=Text("查无此卡", "No such card"), hint=_CHECK_NUMBER)
CARRIER_UNKNOWN = Fault(code="carrier-unknown", title=Text("这张卡名下没有此芯片或手机", "This card has no such chip or phone"), hint=_CHOOSE)
CARD_NUMBER = Fault(
    code="card-number", title=Text("卡号有误", "The card number is not well-formed or its check character is wrong"), hint=_CHECK_NUMBER
)
READER_UNKNOWN = Fault(
    code="reader-unknown",
    title=Text("读卡设备未登记", "The reader is not a registered enrolment reader"),
    hint=Text("请使用已登记的读卡设备，或联系网点管理员登记。", "Use a registered reader, or have this one registered."),
)
REGION_UNKNOWN = Fault(
    code="region-unknown",
    title=Text("本系统不为此地区发卡", "This office does not issue for this region"),
    hint=Text("请核对地区代码。", "Check the region's code."),
)

# Identity (MOD 11-2 of GB 11643; typed numbers)
IDENTITY_NUMBER = Fault(
    code="identity-number", title=Text("证件号码格式不对", "The identity number is not well-formed for its type"), hint=_CHECK_NUMBER
)
IDENTITY_CHECK_DIGIT = Fault(
    code="identity-check-digit", title=Text("证件号码校验位不对", "The check digit of the identity number is wrong"), hint=_CHECK_NUMBER
)
IDENTITY_BIRTH_DATE = Fault(
    code="identity-birth-date",
    title=Text("证件号码中的出生日期不存在或在将来", "The identity number holds a birth date that is impossible or in the future"),
    hint=_CHECK_NUMBER,
)
PERSON_NAME = Fault(
    code="person-name",
    title=Text("姓名格式不对", "The name is empty, too long, or holds characters that no name has"),
    hint=Text("请按证件原样输入姓名，前后不留空格。", "Enter the name as the document shows it, without spaces around it."),
)
PERSON_DIFFERS = Fault(
    code="person-differs",
    title=Text("证件与档案记录不一致", "The document does not agree with the record of this person"),
    hint=Text("请先办理资料更正，再申请。", "Have the record corrected first, then apply."),
)

# Chip and phone
NONCE_UNUSABLE = Fault(
    code="nonce-unusable", title=Text("一次性数无效、已用过或已过期", "The nonce is unknown, used, expired or for something else"), hint=_RESTART
)
NONCES_OUTSTANDING = Fault(
    code="nonces-outstanding",
    title=Text("此卡未用的一次性数已太多", "Too many unused nonces are open for this card"),
    hint=Text("请在一分钟后重新开始。", "Start again in a minute; unused nonces are forgotten then."),
)
CHIP_NOT_PERSONALISED = Fault(code="chip-not-personalised", title=Text("芯片尚未个人化", "The chip has not been personalised"), hint=_PRODUCTION)
CHIP_ALREADY_PERSONALISED = Fault(
    code="chip-already-personalised",
    title=Text("此卡的芯片已登记了另一把密钥", "Another chip key is already recorded, for this card or with this key"),
    hint=_PRODUCTION,
)
CHIP_REFUSED = Fault(
    code="chip-refused",
    title=Text("芯片的状态或计数器与记录不符", "The chip's state, sequence or counter does not agree with the record"),
    hint=_READER,
)
KEY_IN_USE = Fault(code="key-in-use", title=Text("密钥已被使用过", "This key has been used before or for something else"), hint=_RESTART)
PHONE_LIMIT = Fault(
    code="phone-limit",
    title=Text("绑定的手机已达上限", "This card has as many phones as the policy allows"),
    hint=Text("请先解绑一部不用的手机。", "Unbind a phone that is no longer used first."),
)
PHONE_PROVISIONAL = Fault(
    code="phone-provisional",
    title=Text("手机尚未经芯片卡认证，或临时期限已过", "The phone is not endorsed by the chip: general codes only, and only for a while"),
    hint=Text("请在读卡设备上贴卡完成认证。", "Tap the card at an enrolment reader to endorse the phone."),
)
REQUEST_PROFILES = Fault(
    code="request-profiles",
    title=Text("请求的凭证种类或数量不对", "The request names no credential, too many, or a kind that phones do not get"),
    hint=Text("请更新应用后再试。", "Update the app and try again."),
)
RENEW_TOO_EARLY = Fault(
    code="renew-too-early",
    title=Text("现有凭证还够用，无需更新", "The phone still holds enough fresh credentials"),
    hint=Text("应用会在到期前自动更新。", "The app renews by itself before they run out."),
)

# Issuing
OVERTAKEN = Fault(
    code="issue-overtaken",
    title=Text("签发期间卡片状态有变，凭证未交付", "The card changed while its credential was being signed; nothing was handed over"),
    hint=_TICKET,
)
SELF_CHECK = Fault(
    code="issue-self-check",
    title=Text("签发自检未通过，凭证未交付", "Our own terminal would refuse this credential; nothing was handed over"),
    hint=_OPERATOR,
)
INDEX_SPACE_FULL = Fault(
    code="index-space-full",
    title=Text("状态位置已用尽", "The region's space of status lists is used up"),
    hint=Text("请管理员在信任库中为该地区扩充名单范围。", "For the operator: give the region more lists in the trust repository."),
)

# Set-up: policy, store, vault
POLICY_CONTRADICTION = Fault(
    code="policy-contradiction",
    title=Text("政策参数自相矛盾", "Two values of the policy contradict one another"),
    hint=Text("请修改所列两项中的一项后重新启动。", "Change one of the two that are named, then start again."),
)
STORE_UNSAFE = Fault(
    code="store-unsafe",
    title=Text("数据库不能保证断电后不丢失", "The database does not give the durability that the record needs"),
    hint=Text(
        "请把数据库放在本地磁盘上的普通文件中，并使用支持 WAL 的 SQLite。",
        "Keep it in an ordinary file on a local disk, with an SQLite that supports WAL.",
    ),
)
STORE_UNAVAILABLE = Fault(
    code="store-unavailable",
    title=Text("数据库暂时不可用", "The database cannot be used now"),
    hint=Text(
        "请稍后再试；若仍失败，请检查磁盘与数据库文件。什么都没有写入。",
        "Try again; if it goes on, check the disk and the database file. Nothing was written.",
    ),
)
STORE_BEHIND = Fault(
    code="store-behind",
    title=Text("数据库结构的版本不对", "The database has another version of the tables than this program"),
    hint=Text("请先执行数据库升级，再启动。", "Upgrade the database, then start again."),
)
CLOCK_BEHIND = Fault(
    code="record-clock-behind",
    title=Text("系统时钟早于上一条记录", "The clock is behind the last event of this chain"),
    hint=Text(
        "可能同时有人在办理，请稍后再试；若仍如此，请先校准系统时钟。",
        "Somebody may have acted in the same moment: try again; if it stays so, set the clock right.",
    ),
)
CHAIN_BROKEN = Fault(
    code="chain-broken",
    title=Text("审计链不完整", "The chain of events does not fit together, or no longer fits the record"),
    hint=Text("请停止办理并保留现场，由审计人员核查。", "Stop, keep everything as it is, and have it examined."),
)
VAULT_FIELD = Fault(
    code="vault-field",
    title=Text("保险库字段无法解密", "A field of the identity vault does not open: moved, altered, or under another key"),
    hint=_OPERATOR,
)
VAULT_KEY = Fault(
    code="vault-key",
    title=Text("保险库主密钥不对", "The key-encryption key or index key is not the one the vault was made with"),
    hint=Text("请装入建库时使用的密钥后重新启动。", "Load the key that the vault was made with, then start again."),
)
VAULT_EMPTY = Fault(
    code="vault-empty",
    title=Text("保险库没有此人的资料", "The identity vault holds nothing about this person"),
    hint=Text("请核对持卡人编号。", "Check the holder's reference."),
)
