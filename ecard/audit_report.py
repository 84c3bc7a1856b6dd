"""What an audit found, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from codes.errors import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

SAYS: Mapping[str, Text] = {
    "link-broken": Text("链上这一环与前后不符，或被改动", "this link does not fit its neighbours, or was changed"),
    "record-changed": Text("记录与链的末端不符", "the record is not what the chain's end says"),
    "chain-cut": Text("检查点见证过的末端已不存在", "an end of this chain that a checkpoint has seen is gone"),
    "chain-rewritten": Text("这一环与检查点见证过的不同", "this link is another than a checkpoint has seen"),
    "mark-lost": Text("待签的一环已不存在", "a link that waited for its checkpoint is gone"),
    "links-missing": Text("各链总环数与检查点的累计不符", "there are not as many links as were sealed or wait to be"),
    "checkpoint-broken": Text("检查点签名、编号或前后关联不对", "a checkpoint's signature, number or link to the one before is wrong"),
    "checkpoint-heads": Text("检查点所列末端与其签名不符", "the ends that are listed for a checkpoint are not those that it signed"),
    "checkpoint-gone": Text("外部保存的检查点不在记录中", "a checkpoint that is kept elsewhere is not in the record"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """One thing that does not hold. `subject` is a random reference, never a person's name or number."""

    code: str
    chain: str
    subject: str
    link: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What was walked, and what was found."""

    cards: int
    people: int
    desks: int
    """Chains of the office's own acts."""
    links: int
    checkpoints: int
    waiting: int
    """Links that no checkpoint covers yet."""
    findings: tuple[AuditFinding, ...]

    @property
    def good(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def to_json(self) -> dict[str, object]:
        """For programs."""
        counted = {
            "cards": self.cards,
            "people": self.people,
            "desks": self.desks,
            "links": self.links,
            "checkpoints": self.checkpoints,
            "waiting": self.waiting,
        }
        return {"good": self.good, **counted, "findings": [asdict(finding) for finding in self.findings]}

    def to_text(self, *, chinese: bool = False) -> str:
        """For people: one line for the whole, one for each finding."""
        if chinese:
            head = f"已核对 {self.cards} 张卡、{self.people} 人、{self.desks} 个机构台账的链，共 {self.links} 环、{self.checkpoints} 个检查点；{self.waiting} 环待签；问题 {len(self.findings)} 个"
        else:
            head = (
                f"{self.cards} cards, {self.people} people, {self.desks} desks: {self.links} links, {self.checkpoints} checkpoints, "
                f"{self.waiting} links waiting for one; {len(self.findings)} bad"
            )
        lines = [f"{item.code}  {item.chain} {item.subject} #{item.link}  {SAYS[item.code][not chinese]}" for item in self.findings]
        return "\n".join([head, *lines])
