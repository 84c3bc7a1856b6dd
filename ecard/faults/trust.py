"""Faults of the trust repository, of publishing, and of ceremonies: several people, several places, one signature after another."""

from __future__ import annotations

from codes.errors import Fault, Text

FOLDER_UNWRITABLE = Fault(
    code="folder-unwritable",
    title=Text("发布目录无法写入", "A folder of the publisher cannot be written"),
    hint=Text(
        "请检查磁盘空间与目录权限，然后重新运行；原有文件保持不变。",
        "Check disk space and permissions, then run again; the files that were there are kept.",
    ),
)
PUBLISHER_BUSY = Fault(
    code="publisher-busy",
    title=Text("另一个发布程序正在写入", "Another publisher is writing this folder"),
    hint=Text("请等它结束后再运行；重复运行不会造成损失。", "Let it finish, then run again; running twice does no harm."),
)
PUBLISHER_CLOCK = Fault(
    code="publisher-clock-back",
    title=Text("发布主机的时钟早于上次发布", "The publisher's clock is behind what it has already signed"),
    hint=Text("请先校准发布主机的时钟，再重新运行。", "Set the publisher's clock right, then run again."),
)
PUBLISHER_EPOCH = Fault(
    code="publisher-epoch",
    title=Text("状态链的版本号已用尽", "The version numbers of a status chain are used up"),
    hint=Text(
        "有人冒用状态密钥推高了版本号：请更换状态密钥，再执行 ecard trust new-epoch。",
        "Somebody drove them up with the status key: replace that key, then run ecard trust new-epoch.",
    ),
)
TRUST_AUTHORITIES = Fault(
    code="trust-authorities",
    title=Text("信任库的签名人安排不成立", "These signers cannot make a trust repository"),
    hint=Text(
        "请重新分配密钥：任何一方都不得独自达到根或目标角色的门限。",
        "Share the keys out anew: no holder alone may reach the threshold of root or targets.",
    ),
)
TRUST_SIGNERS_MISSING = Fault(
    code="trust-signers-missing",
    title=Text("到场签名人不足", "Too few signers have come"),
    hint=Text("请让所列密钥的保管人到场后，重新签名。", "Bring the keepers of the keys that are named, then sign again."),
)
TRUST_EXISTS = Fault(
    code="trust-exists",
    title=Text("此目录已有信任库", "This folder already holds a trust repository"),
    hint=Text("请换一个空目录；要更换签名密钥，请使用根密钥轮换。", "Take an empty folder; to change keys, rotate the root instead."),
)
TRUST_BROKEN = Fault(
    code="trust-broken",
    title=Text("信任库缺少文件或文件已损坏", "A file of the trust repository is missing or damaged"),
    hint=Text(
        "请从备份或任一镜像恢复所列文件；已发布的版本不会改变。",
        "Restore the file that is named from a backup or any mirror; a published version never changes.",
    ),
)
TRUST_REGION = Fault(
    code="trust-region",
    title=Text("信任库没有这个地区", "The trust repository has no role for this region"),
    hint=Text("请核对地区代码；新地区须先经根密钥轮换加入。", "Check the region's code; a new region joins by a rotation first."),
)
STATUS_SHARD = Fault(
    code="status-shard",
    title=Text("状态记录与名单分片不符", "The record and the shards of the status lists disagree"),
    hint=Text("请运行记录核对；在此之前不会发布任何名单。", "Have the record checked; nothing is published until the two agree."),
)
KEYRING_EXISTS = Fault(
    code="keyring-exists",
    title=Text("密钥目录已存在", "The key folder already exists"),
    hint=Text("请换一个目录；已有密钥绝不会被覆盖。", "Take another folder; keys that exist are never overwritten."),
)
KEY_MISSING = Fault(
    code="key-missing",
    title=Text("缺少密钥", "A key is missing"),
    hint=Text("请把所列密钥放入密钥目录，或在持有它的主机上运行。", "Put the key that is named into the key folder, or run this where it is kept."),
)
KEY_EXPOSED = Fault(
    code="key-exposed",
    title=Text("密钥文件权限过宽", "Others than its owner can reach a key file"),
    hint=Text(
        "请执行 chmod go-rwx 收紧权限；若可能已被他人读取，请更换该密钥。", "Run chmod go-rwx on it; if somebody may have read it, replace the key."
    ),
)
KEY_UNREADABLE = Fault(
    code="key-unreadable",
    title=Text("密钥文件无法读取", "A key file cannot be read"),
    hint=Text(
        "请从备份恢复该文件；它应为未加密的 PKCS#8 PEM，且种类与文件名相符。",
        "Restore it from a backup: an unencrypted PKCS#8 PEM of the kind that its name says.",
    ),
)
KEY_MODULE = Fault(
    code="key-module",
    title=Text("密码机中的密钥不可用", "A key in the hardware module cannot be used"),
    hint=Text(
        "请检查密钥目录中 .pkcs11 文件的 URI、PIN 文件、密码机及其网络；可用 ecard doctor 逐项核对。",
        "Check the URI in the .pkcs11 file of the key folder, the file with the PIN, the module and its network; ecard doctor looks at each of them.",
    ),
)
KEY_MODULE_TAKEN = Fault(
    code="key-module-taken",
    title=Text("密码机中已有同名密钥", "The hardware module has a key of this name already"),
    hint=Text("请换一个 object 名；已有密钥绝不会被覆盖。", "Name another object; a key that exists is never overwritten."),
)
TRUST_OVERTAKEN = Fault(
    code="trust-overtaken",
    title=Text("信任库在此期间已有新版本", "The trust repository has moved on since this was proposed"),
    hint=Text(
        "请按现在的版本重新提出并重新签名；已收集的签名不再有效。",
        "Propose it again over what stands now, and sign again; the signatures gathered are void.",
    ),
)
CEREMONY_EXISTS = Fault(
    code="ceremony-exists",
    title=Text("此目录已有内容", "There is something in this folder already"),
    hint=Text("请为每次签名仪式使用一个新目录。", "Take a new folder for every ceremony."),
)
CEREMONY_BROKEN = Fault(
    code="ceremony-broken",
    title=Text("签名仪式目录缺少文件或已损坏", "A file of the ceremony is missing or damaged"),
    hint=Text("请从其他签名人处取一份完好的副本，再继续。", "Take a whole copy from another signer, then go on."),
)
CEREMONY_OTHER = Fault(
    code="ceremony-other",
    title=Text("两个目录不是同一次签名仪式", "These folders belong to two different ceremonies"),
    hint=Text("请确认拿到的是同一份提案的副本，再合并签名。", "Make sure that both are copies of one proposal, then gather again."),
)
CEREMONY_NOT_ASKED = Fault(
    code="ceremony-not-asked",
    title=Text("这把密钥在此仪式中没有要签的内容", "Nothing in this ceremony is to be signed with this key, or it has signed already"),
    hint=Text("请用 ecard trust show 查看还缺哪些签名。", "See with ecard trust show whose signatures are still missing."),
)
KEY_CARD = Fault(
    code="key-card",
    title=Text("公钥文件格式不对", "This is no public key card"),
    hint=Text("请使用 ecard trust key 生成的 .json 文件。", "Use the .json file that ecard trust key made."),
)
KEY_CARD_UNKNOWN = Fault(
    code="key-card-unknown",
    title=Text("没有叫这个名称的密钥", "No key of this name stands in the repository"),
    hint=Text("请用 ecard trust show 查看现有密钥名称。", "See the names with ecard trust show."),
)
ISSUER_CARD = Fault(
    code="issuer-card",
    title=Text("签发密钥说明文件不对", "This is no description of an issuing key"),
    hint=Text(
        "请按提示改正所列项目，或用 ecard trust add-issuer 重新登记。", "Put right what is named, or enter the key again with ecard trust add-issuer."
    ),
)
ISSUER_KNOWN = Fault(
    code="issuer-known",
    title=Text("这把签发密钥已登记", "This issuing key is entered already"),
    hint=Text(
        "要更改用途或期限，请先用 ecard trust remove-issuer 取消登记。",
        "To change its powers or term, take it out first with ecard trust remove-issuer.",
    ),
)
ISSUER_UNKNOWN = Fault(
    code="issuer-not-entered",
    title=Text("没有登记这把签发密钥", "No issuing key of this name is entered"),
    hint=Text("请在机构目录的 issuers 中查看已登记的密钥编号。", "The folder issuers/ of the office holds those that are entered."),
)
