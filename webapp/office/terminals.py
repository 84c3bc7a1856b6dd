"""`ecard terminal`: terminals registered and ended, their journals taken in, and what they make somebody look at."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from codes import cbor
from codes.errors import InputError
from codes.keys import CoseKey
from ecard.model import FindingDecision, FindingKind, Place
from verify.verdict import duration
from webapp.office.answering import DONE, FOUND, say
from webapp.office.arguments import add_card, add_file, add_operator, add_verb, commands_of
from webapp.office.forms import read_input
from webapp.office.opening import open_office
from webapp.office.options import line, name, reference
from webapp.office.telling import instant, local, to_json
from webapp.width import pad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecard import CardOffice
    from ecard.model import Confirmed, JournalFinding, JournalState, Terminal
    from webapp.office.deferred import Deferred

MEASURED = {
    FindingKind.DOUBLE_USE: ("相隔 {} 秒", "{} s apart"),
    FindingKind.IMPOSSIBLE_JOURNEY: ("每秒 {} 米", "{} m/s"),
    FindingKind.AGAINST_NEWER_LIST: ("停用 {} 秒后", "{} s after it was stopped"),
    FindingKind.OUTSIDE_WINDOW: ("相差 {} 秒", "{} s apart"),
    FindingKind.NOT_WRITTEN: ("{} 条", "{} of them"),
    FindingKind.CLOCK_AHEAD: ("快 {} 秒", "by {} s"),
}
"""What the number of a finding counts."""
FINDINGS = {
    FindingKind.FABRICATED: ("凭据不成立，疑为编造", "its proof does not verify: made up"),
    FindingKind.DOUBLE_USE: ("同一个码在两处通过", "one code was accepted twice"),
    FindingKind.IMPOSSIBLE_JOURNEY: ("两地相距太远、时间太近", "nobody travels that fast"),
    FindingKind.AGAINST_NEWER_LIST: ("名单已停用仍放行", "accepted although its own list had it stopped"),
    FindingKind.OUTSIDE_WINDOW: ("码的时间与放行时间不符", "accepted far from the time it was made"),
    FindingKind.FORKED: ("日志前后不一致", "the journal tells two stories"),
    FindingKind.NOT_WRITTEN: ("有结论未能记入日志", "verdicts that could not be written"),
    FindingKind.CLOCK_AHEAD: ("终端时钟超前", "the terminal's clock is ahead"),
    FindingKind.OTHER_SCENE: ("按未登记的场景验码", "judged for a scene it is not registered for"),
}


def terminal(parser: Deferred) -> None:
    """The arguments of `ecard terminal`."""
    verbs = commands_of(parser)
    found = add_verb(verbs, "register", "登记终端", "register a terminal by its key", register)
    found.add_argument("terminal", type=name, metavar="TERMINAL", help="终端编号 / the terminal's id")
    says = "ecard-terminal init 显示的密钥（十六进制）/ its key as ecard-terminal init printed it"
    found.add_argument("--key", type=key_of, required=True, metavar="HEX", help=says)
    found.add_argument("--venue", type=line, required=True, metavar="TEXT", help="场所 / the venue")
    found.add_argument("--scene", type=name, action="append", required=True, metavar="NAME", help="场景，可重复 / scene, may be repeated")
    found.add_argument("--place", type=place_of, metavar="LAT,LON", help="位置，度 / where it stands, in degrees")
    add_operator(found)
    found = add_verb(verbs, "end", "停用终端（被盗、拆除）", "believe nothing more of a terminal: stolen, taken down", end)
    found.add_argument("terminal", type=name, metavar="TERMINAL", help="终端编号 / the terminal's id")
    add_operator(found)
    add_verb(verbs, "list", "查看终端与日志进度", "every terminal, and how far its journal has come", show)
    found = add_verb(verbs, "take", "收入终端带来的日志文件", "take in a journal that came as a file", take)
    add_file(found, "file", zh="ecard-terminal upload --out 写出的文件", en="what ecard-terminal upload --out wrote")
    add_verb(verbs, "findings", "待核查事项", "what somebody must look at", findings)
    found = add_verb(verbs, "decide", "了结一项核查", "close a finding", decide)
    found.add_argument("finding", type=reference, metavar="FINDING", help="事项引用号 / the finding")
    words = [decision.value for decision in FindingDecision]
    found.add_argument("--as-decided", dest="decision", choices=words, required=True, help="结论 / what it was")
    add_operator(found)
    found = add_verb(verbs, "loss-clock", "挂失已传到多少终端", "how many terminals know of a loss by now", loss_clock)
    add_card(found)


def register(options: argparse.Namespace) -> int:
    """Register a terminal; its journal is believed from now on."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = office.settings.operator(options.actor).acting()
        made = office.desk.register_terminal(
            options.terminal, options.key, venue=options.venue, scenes=options.scene, place=options.place, actor=actor, at=at
        )
        says = f"✓ 已登记 / registered: {made.ref}  {made.venue}  {', '.join(made.scenes)}"
        say(options, _page(made), [says, f"  密钥指纹 / key: {made.key.thumbprint().hex()[:16]}"])
    return DONE


def end(options: argparse.Namespace) -> int:
    """End a terminal."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        ended = office.desk.end_terminal(options.terminal, actor=office.settings.operator(options.actor).acting(), at=at)
        says = "它此后上传的内容不再采信 / nothing it sends from now on is believed"
        say(options, _page(ended), [f"✓ 已停用 / ended: {ended.ref}", f"  {says}"])
    return DONE


def show(options: argparse.Namespace) -> int:
    """Every terminal."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        known = office.desk.terminals()
    page = {"terminals": [_page(terminal) | {"journal": to_json(state) | {"link": None}} for terminal, state in known]}
    lines = [_terminal_line(terminal, state, int(at.timestamp())) for terminal, state in known]
    say(options, page, lines or ["没有登记任何终端 / no terminal is registered"])
    return DONE


def take(options: argparse.Namespace) -> int:
    """Take in a journal. 1 when it brought something to look at."""
    at = options.clock()
    content = read_input(options.file)
    with open_office(options.office, at=at) as office:
        taken = office.desk.take_journal(content, at=at)
    page = {"terminal": taken.terminal, "seq": taken.seq, "taken": taken.taken, "findings": [_finding(found) for found in taken.findings]}
    lines = [f"{taken.terminal}: 新收 {taken.taken} 条，至第 {taken.seq} 条 / {taken.taken} taken, complete up to {taken.seq}"]
    say(options, page, [*lines, *map(_finding_line, taken.findings)])
    return FOUND if taken.findings else DONE


def findings(options: argparse.Namespace) -> int:
    """What waits. 1 when there is something."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        found = list(_waiting(office.desk))
    none = "没有待核查的事项 / nothing to look at"
    next_step = "核查后了结 / look into it, then close it: ecard terminal decide FINDING --as-decided explained|case-opened|terminal-checked"
    say(options, {"findings": [_finding(item) for item in found]}, [*map(_finding_line, found), next_step] if found else [none])
    return FOUND if found else DONE


def _waiting(desk: CardOffice) -> Iterator[JournalFinding]:
    """Every finding that nobody has decided, page by page."""
    cursor: str | None = None
    while True:
        found, cursor = desk.findings(cursor=cursor)
        yield from found
        if cursor is None:
            return


def decide(options: argparse.Namespace) -> int:
    """Close a finding by a person's decision."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        actor = office.settings.operator(options.actor).acting()
        done = office.desk.decide_finding(options.finding, FindingDecision(options.decision), actor=actor, at=at)
        say(options, _finding(done), [f"✓ 已了结 / closed: {done.ref}  {options.decision}"])
    return DONE


def loss_clock(options: argparse.Namespace) -> int:
    """Who knows of a loss by now."""
    at = options.clock()
    with open_office(options.office, at=at) as office:
        clock = office.desk.loss_clock(options.card, at=at)
    if clock is None:
        say(options, {"stopped": False}, ["此卡没有停用 / nothing of this card is stopped"])
        return DONE
    page = {
        "stopped": True,
        "effective": instant(datetime.fromtimestamp(clock.effective, UTC)),
        "versions": [{"region": version[0], "space": version[1].name.lower(), "epoch": version[2], "seq": version[3]} for version in clock.versions],
        "confirmed": [to_json(item) for item in clock.confirmed],
    }
    lines = [f"停用自 / stopped since {local(clock.effective)}"]
    lines += [] if clock.versions else ["  名单尚未发布，请执行 ecard publish / not published yet: run ecard publish"]
    say(options, page, [*lines, *map(_confirmed_line, clock.confirmed)])
    return DONE


# ----------------------------------------------------------------------------------------------------------------- telling


def _page(terminal: Terminal) -> dict[str, Any]:
    place = terminal.place and {"latitude": terminal.place.latitude / 1e6, "longitude": terminal.place.longitude / 1e6}
    return {
        "terminal": terminal.ref,
        "region": terminal.region,
        "venue": terminal.venue,
        "scenes": list(terminal.scenes),
        "place": place,
        "key": terminal.key.thumbprint().hex(),
        "ended": terminal.ended is not None,
    }


def _terminal_line(terminal: Terminal, state: JournalState, now: int) -> str:
    age = duration(max(0, now - state.seen))
    ended = "  已停用 / ended" if terminal.ended is not None else ""
    dropped = f"  未记入 / not written: {state.dropped}" if state.dropped else ""
    seen = f"{age.zh}前 / {age.en} ago"
    return f"{terminal.ref:<16} {pad(terminal.venue, 24)} {', '.join(terminal.scenes):<20} 日志至 / journal to {state.seq:>8}  {seen}{dropped}{ended}"


def _finding(finding: JournalFinding) -> dict[str, Any]:
    zh, en = FINDINGS[finding.kind]
    page: dict[str, Any] = to_json(finding)
    return page | {"says": {"zh": zh, "en": en}}


def _finding_line(finding: JournalFinding) -> str:
    zh, en = FINDINGS[finding.kind]
    other = "" if finding.other_terminal is None else f" ↔ {finding.other_terminal} #{finding.other_seq}"
    says = MEASURED.get(finding.kind) if finding.measured is not None else None
    measured = "" if says is None else f"  ({' / '.join(words.format(finding.measured) for words in says)})"
    return f"{finding.ref}  {local(finding.found)}  {zh} / {en}{measured}  {finding.terminal} #{finding.seq}{other}"


def _confirmed_line(item: Confirmed) -> str:
    return f"  {item.region} {item.scene:<16} 已确认 / confirmed {item.confirmed}/{item.registered}"


# --------------------------------------------------------------------------------------------------------------- arguments


def key_of(text: str) -> CoseKey:
    """A terminal's key, in hexadecimal digits."""
    try:
        return CoseKey.parse(cbor.decode(bytes.fromhex(text)))
    except (ValueError, InputError):
        raise argparse.ArgumentTypeError(f"{text!r} 不是终端密钥 / is not a terminal's key") from None


def place_of(text: str) -> Place:
    """Where something stands, in degrees."""
    try:
        latitude, longitude = (round(float(part) * 1e6) for part in text.split(","))
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} 应如 29.5630,106.5516 / must read like 29.5630,106.5516") from None
    return Place(latitude=latitude, longitude=longitude)
