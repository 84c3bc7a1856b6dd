"""What the checker can find, and how it says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

FINDINGS: dict[str, tuple[str, str]] = {
    "event-gap": ("事件编号不连续", "events are not numbered 1, 2, 3 .."),
    "event-link": ("事件没有接上前一事件", "an event does not name the one before it"),
    "event-hash": ("事件内容与其摘要不符", "an event is not what its hash says"),
    "event-before": ("事件前的状态不是前一事件后的状态", "an event does not begin where the one before it ended"),
    "event-form": ("事件的写法退回到旧式，或缺少材料一项", "an event is in an older form than the one before it, or says nothing of evidence"),
    "event-time": ("事件时间倒退", "an event is earlier than the one before it"),
    "event-unknown": ("事件的命令不认识", "an event names a command that does not exist"),
    "revision-events": ("卡片版本号与事件数不符", "the card's revision is not the number of its events"),
    "record-differs": ("卡档与最后一个事件所记的不符", "the record is not what the last event left"),
    "card-state": ("卡片状态与事件不符", "the card's state does not follow from its events"),
    "carrier-state": ("载体状态与事件不符", "a carrier's state does not follow from the events"),
    "carrier-key": ("载体公钥与其指纹不符", "a carrier's key and thumbprint do not belong together"),
    "card-number": ("卡号校验位不对", "the card number has a wrong check character"),
    "hold-without-event": ("停用记录没有对应事件", "no event placed this hold"),
    "lift-without-event": ("解除停用没有对应事件", "no event lifted this hold"),
    "event-without-hold": ("停用事件没有留下停用记录", "an event that stops a card left no hold"),
    "freeze-own-review": ("冻结由同一人解除", "a freeze was lifted by the person who placed it"),
    "index-twice": ("状态位置被用了两次", "a status index was given twice"),
    "index-outside": ("状态位置在名单之外", "a status index lies outside its list"),
    "index-list": ("状态位置所在名单属于别的地区或用途", "a status index lies in a list of another region or profile"),
    "sub-twice": ("凭证名称重复", "two credentials have one name"),
    "holder-key-twice": ("持有人密钥用于两个凭证", "one holder key is in two credentials"),
    "credential-life": ("凭证有效期不合规", "a credential lives longer than its card, or not at all"),
    "credential-carrier": ("凭证不属于此卡的载体", "a credential belongs to no carrier of its card"),
    "credential-revision": ("凭证的卡片版本尚不存在", "a credential was written under a revision that never was"),
    "credential-past-stop": ("停用之后仍交付了凭证", "a credential was handed over after its carrier was stopped"),
    "chip-version": ("芯片指令版本不连续", "the versions of what a chip is to be leave one out"),
    "chip-target": ("芯片应有的状态与档案不符", "what a chip is to be does not follow from its card"),
    "chip-unproved": ("关于芯片的记载超出其证明", "more is noted of a chip than it has proved, or less"),
    "chip-evidence": ("芯片的证明不成立", "a proof of a chip is not signed by its key, or says something else"),
    "chip-apart": ("芯片不符而未暂停，或暂停而无不符", "a chip is apart and not held, or held and not apart"),
    "chip-key": ("芯片凭证的密钥不是芯片的", "a chip's credential names another key than the chip's"),
    "signed-unknown": ("签过的凭证没有记录", "something was signed that has no row"),
    "signed-differs": ("签过的凭证与记录不符", "what was signed is not what its row says"),
    "signed-not-ready": ("已交付的凭证未登记为已交付", "something was handed over that its row does not call ready"),
    "published-unreadable": ("发布的名单无法读取", "a published list cannot be read"),
    "published-signature": ("发布的名单签名不对", "a published list is not signed by its region"),
    "published-missing": ("应发布的名单缺失", "a list that should stand published does not"),
    "published-differs": ("发布的状态与事实不符", "a published status is not the truth"),
    "published-unused": ("未使用的位置被标为停用", "an index that nobody has is not VALID"),
    "receipt-missing": ("事件没有回执", "an event was not acknowledged"),
    "receipt-signature": ("回执签名不对", "a receipt is not signed by its region"),
    "receipt-differs": ("回执与事件不符", "a receipt does not say what its event says"),
    "checkpoint-signature": ("检查点签名不对", "a checkpoint is not signed by the audit key"),
    "checkpoint-link": ("检查点前后不接", "a checkpoint does not go on from the one before"),
    "checkpoint-end": ("检查点见证过的末端不在", "an end that a checkpoint has seen is gone or another"),
    "access-chain": ("查询记录链断裂", "the chain of readings about a person is broken"),
    "office-chain": ("机构台账链断裂", "the chain of the office's own acts is broken"),
    "office-differs": ("登记内容与机构台账不符", "a register of the office is not what its newest act left"),
    "person-two-cards": ("一人两卡", "a person has two cards in force"),
    "person-missing": ("有卡的人没有身份档案", "a person with a living card has no identity in the vault"),
    "person-index": ("身份索引与档案不符", "the blind indexes of a person do not match what the vault keeps"),
    "nonce-late": ("一次性数在过期后使用", "a nonce was used after it had expired"),
}


COUNTED: dict[str, str] = {
    "cards": "张卡",
    "events": "个事件",
    "carriers": "个载体",
    "holds": "项停用",
    "credentials": "个凭证",
    "receipts": "份回执",
    "acts": "项机构台账",
    "lists": "份名单",
    "statuses": "个已发布状态",
    "waiting": "个待下次发布",
}
"""What is counted, in Chinese; the English word is the key."""


class Finding(NamedTuple):
    """One thing that is wrong. `subject` is a reference, a list's uri or a number of the record; never a person's."""

    code: str
    subject: str
    detail: str = ""


@dataclass(frozen=True)
class Report:
    """What was looked at, and what is wrong with it."""

    at: int
    counted: dict[str, int]
    findings: tuple[Finding, ...]

    @property
    def bad(self) -> int:
        """How many findings."""
        return len(self.findings)

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {"at": self.at, "bad": self.bad, "counted": dict(self.counted), "findings": [finding._asdict() for finding in self.findings]}

    def to_text(self, *, chinese: bool = False) -> str:
        """For people: what was looked at, each kind of finding with its number, then every finding on a line."""
        zh = "、".join(f"{count} {COUNTED[name]}" for name, count in self.counted.items())
        en = ", ".join(f"{count} {name}" for name, count in self.counted.items())
        lines = [f"已核对 {zh}；问题 {self.bad} 个" if chinese else f"checked {en}: {self.bad} bad"]
        kinds = Counter(finding.code for finding in self.findings)
        lines += [f"  {count:>6}  {code}: {FINDINGS[code][not chinese]}" for code, count in sorted(kinds.items())]
        lines += [" ".join(filter(None, finding)) for finding in self.findings]
        return "\n".join(lines)
