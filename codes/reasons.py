"""The one table of verdicts and reasons: names, numbers, colours, tones and texts (FORMATS section 2).

Everything a terminal, a page or a printed leaflet says about a verdict is generated from this table. Names and numbers are wire vocabulary: a new
reason is appended with a new number, an old one is never renamed, renumbered or given another meaning.

`public` is what the person in front of the gate reads: at most eight characters, and never why a card is blocked. `staff` and `action` are for the
person behind the desk.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from codes.errors import Text


class Outcome(enum.StrEnum):
    """The three answers."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    INCONCLUSIVE = "inconclusive"


class Colour(enum.StrEnum):
    """Colour of the result; shape and word always say the same beside it."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


class Tone(enum.StrEnum):
    """Sound of the result: rising two notes, two equal notes, three low notes, one soft note."""

    RISE = "rise"
    DOUBLE = "double"
    LOW = "low"
    SOFT = "soft"


class Reason(enum.StrEnum):
    """Why a verdict is not a plain acceptance. The value is the name on the wire."""

    MALFORMED = "malformed"
    NOT_CANONICAL = "not-canonical"
    UNKNOWN_FORMAT = "unknown-format"
    UNKNOWN_ISSUER = "unknown-issuer"
    ISSUER_OUT_OF_SCOPE = "issuer-out-of-scope"
    ISSUER_SIGNATURE = "issuer-signature"
    HOLDER_SIGNATURE = "holder-signature"
    CREDENTIAL_EXPIRED = "credential-expired"
    CREDENTIAL_NOT_YET_VALID = "credential-not-yet-valid"
    CODE_EXPIRED = "code-expired"
    CODE_FROM_FUTURE = "code-from-future"
    WRONG_SCENE = "wrong-scene"
    CHALLENGE_MISMATCH = "challenge-mismatch"
    REPLAYED = "replayed"
    SUSPENDED = "suspended"
    FROZEN = "frozen"
    REVOKED = "revoked"
    STATUS_OUT_OF_RANGE = "status-out-of-range"
    NOT_RECOGNISED_HERE = "not-recognised-here"
    STATUS_STALE = "status-stale"
    TRUST_STALE = "trust-stale"
    CLOCK_UNTRUSTED = "clock-untrusted"
    TERMINAL_NOT_READY = "terminal-not-ready"
    CHECK_ONLINE = "check-online"


class Note(enum.StrEnum):
    """What an acceptance should be read with. The value is the name on the wire."""

    STATUS_AGING = "status-aging"
    DELEGATE = "delegate"
    STATUS_STALE_ALLOWED = "status-stale-allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the table. `number` is stable and unique over reasons and notes; 0 is a plain acceptance."""

    number: int
    outcome: Outcome
    colour: Colour
    tone: Tone
    public: Text
    staff: Text
    action: Text


def _yellow(number: int, public: Text, staff: Text, action: Text) -> Entry:
    return Entry(number=number, outcome=Outcome.REFUSED, colour=Colour.YELLOW, tone=Tone.DOUBLE, public=public, staff=staff, action=action)


def _red(number: int, public: Text, staff: Text, action: Text) -> Entry:
    return Entry(number=number, outcome=Outcome.REFUSED, colour=Colour.RED, tone=Tone.LOW, public=public, staff=staff, action=action)


def _grey(number: int, staff: Text, action: Text) -> Entry:
    return Entry(number=number, outcome=Outcome.INCONCLUSIVE, colour=Colour.GREY, tone=Tone.SOFT, public=_MANUAL, staff=staff, action=action)


_UNUSABLE = Text("此码不能使用", "Not usable")
_DESK = Text("请到服务台", "See the desk")
_MANUAL = Text("请走人工通道", "Staffed lane")
_ISSUE_AGAIN = Text(
    "请持卡人联网打开电子社保卡，更新后再出示；仍不行请致电 12333。",
    "Ask the holder to open the app online, let it renew and show it again; if it still fails, call 12333.",
)
_OPEN_APP = Text("请持卡人打开电子社保卡，出示应用里的码。", "Ask the holder to open the e-card app and show the code inside it.")
_CARD_DESK = Text(
    "请持卡人到社保卡服务网点或致电 12333 办理；请勿扣留手机或卡片。",
    "Send the holder to a card service point or 12333; do not keep the phone or the card.",
)
_SERVICE = Text("请改走人工核验，并通知设备管理员。", "Check by hand and tell whoever looks after this device.")

ACCEPTED = Entry(
    number=0,
    outcome=Outcome.ACCEPTED,
    colour=Colour.GREEN,
    tone=Tone.RISE,
    public=Text("验证通过", "Verified"),
    staff=Text("验证通过", "Verified"),
    action=Text("请继续办理。", "Go on."),
)

TABLE: dict[Reason, Entry] = {
    Reason.MALFORMED: _red(1, _UNUSABLE, Text("码已损坏", "The code is damaged"), _OPEN_APP),
    Reason.NOT_CANONICAL: _red(2, _UNUSABLE, Text("码的写法不合规", "The code is not written as the format demands"), _OPEN_APP),
    Reason.UNKNOWN_FORMAT: _yellow(
        3, Text("不是社保卡码", "Not an e-card code"), Text("这不是电子社保卡码", "This is not an e-card code"), _OPEN_APP
    ),
    Reason.UNKNOWN_ISSUER: _red(4, _UNUSABLE, Text("签发机构不在信任名单内", "The issuer is not on the trust list"), _ISSUE_AGAIN),
    Reason.ISSUER_OUT_OF_SCOPE: _red(5, _UNUSABLE, Text("签发机构超出其权限", "The issuer went beyond what its key may sign"), _ISSUE_AGAIN),
    Reason.ISSUER_SIGNATURE: _red(
        6, _UNUSABLE, Text("签发签名不对，凭证系伪造或被改动", "The issuer's signature is wrong: forged or altered"), _OPEN_APP
    ),
    Reason.HOLDER_SIGNATURE: _red(
        7, _UNUSABLE, Text("持卡手机签名不对，码系伪造或被改动", "The phone's signature is wrong: forged or altered"), _OPEN_APP
    ),
    Reason.CREDENTIAL_EXPIRED: _red(8, Text("请联网更新", "Please go online"), Text("凭证已过期", "The credential has expired"), _ISSUE_AGAIN),
    Reason.CREDENTIAL_NOT_YET_VALID: _yellow(
        9,
        Text("尚未生效", "Not yet valid"),
        Text("凭证尚未生效，可能是本机时间慢了", "The credential is not valid yet; this device's clock may be slow"),
        Text("请核对本机时间；时间无误请持卡人稍后再试。", "Check this device's clock; if it is right, ask the holder to try again later."),
    ),
    Reason.CODE_EXPIRED: _yellow(
        10,
        Text("请刷新再扫", "Refresh, rescan"),
        Text("码已过期", "The code is too old"),
        Text(
            "请点一下二维码，再扫一次；若仍过期，请打开手机的自动设置时间。",
            "Tap the code and scan again; if it is still too old, let the phone set its time automatically.",
        ),
    ),
    Reason.CODE_FROM_FUTURE: _yellow(
        11,
        Text("手机时间快了", "Phone clock ahead"),
        Text("手机时间快了", "The phone's clock is ahead"),
        Text("请在手机设置里打开自动设置时间，再扫一次。", "Let the phone set its time automatically, then scan again."),
    ),
    Reason.WRONG_SCENE: _yellow(
        12,
        Text("请换对应的码", "Use another code"),
        Text("码的用途与此处不符", "This kind of code is not for this place"),
        Text("请持卡人按页面提示出示本场景的码。", "Ask the holder to show the code meant for this place."),
    ),
    Reason.CHALLENGE_MISMATCH: _yellow(
        13,
        Text("请重新出示", "Show it again"),
        Text("码与本机的核验码不符", "The code does not answer this device's challenge"),
        Text("请让持卡人扫描本机显示的核验码，再出示新码。", "Let the holder scan the challenge on this device, then show the new code."),
    ),
    Reason.REPLAYED: _yellow(
        14,
        Text("请等新码", "Wait for new code"),
        Text("刚才已扫过", "Just scanned"),
        Text("请等几秒，出示新码再扫。", "Wait a few seconds and scan the new code."),
    ),
    Reason.SUSPENDED: _red(15, _DESK, Text("此卡或此手机的码已挂失或暂停使用", "This card or phone is reported lost or paused"), _CARD_DESK),
    Reason.FROZEN: _red(16, _DESK, Text("此卡已被冻结", "This card is frozen"), _CARD_DESK),
    Reason.REVOKED: _red(17, _DESK, Text("此凭证已作废", "This credential has ended"), _CARD_DESK),
    Reason.STATUS_OUT_OF_RANGE: _red(18, _UNUSABLE, Text("状态位置超出名单", "The status position is outside the list"), _ISSUE_AGAIN),
    Reason.NOT_RECOGNISED_HERE: _red(
        19,
        Text("此处暂不适用", "Not used here"),
        Text("此码有效，但不在本场景的认可范围内", "The code is valid but not recognised in this place"),
        Text("请按本场景规定改用其他方式，并向持卡人说明原因。", "Offer the other way that this place has, and tell the holder why."),
    ),
    Reason.STATUS_STALE: _grey(
        20,
        Text("停用名单过旧，不能下结论", "The list of stopped cards is too old to judge by"),
        Text("请改走人工核验；联网或用 U 盘更新名单。", "Check by hand; update the list online or from a stick."),
    ),
    Reason.TRUST_STALE: _grey(
        21,
        Text("验证数据过旧，不能下结论", "The trust data is out of date"),
        Text("请改走人工核验；联网或用 U 盘更新验证数据。", "Check by hand; update the trust data online or from a stick."),
    ),
    Reason.CLOCK_UNTRUSTED: _grey(
        22,
        Text("本机时间不可信", "This device's clock cannot be trusted"),
        Text("请改走人工核验；校准本机时间。", "Check by hand; set this device's clock."),
    ),
    Reason.TERMINAL_NOT_READY: _grey(23, Text("设备暂不能验码", "This device cannot check codes now"), _SERVICE),
    Reason.CHECK_ONLINE: _grey(
        24,
        Text("需要联网核对后才能办理", "Must be checked online first"),
        Text("请联网核对此码，或改走人工核验。", "Check this code online, or check by hand."),
    ),
}

NOTES: dict[Note, Entry] = {
    Note.STATUS_AGING: Entry(
        number=101,
        outcome=Outcome.ACCEPTED,
        colour=Colour.GREEN,
        tone=Tone.RISE,
        public=ACCEPTED.public,
        staff=Text("停用名单偏旧", "The list of stopped cards is getting old"),
        action=Text("请尽快联网更新名单。", "Update the list soon."),
    ),
    Note.DELEGATE: Entry(
        number=102,
        outcome=Outcome.ACCEPTED,
        colour=Colour.GREEN,
        tone=Tone.RISE,
        public=Text("代办验证通过", "Verified, proxy"),
        staff=Text("由亲属代为出示", "Shown by a relative on behalf of the holder"),
        action=Text("请按代办规定办理。", "Follow the rules for acting on behalf of another."),
    ),
    Note.STATUS_STALE_ALLOWED: Entry(
        number=103,
        outcome=Outcome.ACCEPTED,
        colour=Colour.GREEN,
        tone=Tone.RISE,
        public=ACCEPTED.public,
        staff=Text("停用名单已过旧，按本场景规则放行", "The list of stopped cards is old; allowed by this scene's rules"),
        action=Text("本次放行将在名单更新后复核；请立即联网更新。", "This passage is checked again after the next update; update now."),
    ),
}
