"""Faults of the trust ceremonies: several people, several places, one signature after another."""

from __future__ import annotations

from codes.errors import Fault, Text

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
