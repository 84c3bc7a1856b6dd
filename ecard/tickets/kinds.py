"""The words of tickets: what they are about, how they came, how they ended."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codes.errors import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from codes.claims import Region


class Category(enum.StrEnum):
    """What a ticket is about."""

    REFUSED = "refused"
    """Card or code was turned away (HZ-5b, CQ-25(2))."""
    KEPT = "kept"
    """The card was kept, copied, scanned or taken in pledge (ID-8, ID-T6)."""
    FORGED = "forged"
    """Cards or codes forged, altered, traded, or used by somebody else (ID-T7)."""
    LEAKED = "leaked"
    """Personal data leaked, stolen, traded, or looked up without right (ID-T7, ZZ-18, ZS-22(3)(4))."""
    DELAYED = "delayed"
    """Shirking and delay (ZZ-18)."""
    OVERLAP = "overlap"
    """Another card or code was demanded that does the same (ZZ-18)."""
    ABUSE = "abuse"
    """Power abused: money taken, cards held back (ZZ-18)."""
    COMMENT = "comment"
    """A comment, a suggestion, a question (ZZ-16a)."""


class Channel(enum.StrEnum):
    """How it came (CQ-22)."""

    VENUE = "venue"
    PLATFORM = "platform"
    LINE_12345 = "12345"
    LINE_12333 = "12333"


class Outcome(enum.StrEnum):
    """How it ended."""

    UPHELD = "upheld"
    PARTLY = "partly"
    UNFOUNDED = "unfounded"
    ANSWERED = "answered"
    HANDED_OVER = "handed-over"


CATEGORIES: Mapping[Category, Text] = {
    Category.REFUSED: Text("拒绝我用卡或用码", "My card or code was refused"),
    Category.KEPT: Text("扣押、复印、扫描或抵押我的卡", "My card was kept, copied, scanned or taken in pledge"),
    Category.FORGED: Text("伪造、变造、买卖或冒用卡", "Cards forged, altered, traded or used by others"),
    Category.LEAKED: Text("泄露、买卖或违规查询个人信息", "Personal data leaked, traded or looked up without right"),
    Category.DELAYED: Text("推诿、拖延办理", "Shirking or delay"),
    Category.OVERLAP: Text("要求另办功能重复的卡或码", "Another card or code was demanded that does the same"),
    Category.ABUSE: Text("滥用职权、索取好处、违规收费", "Abuse of office: favours or fees demanded"),
    Category.COMMENT: Text("意见、建议或咨询", "Comment, suggestion or question"),
}
CHANNELS: Mapping[Channel, Text] = {
    Channel.VENUE: Text("服务场所", "at a venue"),
    Channel.PLATFORM: Text("网上平台", "on the platform"),
    Channel.LINE_12345: Text("12345 热线", "by the line 12345"),
    Channel.LINE_12333: Text("12333 热线", "by the line 12333"),
}
OUTCOMES: Mapping[Outcome, Text] = {
    Outcome.UPHELD: Text("属实，已处理", "true, and dealt with"),
    Outcome.PARTLY: Text("部分属实，已处理", "true in part, and dealt with"),
    Outcome.UNFOUNDED: Text("查无实据", "nothing was found"),
    Outcome.ANSWERED: Text("已答复", "answered"),
    Outcome.HANDED_OVER: Text("已移交有关机关", "handed over to the authority concerned"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What somebody says. Nothing but `text` has to be there."""

    region: Region
    """Whose office is to answer."""
    category: Category
    text: str = field(repr=False)
    place: str = field(default="", repr=False)
    day: date | None = None
    contact: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket without its text."""

    number: str
    region: Region
    category: Category
    channel: Channel
    opened: int
    opened_by: str
    due: int
    outcome: Outcome | None = None
    answered: int | None = None
    answered_by: str | None = None
    forgotten: int | None = None
    """When its text was destroyed."""

    def is_late(self, now: int) -> bool:
        """Whether it should have been answered by now."""
        return self.answered is None and self.due <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What whoever said something takes home."""

    ticket: Ticket
    word: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A ticket as number and word open it: never the text again, for whoever finds the paper need not read it."""

    ticket: Ticket
    answer: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A ticket as the desk reads it."""

    ticket: Ticket
    statement: Statement | None
    """None when it was destroyed."""
    answer: str | None = field(default=None, repr=False)
